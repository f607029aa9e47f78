import type { StoredEvent, StoredRun } from './database-reader.ts';
import { expiredUnanswered } from './figures.ts';

/**
 * Where what is stored contradicts itself, one sentence each: a log with holes, or tables that say something else than
 * the log beside them. Both hold all that happened, so every event counts, whether a client saw it or not.
 */
export function storedComplaints(stored: StoredRun): string[] {
  return [...holes(stored.events), ...endings(stored), ...declines(stored), ...expiries(stored)];
}

/** The events of an SOS are numbered from 1 on and none is left out. */
function holes(events: readonly StoredEvent[]): string[] {
  const lastOf = new Map<string, number>();
  return bySeq(events).flatMap(({ sosId, seq }) => {
    const expected = (lastOf.get(sosId) ?? 0) + 1;
    lastOf.set(sosId, seq);
    return seq === expected ? [] : [`the log of SOS ${sosId} has event ${seq} where ${expected} belongs`];
  });
}

const OPEN = 'open';
const ENDINGS: Readonly<Record<string, string>> = {
  'sos.resolved': 'RESOLVED',
  'sos.cancelled': 'CANCELLED',
  'sos.reopened': OPEN,
};

function endings({ events, statuses }: StoredRun): string[] {
  const logged = endingsInLog(events);
  const sosIds = new Set([...statuses.keys(), ...logged.keys()]);
  return [...sosIds].flatMap((sosId) =>
    differing(`SOS ${sosId}`, endingOf(statuses.get(sosId)), logged.get(sosId) ?? 'nothing'),
  );
}

function endingOf(status: string | undefined): string {
  if (status === undefined) return 'nothing';
  return status === 'RESOLVED' || status === 'CANCELLED' ? status : OPEN;
}

function endingsInLog(events: readonly StoredEvent[]): Map<string, string> {
  const logged = new Map<string, string>();
  for (const { sosId, type } of bySeq(events)) {
    logged.set(sosId, ENDINGS[type] ?? logged.get(sosId) ?? OPEN);
  }
  return logged;
}

/** The table has a person once for each SOS, however many offers they declined there. */
function declines({ events, rejections }: StoredRun): string[] {
  const logged = new Set(
    events
      .filter(({ type }) => type === 'sos.offer_declined')
      .map(({ sosId, data }) => `${sosId}/${data.responderId}`),
  );
  const says = (holds: boolean) => (holds ? 'yes' : 'no');
  return [...new Set([...rejections, ...logged])].flatMap((one) => {
    const [sosId, userId] = one.split('/');
    const what = `a decline of ${userId} in SOS ${sosId}`;
    return differing(what, says(rejections.has(one)), says(logged.has(one)));
  });
}

function expiries({ events, expiredOffers }: StoredRun): string[] {
  return differing('expired offers', String(expiredOffers), String(expiredUnanswered(events)));
}

function bySeq(events: readonly StoredEvent[]): StoredEvent[] {
  return events.toSorted((a, b) => a.seq - b.seq);
}

function differing(what: string, tables: string, log: string): string[] {
  return tables === log ? [] : [`${what}: the tables say ${tables}, the log says ${log}`];
}
