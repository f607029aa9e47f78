import type { AreaShape } from '../../geo/area.ts';
import type { LatLng } from '../../geo/lat-lng.ts';

/** What is inside: a circle, a polygon of GeoJSON, or H3 cells. */
export type FenceShape = { readonly center: LatLng; readonly radiusM: number } | AreaShape;

/** When a fence counts: minutes of local days. An end that is not after the start lies on the next day. */
export interface ActiveTimes {
  /** IANA name. */
  readonly timezone: string;
  readonly windows: readonly {
    /** ISO: Monday is 1. */
    readonly weekday: number;
    readonly fromMin: number;
    readonly toMin: number;
  }[];
}

/** What somebody wants to be told of where a person is. */
export interface FenceOrder {
  readonly name: string;
  readonly shape: FenceShape;
  readonly onEnter: boolean;
  readonly onExit: boolean;
  /** Null: nothing is told of staying. */
  readonly dwellAfterMs: number | null;
  /** Null: at all times. */
  readonly active: ActiveTimes | null;
  /** Whether those who care for the person are told too. The person always is. */
  readonly tellsTeam: boolean;
}

export interface Fence extends FenceOrder {
  readonly fenceId: string;
  /** The account whose positions count. */
  readonly personId: string;
  readonly createdBy: string;
  readonly createdAtMs: number;
}

/** On which side of a fence its person is, as it is stored. */
export interface FenceState {
  readonly fenceId: string;
  /** Null: not known yet. */
  readonly inside: boolean | null;
  readonly sinceMs: number;
  readonly version: number;
}

export type FenceEventKind = 'entered' | 'exited' | 'dwelled';

export const FENCE_LIMITS = {
  perPerson: 50,
  radiusM: { min: 20, max: 100_000 },
  dwellMs: { min: 60_000, max: 7 * 86_400_000 },
  windows: 50,
} as const;
