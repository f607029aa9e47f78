import type { SosView } from '../protocol/down.ts';
import type { AlertLine } from './board.ts';

/** One thing that waits for a dispatcher. */
export type WorkItem =
  | { readonly kind: 'sos'; readonly id: string; readonly sos: SosView }
  | { readonly kind: 'alert'; readonly id: string; readonly alert: AlertLine };

/** What a dispatcher may filter by; one word for how it stands. */
export const STANDINGS = ['needs_you', 'searching', 'on_the_way', 'on_scene', 'on_hold', 'alert'] as const;
export type Standing = (typeof STANDINGS)[number];

export const PRIORITIES = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'] as const;
export type Priority = (typeof PRIORITIES)[number];
export const TYPES = ['MEDICAL', 'FIRE', 'ACCIDENT', 'CRIME', 'NATURAL_DISASTER', 'OTHER'] as const;
export type EmergencyType = (typeof TYPES)[number];

export interface Filters {
  /** Null: all. */
  readonly standing: Standing | null;
  readonly priority: Priority | null;
  readonly type: EmergencyType | null;
  /** Only what belongs to whoever looks. */
  readonly mine: boolean;
  readonly drills: boolean;
}

export const NO_FILTERS: Filters = { standing: null, priority: null, type: null, mine: false, drills: true };

/** How it stands, in the word that it is filtered by. */
export function standingOf(item: WorkItem): Standing {
  if (item.kind === 'alert') return 'alert';
  const { sos } = item;
  if (sos.holdUntilMs !== null) return 'on_hold';
  if (sos.status === 'ESCALATED' || sos.handOff === 'needed') return 'needs_you';
  if (sos.status === 'PENDING') return 'searching';
  return sos.status === 'IN_PROGRESS' || sos.slots[0]?.arrivedAtMs ? 'on_scene' : 'on_the_way';
}

export const priorityOf = (item: WorkItem): Priority =>
  item.kind === 'sos' ? item.sos.priority : item.alert.severity;

export const isDrill = (item: WorkItem): boolean => item.kind === 'sos' && item.sos.isDrill;

export const sinceMs = (item: WorkItem): number =>
  item.kind === 'sos' ? item.sos.createdAtMs : item.alert.openedAtMs;

/** When the next thing happens by itself; null: nothing does. */
export function nextAtMs(item: WorkItem): number | null {
  if (item.kind === 'alert') return item.alert.sos.untilMs;
  return item.sos.holdUntilMs ?? item.sos.nextWaveAtMs;
}

/** 0: nobody answers and a person has to. 1: nobody has answered yet. 2: somebody looks after it. 4 more: a drill. */
function rankOf(item: WorkItem): number {
  const practice = isDrill(item) ? 4 : 0;
  if (item.kind === 'alert') return item.alert.state !== 'open' ? 2 : item.alert.escalationLevel > 0 ? 0 : 1;
  const standing = standingOf(item);
  if (standing === 'needs_you') return practice;
  return practice + (standing === 'searching' ? (item.sos.escalationLevel > 0 ? 0 : 1) : 2);
}

/**
 * The order of the work list: what nobody answers first, then by priority, by what happens next, by age. Drills stand
 * behind everything real.
 */
export function byUrgency(a: WorkItem, b: WorkItem): number {
  const [nextA, nextB] = [nextAtMs(a) ?? Number.POSITIVE_INFINITY, nextAtMs(b) ?? Number.POSITIVE_INFINITY];
  return (
    rankOf(a) - rankOf(b) ||
    PRIORITIES.indexOf(priorityOf(a)) - PRIORITIES.indexOf(priorityOf(b)) ||
    (nextA === nextB ? 0 : nextA - nextB) ||
    sinceMs(a) - sinceMs(b) ||
    (a.id < b.id ? -1 : 1)
  );
}

/** Everything open as one list, the most urgent first. An alert that has become an SOS is that SOS. */
export function workItems(open: readonly SosView[], alerts: readonly AlertLine[]): WorkItem[] {
  const shown = new Set(open.map(({ sosId }) => sosId));
  const items: WorkItem[] = open.map((sos) => ({ kind: 'sos', id: sos.sosId, sos }));
  for (const alert of alerts) {
    if (alert.sos.sosId !== null && shown.has(alert.sos.sosId)) continue;
    items.push({ kind: 'alert', id: alert.alertId, alert });
  }
  return items.sort(byUrgency);
}

/** `nameOf`: what people are called, as far as it is known. */
export function fits(
  item: WorkItem,
  filters: Filters,
  search: string,
  me: string,
  nameOf: (id: string) => string | null,
): boolean {
  if (filters.standing !== null && standingOf(item) !== filters.standing) return false;
  if (filters.priority !== null && priorityOf(item) !== filters.priority) return false;
  if (filters.type !== null && (item.kind !== 'sos' || item.sos.emergencyType !== filters.type)) return false;
  if (!filters.drills && isDrill(item)) return false;
  if (filters.mine && !isMine(item, me)) return false;
  const wanted = search.trim().toLowerCase();
  return wanted === '' || textOf(item, nameOf).includes(wanted);
}

const isMine = (item: WorkItem, me: string): boolean =>
  item.kind === 'sos' ? item.sos.ownerId === me : item.alert.assignedTo === me;

function textOf(item: WorkItem, nameOf: (id: string) => string | null): string {
  if (item.kind === 'alert') return `${item.alert.title} ${item.alert.condition} ${item.id}`.toLowerCase();
  const { sos } = item;
  const people = [sos.requesterId, sos.ownerId, ...sos.slots.map(({ holderId }) => holderId)];
  const names = people.map((id) => (id === null ? null : nameOf(id)));
  return [
    sos.emergencyType.replaceAll('_', ' '),
    sos.priority,
    sos.addressText,
    sos.description,
    sos.requesterName,
    sos.callbackNumber,
    sos.callbackNumber?.replaceAll(/\D/g, ''),
    sos.sosId,
    ...names,
  ]
    .filter((text) => text !== null && text !== undefined)
    .join(' ')
    .toLowerCase();
}

/** Filters as one word for the address; null: none are set. What is searched for is never in it. */
export function filterWord({ standing, priority, type, mine, drills }: Filters): string | null {
  const words = [standing, priority, type, mine ? 'mine' : null, drills ? null : 'no_drills'];
  return words.filter((word) => word !== null).join('.') || null;
}

export function filtersFrom(word: string | null): Filters {
  const words = (word ?? '').split('.');
  const one = <T extends string>(known: readonly T[]) => known.find((name) => words.includes(name)) ?? null;
  return {
    standing: one(STANDINGS),
    priority: one(PRIORITIES),
    type: one(TYPES),
    mine: words.includes('mine'),
    drills: !words.includes('no_drills'),
  };
}

/** Which of those are new and have to be heard: real, critical, and looked after by nobody. */
export function alarming(items: readonly WorkItem[], known: ReadonlySet<string>): WorkItem[] {
  return items.filter(
    (item) => !known.has(item.id) && !isDrill(item) && priorityOf(item) === 'CRITICAL' && rankOf(item) < 2,
  );
}
