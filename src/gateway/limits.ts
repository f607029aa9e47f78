import type { Clock } from '../lib/clock.ts';
import type { UpKind } from '../protocol/up.ts';

/** The first three are lanes. */
export type FrameClass = 'telemetry' | 'vitals' | 'alarm' | 'hint' | 'command' | 'stream' | 'other';

/** Frames that their sender keeps until they are acknowledged. */
export type LaneClass = Extract<FrameClass, 'telemetry' | 'vitals' | 'alarm'>;

export interface Rate {
  /** Frames at once after a pause. */
  readonly burst: number;
  readonly perSecond: number;
}

export type Rates = Readonly<Record<FrameClass, Rate>>;

/** Room for a device that empties its backlog and for a client that resumes all its streams after a reconnect. */
export const RATES: Rates = {
  telemetry: { burst: 100, perSecond: 20 },
  vitals: { burst: 100, perSecond: 20 },
  alarm: { burst: 40, perSecond: 5 },
  hint: { burst: 10, perSecond: 2 },
  command: { burst: 60, perSecond: 10 },
  stream: { burst: 256, perSecond: 20 },
  other: { burst: 40, perSecond: 5 },
};

/** Whether frames of this class are kept by their sender until they are acknowledged, so that they can be held. */
export const isLane = (frameClass: FrameClass): frameClass is LaneClass =>
  frameClass === 'telemetry' || frameClass === 'vitals' || frameClass === 'alarm';

/** The same rate for every class. */
export const everyClass = <R>(rate: R): { readonly [K in FrameClass]: R } => ({
  telemetry: rate,
  vitals: rate,
  alarm: rate,
  hint: rate,
  command: rate,
  stream: rate,
  other: rate,
});

/** The class of a frame; null is never limited: an SOS is only ever de-duplicated. */
export function classOf(kind: UpKind): FrameClass | null {
  switch (kind) {
    case 'sos.create':
    case 'sos.raise':
      return null;
    case 'pos':
      return 'telemetry';
    case 'vit':
      return 'vitals';
    case 'alarm':
      return 'alarm';
    case 'now':
      return 'hint';
    case 'sub':
    case 'unsub':
    case 'watch':
    case 'tail':
    case 'untail':
      return 'stream';
    case 'hello':
    case 'renew':
    case 'hb':
      return 'other';
    default:
      return 'command';
  }
}

/**
 * A token bucket: `burst` at once, then `perSecond`. Kept as the time at which it would be full again (the generic
 * cell rate algorithm, ITU-T I.371), so no fractions of tokens add up.
 */
export class TokenBucket {
  readonly #intervalMs: number;
  readonly #slackMs: number;
  #fullAtMs = Number.NEGATIVE_INFINITY;

  constructor({ burst, perSecond }: Rate) {
    this.#intervalMs = 1_000 / perSecond;
    this.#slackMs = this.#intervalMs * (burst - 1);
  }

  /** 0 when one was taken, otherwise the time until there is one again. `nowMs` is monotonic. */
  take(nowMs: number): number {
    const fullAtMs = Math.max(this.#fullAtMs, nowMs);
    const waitMs = fullAtMs - nowMs - this.#slackMs;
    if (waitMs > 0) return Math.ceil(waitMs);
    this.#fullAtMs = fullAtMs + this.#intervalMs;
    return 0;
  }

  /** Takes off what was spent elsewhere, at most as much as makes somebody wait for a whole bucket to come. */
  spent(amount: number, nowMs: number): void {
    const fullAtMs = Math.max(this.#fullAtMs, nowMs) + amount * this.#intervalMs;
    this.#fullAtMs = Math.min(fullAtMs, nowMs + 2 * this.#slackMs + this.#intervalMs);
  }
}

/** The buckets of one socket, each made when first needed. */
export class SocketLimits {
  readonly #rates: Rates;
  readonly #clock: Clock;
  readonly #buckets: { [K in FrameClass]?: TokenBucket } = {};

  constructor(rates: Rates, clock: Clock) {
    this.#rates = rates;
    this.#clock = clock;
  }

  /** 0: go on. Otherwise how long to wait. */
  waitMs(frameClass: FrameClass): number {
    this.#buckets[frameClass] ??= new TokenBucket(this.#rates[frameClass]);
    return this.#buckets[frameClass].take(this.#clock.monotonicMs());
  }
}

/** Counts per key with a ceiling: sockets of an address on which nobody has signed in yet. */
export class Ceiling {
  readonly #max: number;
  readonly #counts = new Map<string, number>();

  constructor(max: number) {
    this.#max = max;
  }

  /** A function that gives the place back (once, however often it is called), or null when there is none. */
  enter(key: string): (() => void) | null {
    const count = this.#counts.get(key) ?? 0;
    if (count >= this.#max) return null;
    this.#counts.set(key, count + 1);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const now = (this.#counts.get(key) ?? 1) - 1;
      if (now === 0) this.#counts.delete(key);
      else this.#counts.set(key, now);
    };
  }

  get keys(): number {
    return this.#counts.size;
  }
}
