import { describe, expect, test } from 'vitest';
import type { StreamEvent } from '../protocol/down.ts';
import { checkDatabase } from './database-check.ts';
import type { StoredEvent, StoredRun } from './database-reader.ts';
import { figuresSeen } from './figures.ts';
import { Ledger } from './ledger.ts';

const SOS = 'sos-1';
const [CALLER, ANN] = ['caller', 'ann'];

const created = { type: 'sos.created', actorId: CALLER, data: {} };
const accepted = {
  type: 'sos.accepted',
  actorId: ANN,
  data: { responderId: ANN, offerId: 'offer-1', slot: 0, distanceM: 100 },
};
const resolved = { type: 'sos.resolved', actorId: ANN, data: { responderId: ANN } };
const cancelled = { type: 'sos.cancelled', actorId: CALLER, data: {} };
const escalated = { type: 'sos.escalated', actorId: null, data: {} };
const expired = { type: 'sos.offers_expired', actorId: null, data: { offerIds: ['offer-1'] } };
const declined = {
  type: 'sos.offer_declined',
  actorId: ANN,
  data: { responderId: ANN, offerId: 'offer-1' },
};

type Told = Pick<StoredEvent, 'type' | 'actorId' | 'data'>;
const storedEvents = (...events: Told[]): StoredEvent[] =>
  events.map((event, i) => ({ ...event, sosId: SOS, seq: i + 1, atMs: i + 1 }));
/** After all that anybody was shown. */
const storedLater = (seq: number, ...events: Told[]): StoredEvent[] =>
  events.map((event, i) => ({ ...event, sosId: SOS, seq: seq + i, atMs: 99 }));

/** What the clients saw of an SOS that Ann was asked about. */
function seenOf(...events: Told[]): Ledger {
  const ledger = new Ledger(() => 0);
  ledger.raised(SOS, CALLER, 0);
  const requester = ledger.watch(0);
  for (const event of storedEvents(...events)) {
    requester.event({ ...event, stream: `sos:${SOS}` } as unknown as StreamEvent);
  }
  ledger.watch(0).event({
    stream: `inbox:${ANN}`,
    seq: 1,
    atMs: 2,
    actorId: null,
    type: 'offer.sent',
    data: { sosId: SOS, offerId: 'offer-1' },
  } as unknown as StreamEvent);
  return ledger;
}

/** What the clients saw of an SOS that Ann accepted and resolved. */
function seen(): Ledger {
  const ledger = seenOf(created, accepted, resolved);
  ledger.acknowledged.push({ kind: 'accept', sosId: SOS, userId: ANN, offerId: 'offer-1' });
  ledger.acknowledged.push({ kind: 'resolve', sosId: SOS, userId: ANN });
  return ledger;
}

const stored: StoredRun = {
  events: storedEvents(created, accepted, resolved),
  statuses: new Map([[SOS, 'RESOLVED']]),
  offers: 1,
  expiredOffers: 0,
  rejections: new Set(),
  messageIds: new Set(),
  fixes: new Map([[ANN, { positions: 9, distinct: 9, late: 0, refused: { impossible: 1 } }]]),
};

function complaints(change: Partial<StoredRun>, sent = { sent: 10, acknowledged: 10 }, ledger = seen()) {
  const figures = figuresSeen(ledger, sent.acknowledged);
  return checkDatabase(ledger, figures, { ...stored, ...change }, [{ userId: ANN, ...sent }]).complaints;
}

describe('clients and database', () => {
  test('agree when everything seen and promised is there', () => {
    expect(complaints({})).toEqual([]);
  });

  test('a lost acceptance is found, as a figure and as a broken promise', () => {
    expect(complaints({ events: storedEvents(created) })).toEqual([
      'accepts: clients saw 1, the database holds 0',
      'resolved: clients saw 1, the database holds 0',
      'open: clients saw 0, the database holds 1',
      'SOS sos-1: the tables say RESOLVED, the log says open',
      'an acknowledged accept of ann in SOS sos-1 is not stored',
      'an acknowledged resolve of ann in SOS sos-1 is not stored',
    ]);
  });

  test('a lost SOS is found', () => {
    expect(complaints({ statuses: new Map() })).toContain(
      'an acknowledged create of caller in SOS sos-1 is not stored',
    );
  });

  test('an offer that nobody received is found', () => {
    expect(complaints({ offers: 2 })).toEqual(['offers: clients saw 1, the database holds 2']);
  });

  test('an event that nobody was shown is found, unless it is newer than all that was shown', () => {
    const late = storedLater(4, escalated);
    const { events } = stored;
    expect(complaints({ events: [...events, ...late] })).toEqual([]);
    expect(complaints({ events: [...events, ...late.map((event) => ({ ...event, atMs: 2 }))] })).toEqual([
      'no client was shown event 4 (sos.escalated) of SOS sos-1',
    ]);
  });

  test('what was carried out after the clients had left is no disagreement', () => {
    const events = [...storedEvents(created, expired), ...storedLater(3, declined, resolved)];
    const change = { events, rejections: new Set([`${SOS}/${ANN}`]) };
    expect(complaints(change, undefined, seenOf(created, expired))).toEqual([]);
  });

  test.each([
    [declined, 'declines: clients saw 1, the database holds 0'],
    [expired, 'expiries: clients saw 1, the database holds 0'],
    [resolved, 'resolved: clients saw 1, the database holds 0'],
    [cancelled, 'cancelled: clients saw 1, the database holds 0'],
    [resolved, 'open: clients saw 0, the database holds 1'],
  ])('a $type that the database has otherwise is found', (event, complaint) => {
    const change = { events: storedEvents(created, escalated), statuses: new Map([[SOS, 'PENDING']]) };
    expect(complaints(change, undefined, seenOf(created, event))).toContain(complaint);
  });

  test('a decline amid what the clients saw counts, although they were not shown it', () => {
    const ledger = seenOf(created, expired, escalated, resolved);
    const events = storedEvents(created, expired, declined, resolved);
    expect(complaints({ events, rejections: new Set([`${SOS}/${ANN}`]) }, undefined, ledger)).toEqual([
      'declines: clients saw 0, the database holds 1',
      'expiries: clients saw 1, the database holds 0',
      'escalations: clients saw 1, the database holds 0',
    ]);
  });

  test('tables that contradict the log are found, also about what came after the clients had left', () => {
    const events = [...storedEvents(created, expired), ...storedLater(3, declined, resolved)];
    const change = { events, expiredOffers: 1, statuses: new Map([[SOS, 'PENDING']]) };
    expect(complaints(change, undefined, seenOf(created, expired))).toEqual([
      'SOS sos-1: the tables say open, the log says RESOLVED',
      'a decline of ann in SOS sos-1: the tables say no, the log says yes',
      'expired offers: the tables say 1, the log says 0',
    ]);
  });

  test('a second yes of whoever holds a slot of the same SOS already is no other one', () => {
    const ledger = seen();
    ledger.acknowledged.push({ kind: 'accept', sosId: SOS, userId: ANN, offerId: 'offer-2' });
    ledger.acknowledged.push({ kind: 'accept', sosId: SOS, userId: 'ben', offerId: 'offer-3' });
    expect(complaints({}, undefined, ledger)).toEqual([
      'an acknowledged accept of ben in SOS sos-1 is not stored',
    ]);
  });

  test('who stays ready, and who is there first, is looked for', () => {
    const ledger = seen();
    ledger.acknowledged.push({ kind: 'reserve', sosId: SOS, userId: 'ben', offerId: 'offer-2' });
    ledger.acknowledged.push({ kind: 'arrive', sosId: SOS, userId: ANN });
    ledger.acknowledged.push({ kind: 'resolve', sosId: SOS, userId: 'ben' });
    expect(complaints({}, undefined, ledger)).toEqual([
      'an acknowledged reserve of ben in SOS sos-1 is not stored',
      'an acknowledged arrive of ann in SOS sos-1 is not stored',
    ]);
    const more = [
      { type: 'sos.reserve_joined', actorId: 'ben', data: { offerId: 'offer-2', responderId: 'ben' } },
      // Recognised by position: nobody's command.
      { type: 'sos.arrived', actorId: null, data: { responderId: ANN, slot: 1 } },
    ];
    expect(complaints({ events: [...stored.events, ...storedLater(4, ...more)] }, undefined, ledger)).toEqual(
      [],
    );
  });

  test.each(['sos.departed', 'sos.arrived'])('%s stands for the word of having set off', (type) => {
    const ledger = seen();
    ledger.acknowledged.push({ kind: 'depart', sosId: SOS, userId: ANN });
    expect(complaints({}, undefined, ledger)).toEqual([
      'an acknowledged depart of ann in SOS sos-1 is not stored',
    ]);
    const later = storedLater(4, { type, actorId: null, data: { responderId: ANN, slot: 1 } });
    expect(complaints({ events: [...stored.events, ...later] }, undefined, ledger)).toEqual([]);
  });

  test('an acknowledged message and refusal are looked for', () => {
    const ledger = seen();
    ledger.acknowledged.push({ kind: 'chat', sosId: SOS, userId: ANN, messageId: 'm' });
    ledger.acknowledged.push({ kind: 'decline', sosId: SOS, userId: ANN, offerId: 'o' });
    expect(complaints({}, undefined, ledger)).toEqual([
      'messages: clients saw 1, the database holds 0',
      'an acknowledged chat of ann in SOS sos-1 is not stored',
      'an acknowledged decline of ann in SOS sos-1 is not stored',
    ]);
  });

  test('acknowledged fixes are stored once or counted as refused', () => {
    const fixes = (one: object) => ({
      fixes: new Map([[ANN, { positions: 9, distinct: 9, late: 0, refused: {}, ...one }]]),
    });
    expect(complaints(fixes({}))).toEqual(['1 acknowledged fixes of ann are not stored']);
    expect(complaints(fixes({ positions: 11, distinct: 10 }))).toEqual(['fixes of ann are stored twice']);
    expect(complaints({ fixes: new Map() })).toEqual(['10 acknowledged fixes of ann are not stored']);
    expect(complaints(fixes({ positions: 11, distinct: 11 }))).toEqual([
      '11 fixes of ann are stored, but only 10 were sent',
    ]);
  });

  test('a fix that is stored although its acknowledgement was lost is no fault', () => {
    expect(complaints({}, { sent: 10, acknowledged: 9 })).toEqual([]);
  });

  test('two holders in the database are counted by themselves', () => {
    const events = storedEvents(created, accepted, {
      ...accepted,
      data: { ...accepted.data, responderId: 'ben' },
    });
    const check = checkDatabase(seen(), figuresSeen(seen(), 0), { ...stored, events }, []);
    expect(check.doubleHolders).toBe(1);
  });
});
