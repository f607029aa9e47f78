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

/** How the server finds out whether a client still reads, see `gateway/hearing.ts`. */
export const READING = {
  /** A WebSocket ping goes to each client so often; one and its answer take about 20 µs, 1 % of a core with ten thousand of them. */
  pingMs: 20_000,
  /**
   * Whoever has answered none for so long does not read. Before a ping there are about 150 kB on the way at most: what a system
   * takes at once of what goes over a slow line, and the 64 kB that a socket holds; while it is behind a larger frame its time
   * has not begun. A line of 3 kB/s needs 50 s for it.
   */
  deafAfterMs: 60_000,
} as const;

/** {@link LIMITS} as another node may set them. */
export type Limits = { readonly [K in keyof typeof LIMITS]: number };
