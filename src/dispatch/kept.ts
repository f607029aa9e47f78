import type { SosState } from './machine/state.ts';

/** How long an SOS is kept after it was closed: class `incident` of `src/schema/personal-data.ts`. */
export const INCIDENT_KEPT_MS = 2_190 * 86_400_000;

/** Old enough to be deleted: from then on it is shown to nobody, however much of it is still there. */
export function isForgotten({ closedAtMs }: SosState, nowMs: number): boolean {
  return closedAtMs !== null && closedAtMs < nowMs - INCIDENT_KEPT_MS;
}
