/** What one side may ask of the other. Told to every client in `welcome`. */
export const LIMITS = {
  /** A frame of an authenticated client. Larger ones close the socket with 1009. */
  frameBytes: 64 * 1024,
  /** The first frame, before anybody is known. */
  firstFrameBytes: 4 * 1024,
  fixesPerFrame: 500,
  samplesPerFrame: 500,
  alarmsPerFrame: 50,
  subscriptionsPerSocket: 128,
  chatChars: 2_000,
  descriptionChars: 2_000,
  /** Time for the first frame to arrive. */
  firstFrameMs: 5_000,
  /** Both sides send a heartbeat at least this often … */
  heartbeatMs: 10_000,
  /** … and take the other for gone after this much silence. */
  silenceMs: 25_000,
} as const;

/** {@link LIMITS} as another node may set them. */
export type Limits = { readonly [K in keyof typeof LIMITS]: number };
