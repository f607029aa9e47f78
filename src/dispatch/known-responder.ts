import type { LatLng } from '../geo/lat-lng.ts';
import type { Duty } from './duty.ts';
import type { Live } from './live.ts';

/** What accounts tell about somebody who offers help. */
export interface Traits {
  readonly userId: string;
  readonly skills: readonly string[];
  readonly verified: boolean;
  readonly available: boolean;
  /** When this was so, by the store's clock: of two of one person the larger is the newer. */
  readonly asOfMs: number;
  /** Absent: at any time, with skills that do not run out. */
  readonly duty?: Duty | undefined;
}

/** Everything of somebody but where they are. */
interface Standing extends Traits {
  /** Of all nodes. */
  readonly connections: number;
  /** The SOS whose slot they hold, drills not counted: a real one may take somebody out of a drill. */
  readonly holds: string | null;
  /** When an offer was last sent to them. */
  readonly alertedAtMs: number | null;
}

export interface Responder extends Standing {
  readonly point: LatLng | null;
  /** When the position was received, by the server's clock; what freshness is judged by. */
  readonly locatedAtMs: number | null;
}

const PROFESSIONAL_SKILL = 'MEDICAL_PROFESSIONAL';

/** Somebody as memory holds them: a value, but for {@link Live}. */
export class KnownResponder implements Responder {
  readonly userId: string;
  readonly skills: readonly string[];
  readonly verified: boolean;
  readonly available: boolean;
  readonly asOfMs: number;
  readonly duty: Duty | undefined;
  readonly connections: number;
  readonly holds: string | null;
  readonly alertedAtMs: number | null;
  readonly isProfessional: boolean;
  /** The same for all values of one person. */
  readonly live: Live;

  constructor(standing: Standing, live: Live) {
    this.userId = standing.userId;
    this.skills = standing.skills;
    this.verified = standing.verified;
    this.available = standing.available;
    this.asOfMs = standing.asOfMs;
    this.duty = standing.duty;
    this.connections = standing.connections;
    this.holds = standing.holds;
    this.alertedAtMs = standing.alertedAtMs;
    this.isProfessional = standing.skills.includes(PROFESSIONAL_SKILL);
    this.live = live;
  }

  /** The same person, otherwise. */
  with(change: Partial<Omit<Standing, 'userId'>>): KnownResponder {
    return new KnownResponder({ ...(this as Standing), ...change }, this.live);
  }

  get point(): LatLng | null {
    return this.live.point;
  }

  get locatedAtMs(): number | null {
    const { atMs } = this.live;
    return Number.isNaN(atMs) ? null : atMs;
  }
}
