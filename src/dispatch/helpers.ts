/** An event of an SOS that says something of who came, as it stands in the log. */
export interface HelperEvent {
  readonly type: string;
  readonly data: { readonly responderId?: string };
}

/** The events that {@link helpersOf} goes by. */
export const HELPER_EVENTS = [
  'sos.accepted',
  'sos.holder_assigned',
  'sos.withdrawn',
  'sos.holder_released',
  'sos.arrived',
  'sos.resolved',
  'sos.cancelled',
] as const;

/**
 * Who helped: held a slot when it was resolved, or was there at any time. In the order in which that was known. A slot is
 * empty again once the SOS is closed, so only the log tells.
 */
export function helpersOf(events: readonly HelperEvent[]): string[] {
  const holds = new Set<string>();
  const helped = new Set<string>();
  for (const { type, data } of events) {
    const who = data.responderId;
    if (type === 'sos.resolved') for (const holder of holds) helped.add(holder);
    if (type === 'sos.resolved' || type === 'sos.cancelled') holds.clear();
    else if (who === undefined) continue;
    else if (type === 'sos.accepted' || type === 'sos.holder_assigned') holds.add(who);
    else if (type === 'sos.arrived') helped.add(who);
    else holds.delete(who);
  }
  return [...helped];
}
