import { must } from '../lib/assert.ts';

/** As much of an event as judging needs; `type` and `data` as in the protocol. */
export interface JudgedEvent {
  readonly seq: number;
  readonly type: string;
  readonly atMs: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** One person's hold on a slot, as that person's own inbox told it. `toMs` infinite: still held. */
export interface Holding {
  readonly userId: string;
  readonly sosId: string;
  readonly slot: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * How often a slot was given to somebody while somebody else held it, or to somebody who held another one, from an SOS's
 * own events in order. Invariant 2 of the design says never.
 */
export function doubleHoldersInStream(events: readonly JudgedEvent[]): number {
  const holders = new Map<number, unknown>();
  let doubles = 0;
  const hold = (slot: number, responderId: unknown) => {
    const before = holders.get(slot);
    const isElsewhere = [...holders].some(([held, id]) => held !== slot && id === responderId);
    if ((before !== undefined && before !== responderId) || isElsewhere) doubles += 1;
    holders.set(slot, responderId);
  };
  for (const { type, data } of inOrder(events)) {
    if (type === 'sos.accepted' || type === 'sos.holder_assigned') hold(slotOf(data), data.responderId);
    else if (type === 'sos.holder_promoted') {
      holders.delete(numberOf(data.fromSlot));
      hold(numberOf(data.toSlot), data.responderId);
    } else if (type === 'sos.withdrawn' || type === 'sos.holder_released') holders.delete(slotOf(data));
    else if (type === 'sos.resolved' || type === 'sos.cancelled') holders.clear();
  }
  return doubles;
}

/** What one person's inbox says about when that person held what. */
export function holdingsInInbox(userId: string, events: readonly JudgedEvent[]): Holding[] {
  const open = new Map<string, Holding>();
  const holdings: Holding[] = [];
  for (const { type, data, atMs } of inOrder(events)) {
    const sosId = String(data.sosId);
    if (type === 'sos.assigned') {
      open.set(sosId, { userId, sosId, slot: slotOf(data), fromMs: atMs, toMs: Number.POSITIVE_INFINITY });
    } else if (type === 'sos.promoted') {
      const before = open.get(sosId);
      if (before) {
        holdings.push({ ...before, toMs: atMs });
        open.set(sosId, { ...before, slot: slotOf(data), fromMs: atMs });
      }
    } else if (type === 'sos.released') {
      const holding = open.get(sosId);
      if (holding) holdings.push({ ...holding, toMs: atMs });
      open.delete(sosId);
    }
  }
  return [...holdings, ...open.values()];
}

/** How many holdings of the same slot by different people overlap in time. */
export function overlapsOfSlots(holdings: readonly Holding[]): number {
  return overlaps(holdings, (h) => `${h.sosId}/${h.slot}`);
}

/** How often one person held two slots at a time. */
export function overlapsOfPersons(holdings: readonly Holding[]): number {
  return overlaps(holdings, (h) => h.userId);
}

function overlaps(holdings: readonly Holding[], keyOf: (holding: Holding) => string): number {
  const groups = new Map<string, Holding[]>();
  for (const holding of holdings)
    groups.set(keyOf(holding), [...(groups.get(keyOf(holding)) ?? []), holding]);
  let found = 0;
  for (const group of groups.values()) {
    group.sort((a, b) => a.fromMs - b.fromMs || a.toMs - b.toMs);
    let latestEndMs = Number.NEGATIVE_INFINITY;
    for (const holding of group) {
      if (holding.fromMs < latestEndMs) found += 1;
      latestEndMs = Math.max(latestEndMs, holding.toMs);
    }
  }
  return found;
}

function inOrder(events: readonly JudgedEvent[]): JudgedEvent[] {
  return [...events].sort((a, b) => a.seq - b.seq);
}

function slotOf(data: Readonly<Record<string, unknown>>): number {
  return numberOf(data.slot);
}

function numberOf(slot: unknown): number {
  return must(typeof slot === 'number' ? slot : null, 'a slot number in an event about a slot');
}
