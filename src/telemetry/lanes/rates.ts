import type { Overload } from '../../lib/overload.ts';
import { LruMap } from './lru-map.ts';
import {
  intervalMs,
  type Level,
  loadLevel,
  NOTHING_SEEN,
  type SeenFix,
  type Standing,
  seen,
} from './sampling-rate.ts';
import type { RatedLane, TelemetrySource } from './types.ts';

export interface RatesParts {
  readonly devicesMax: number;
  /** How full the room of a lane is: 0 empty, 1 full. */
  readonly fill: (lane: RatedLane) => number;
  /** Whether somebody is in an open SOS: asked for it, goes there, or is being asked to. */
  readonly isInvolved: (userId: string) => boolean;
  /** How much of what can wait the node gives up. */
  readonly overload: () => Overload;
}

interface Device {
  readonly userId: string;
  readonly deviceId: string;
}

/** Tells each socket how often to sample, when that changes. */
export class Rates {
  readonly #parts: RatesParts;
  readonly #standings: LruMap<Standing>;
  readonly #load: Record<RatedLane, Level> = { telemetry: 0, vitals: 0 };
  /** What each socket was told last. */
  readonly #told = new WeakMap<TelemetrySource, Map<RatedLane, number>>();

  constructor(parts: RatesParts) {
    this.#parts = parts;
    this.#standings = LruMap.ofMany(parts.devicesMax);
  }

  /** A live fix of this device. */
  saw(device: Device, fix: SeenFix, nowMs: number): void {
    const key = keyOf(device);
    this.#standings.set(key, seen(this.#standings.get(key) ?? NOTHING_SEEN, fix, nowMs));
  }

  /** Something of this lane came in by this socket. */
  consider(device: Device, lane: RatedLane, source: TelemetrySource): void {
    this.#load[lane] = loadLevel(this.#load[lane], this.#parts.fill(lane));
    const standing = this.#standings.get(keyOf(device)) ?? NOTHING_SEEN;
    const about = { load: this.#loadOf(lane), isInvolved: this.#parts.isInvolved(device.userId) };
    const wantedMs = intervalMs(lane, standing, about);
    const told = this.#told.get(source) ?? new Map<RatedLane, number>();
    if (told.get(lane) === wantedMs) return;
    this.#told.set(source, told.set(lane, wantedMs));
    source.answer(['rate', { lane, intervalMs: wantedMs }]);
  }

  /** Vital signs stay as they are: they are what an alarm is found in. */
  #loadOf(lane: RatedLane): Level {
    const load = this.#load[lane];
    return lane === 'telemetry' ? (Math.max(load, Math.min(2, this.#parts.overload().level)) as Level) : load;
  }

  /** A sign of life: who has come into an SOS since is asked for more, of the lanes that the socket uses. */
  considerAgain(device: Device, source: TelemetrySource): void {
    for (const lane of [...(this.#told.get(source)?.keys() ?? [])]) this.consider(device, lane, source);
  }
}

const keyOf = ({ userId, deviceId }: Device): string => `${userId}/${deviceId}`;
