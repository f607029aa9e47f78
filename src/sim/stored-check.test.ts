import { expect, test } from 'vitest';
import type { StoredEvent, StoredRun } from './database-reader.ts';
import { storedComplaints } from './stored-check.ts';

const SOS = 'sos-1';
const ANN = 'ann';

type Told = readonly [type: string, data?: StoredEvent['data']];
const created: Told = ['sos.created'];
const expired: Told = ['sos.offers_expired', { offerIds: ['offer-1', 'offer-2'] }];
const declined = (offerId: string): Told => ['sos.offer_declined', { offerId, responderId: ANN }];
const resolved: Told = ['sos.resolved'];
const cancelled: Told = ['sos.cancelled'];

const logOf = (...events: Told[]): StoredEvent[] =>
  events.map(([type, data = {}], i) => ({ sosId: SOS, seq: i + 1, atMs: i, actorId: null, type, data }));

function complaints(events: readonly StoredEvent[], tables: Partial<StoredRun> = {}): string[] {
  return storedComplaints({
    events,
    statuses: new Map([[SOS, 'PENDING']]),
    offers: 2,
    expiredOffers: 0,
    rejections: new Set(),
    messageIds: new Set(),
    fixes: new Map(),
    ...tables,
  });
}
const standing = (status: string) => ({ statuses: new Map([[SOS, status]]) });
const declinedBy = (...userIds: string[]) => ({
  rejections: new Set(userIds.map((userId) => `${SOS}/${userId}`)),
});

test('tables that say what the log says are in order, whatever order it is read in', () => {
  expect(complaints([])).toEqual(['SOS sos-1: the tables say open, the log says nothing']);
  expect(complaints(logOf(created))).toEqual([]);
  const log = logOf(created, expired, declined('offer-1'), resolved).reverse();
  expect(complaints(log, { ...standing('RESOLVED'), ...declinedBy(ANN), expiredOffers: 1 })).toEqual([]);
});

test('an event that the log leaves out is found', () => {
  const [first, , third] = logOf(created, expired, ['sos.escalated']);
  expect(complaints([first, third].filter((event) => event !== undefined))).toEqual([
    'the log of SOS sos-1 has event 3 where 2 belongs',
  ]);
});

test('an event that the log has twice is found', () => {
  const log = logOf(created, ['sos.escalated']);
  expect(complaints([...log, ...log.slice(1)])).toEqual(['the log of SOS sos-1 has event 2 where 3 belongs']);
});

test('an SOS that ended otherwise, or in one of the two alone, is found', () => {
  expect(complaints(logOf(created, resolved), standing('CANCELLED'))).toEqual([
    'SOS sos-1: the tables say CANCELLED, the log says RESOLVED',
  ]);
  expect(complaints(logOf(created, cancelled), standing('ACCEPTED'))).toEqual([
    'SOS sos-1: the tables say open, the log says CANCELLED',
  ]);
  expect(complaints(logOf(created), standing('RESOLVED'))).toEqual([
    'SOS sos-1: the tables say RESOLVED, the log says open',
  ]);
  expect(complaints(logOf(created), { statuses: new Map() })).toEqual([
    'SOS sos-1: the tables say nothing, the log says open',
  ]);
});

test('an SOS that was opened again is open until it ends again', () => {
  expect(complaints(logOf(created, resolved, ['sos.reopened']))).toEqual([]);
  expect(complaints(logOf(created, resolved, ['sos.reopened'], cancelled), standing('CANCELLED'))).toEqual(
    [],
  );
});

test('a decline that one of the two alone holds is found', () => {
  expect(complaints(logOf(created, declined('offer-1')))).toEqual([
    'a decline of ann in SOS sos-1: the tables say no, the log says yes',
  ]);
  expect(complaints(logOf(created, declined('offer-1')), declinedBy(ANN, 'ben'))).toEqual([
    'a decline of ben in SOS sos-1: the tables say yes, the log says no',
  ]);
});

test('who declines two offers of one SOS is in the tables once', () => {
  const log = logOf(created, declined('offer-1'), declined('offer-2'));
  expect(complaints(log, declinedBy(ANN))).toEqual([]);
});

test('offers that expired are those that nobody answered afterwards', () => {
  const log = logOf(created, expired, declined('offer-1'));
  expect(complaints(log, { ...declinedBy(ANN), expiredOffers: 1 })).toEqual([]);
  expect(complaints(log, { ...declinedBy(ANN), expiredOffers: 2 })).toEqual([
    'expired offers: the tables say 2, the log says 1',
  ]);
});
