import type { StoredEvent, StoredFixes, StoredRun } from './database-reader.ts';
import { disagreements, type Figures, figuresOf } from './figures.ts';
import { doubleHoldersInStream } from './judge.ts';
import type { Acknowledged, Ledger } from './ledger.ts';
import { storedComplaints } from './stored-check.ts';

/** The verdict of comparing what clients saw with what the database holds. */
export interface DatabaseCheck {
  readonly figures: Figures;
  readonly positions: number;
  readonly latePositions: number;
  readonly refusedFixes: Readonly<Record<string, number>>;
  readonly doubleHolders: number;
  /** What does not agree, one sentence each; empty when all does. */
  readonly complaints: readonly string[];
}

/** Fixes of one responder, as its device knows it. */
export interface SentFixes {
  readonly userId: string;
  readonly sent: number;
  readonly acknowledged: number;
}

const COMPLAINTS_MAX = 20;

/**
 * Compares. What the clients saw is held against the log up to the number that they saw of each SOS, because the engine
 * goes on while they leave; an older event that they were never shown is a complaint of its own. The tables stand as the
 * engine left them, so they are held against the whole log.
 */
export function checkDatabase(
  ledger: Ledger,
  seen: Figures,
  stored: StoredRun,
  sent: readonly SentFixes[],
): DatabaseCheck {
  const figures = storedFigures(ledger, stored);
  const complaints = [
    ...disagreements(seen, figures).map(
      (name) => `${name}: clients saw ${seen[name]}, the database holds ${figures[name]}`,
    ),
    ...unseen(ledger, stored),
    ...storedComplaints(stored),
    ...missing(ledger.acknowledged, stored),
    ...fixComplaints(sent, stored.fixes),
  ];
  return {
    figures,
    positions: sumOf(stored.fixes, (fixes) => fixes.positions),
    latePositions: sumOf(stored.fixes, (fixes) => fixes.late),
    refusedFixes: reasonsOf(stored.fixes),
    doubleHolders: doubleHoldersIn(stored),
    complaints: shortened(complaints),
  };
}

function storedFigures(ledger: Ledger, stored: StoredRun): Figures {
  const events = stored.events.filter((event) => event.seq <= ledger.headOf(`sos:${event.sosId}`));
  const sos = stored.statuses.size;
  return {
    sos,
    offers: stored.offers,
    ...figuresOf(events, sos),
    messages: stored.messageIds.size,
    fixes: sumOf(stored.fixes, (fixes) => fixes.positions + refusedOf(fixes)),
  };
}

/** Events that the log held before the newest one that anybody saw, and that nobody was shown. */
function unseen(ledger: Ledger, stored: StoredRun): string[] {
  const newestAtMs = ledger.newestAtMs();
  return stored.events
    .filter(({ sosId, seq, atMs }) => seq > ledger.headOf(`sos:${sosId}`) && atMs < newestAtMs)
    .map(({ sosId, seq, type }) => `no client was shown event ${seq} (${type}) of SOS ${sosId}`);
}

/** What the engine acknowledged and the database does not hold. */
function missing(acknowledged: readonly Acknowledged[], stored: StoredRun): string[] {
  const events = new Set(
    stored.events.flatMap(({ sosId, type, actorId, data }) => [
      `${type}/${sosId}/${actorId ?? data.responderId}`,
      `${type}/${sosId}/${data.responderId ?? actorId}/${data.offerId ?? ''}`,
      `${type}/${sosId}`,
    ]),
  );
  return acknowledged
    .filter((one) => !isStored(one, stored, events))
    .map((one) => `an acknowledged ${one.kind} of ${one.userId} in SOS ${one.sosId} is not stored`);
}

function isStored(one: Acknowledged, stored: StoredRun, events: ReadonlySet<string>): boolean {
  const { sosId, userId } = one;
  switch (one.kind) {
    case 'chat':
      return stored.messageIds.has(one.messageId);
    case 'accept':
      // Who was asked twice for one SOS may say yes twice: the second time they hold the slot already.
      return events.has(`sos.accepted/${sosId}/${userId}`);
    case 'reserve':
      return events.has(`sos.reserve_joined/${sosId}/${userId}/${one.offerId}`);
    case 'decline':
      return stored.rejections.has(`${sosId}/${userId}`);
    case 'depart':
      // Whoever is seen to be there has set off: to say so afterwards is no event any more.
      return events.has(`sos.departed/${sosId}/${userId}`) || events.has(`sos.arrived/${sosId}/${userId}`);
    case 'resolve':
      // Of several who are there one says it first; to the others it is so already.
      return events.has(`sos.resolved/${sosId}`);
    case 'create':
      return stored.statuses.has(sosId) && events.has(`sos.created/${sosId}/${userId}`);
    default:
      return events.has(`${EVENT_OF[one.kind]}/${sosId}/${userId}`);
  }
}

const EVENT_OF = {
  arrive: 'sos.arrived',
  start: 'sos.started',
  withdraw: 'sos.withdrawn',
  cancel: 'sos.cancelled',
} as const;

function fixComplaints(sent: readonly SentFixes[], fixes: ReadonlyMap<string, StoredFixes>): string[] {
  return sent.flatMap(({ userId, sent: given, acknowledged }) => {
    const stored = fixes.get(userId) ?? { positions: 0, distinct: 0, late: 0, refused: {} };
    const kept = stored.distinct + refusedOf(stored);
    return [
      ...(stored.distinct < stored.positions ? [`fixes of ${userId} are stored twice`] : []),
      ...(kept > given ? [`${kept} fixes of ${userId} are stored, but only ${given} were sent`] : []),
      ...(kept < acknowledged
        ? [`${acknowledged - kept} acknowledged fixes of ${userId} are not stored`]
        : []),
    ];
  });
}

function refusedOf(fixes: StoredFixes): number {
  return Object.values(fixes.refused).reduce((sum, n) => sum + n, 0);
}

function sumOf(fixes: ReadonlyMap<string, StoredFixes>, value: (one: StoredFixes) => number): number {
  return [...fixes.values()].reduce((sum, one) => sum + value(one), 0);
}

function reasonsOf(fixes: ReadonlyMap<string, StoredFixes>): Record<string, number> {
  const reasons: Record<string, number> = {};
  for (const { refused } of fixes.values()) {
    for (const [reason, count] of Object.entries(refused)) reasons[reason] = (reasons[reason] ?? 0) + count;
  }
  return reasons;
}

function doubleHoldersIn(stored: StoredRun): number {
  const bySos = new Map<string, StoredEvent[]>();
  for (const event of stored.events) {
    const events = bySos.get(event.sosId) ?? [];
    bySos.set(event.sosId, events);
    events.push(event);
  }
  return [...bySos.values()].reduce((sum, events) => sum + doubleHoldersInStream(events), 0);
}

function shortened(complaints: readonly string[]): string[] {
  const more = complaints.length - COMPLAINTS_MAX;
  return more > 0
    ? [...complaints.slice(0, COMPLAINTS_MAX), `… and ${more} more of the kind`]
    : [...complaints];
}
