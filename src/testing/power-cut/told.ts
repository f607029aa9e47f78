/** A command that the engine answered with `done`: from then on its effect must be there, whatever happens. */
export type AnsweredCommand = { readonly commandId: string; readonly userId: string } & (
  | { readonly kind: 'duty' }
  | {
      readonly kind: 'create' | 'start' | 'withdraw' | 'resolve';
      readonly sosId: string;
      readonly status: string;
    }
  | { readonly kind: 'accept'; readonly sosId: string; readonly status: string; readonly offerId: string }
  | { readonly kind: 'chat'; readonly sosId: string; readonly messageId: string; readonly text: string }
);

/** What a device knows of its fixes. */
export interface DeviceFixes {
  readonly deviceId: string;
  readonly sent: number;
  /** The highest number that the engine said is stored. */
  readonly ackedSeq: number;
  /** How often the SDK had to number anew because the engine contradicted what it had acknowledged. */
  readonly epochBreaks: number;
}

export type SeenEvent = { readonly seq: number; readonly type: string; readonly atMs: number };

/** What one subscription delivered, in order; `snapshot` stands for all events up to that number. */
export interface SeenStream {
  readonly stream: string;
  /** The number it began after; null: with a snapshot. */
  readonly afterSeq: number | null;
  readonly steps: readonly (SeenEvent | { readonly snapshot: number })[];
}

/** Everything that clients were told: what the database must agree with. */
export interface Told {
  readonly commands: readonly AnsweredCommand[];
  readonly devices: readonly DeviceFixes[];
  readonly streams: readonly SeenStream[];
  /** Refusals that contradict what was answered before, one sentence each. */
  readonly contradictions: readonly string[];
}
