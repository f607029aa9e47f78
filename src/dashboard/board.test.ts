import { expect, test } from 'vitest';
import type { DownBody, StreamEvent } from '../protocol/down.ts';
import { type AlertLine, Board } from './board.ts';

const SOS = '00000000-0000-7000-8000-000000000001';
const R = '00000000-0000-4000-8000-000000000002';
let seq = 0;
const event = (type: string, data: unknown, sosId = SOS) => {
  seq += 1;
  return { stream: `sos:${sosId}`, seq, atMs: seq * 1000, actorId: null, type, data } as StreamEvent;
};
const created = (priority = 'HIGH', sosId = SOS) =>
  event(
    'sos.created',
    {
      emergencyType: 'FIRE',
      priority,
      point: { lat: 1, lng: 2 },
      description: null,
      requesterId: null,
      origin: 'person',
      raisedBy: null,
      addressText: null,
      isDrill: false,
      drillFor: null,
      policyVersion: 1,
      wanted: ['PRIMARY', 'SUPPORT'],
    },
    sosId,
  );

test('an SOS is followed from its creation to its end', () => {
  const board = new Board();
  const look = () => board.openSos.map((s) => [s.status, s.wave, s.openOffers, s.acceptedBy]);
  const steps: [StreamEvent, unknown[]][] = [
    [created(), ['PENDING', 0, 0, null]],
    [event('sos.wave_sent', { wave: 1, offers: [{}, {}, {}] }), ['PENDING', 1, 3, null]],
    [event('sos.offer_declined', { offerId: R }), ['PENDING', 1, 2, null]],
    [
      event('sos.escalated', { reason: 'asked_for', step: 'dispatchers', level: 1 }),
      ['ESCALATED', 1, 2, null],
    ],
    [event('sos.accepted', { offerId: R, responderId: R, slot: 1, distanceM: 1 }), ['ACCEPTED', 1, 1, R]],
    [event('sos.offers_closed', { offerIds: [R], reason: 'filled' }), ['ACCEPTED', 1, 0, R]],
    [event('sos.escalated', { reason: 'asked_for', step: 'hand_off', level: 2 }), ['ACCEPTED', 1, 0, R]],
    [event('sos.started', { responderId: R }), ['IN_PROGRESS', 1, 0, R]],
    [event('sos.withdrawn', { responderId: R, slot: 1, reason: null }), ['PENDING', 1, 0, null]],
    [event('sos.wave_sent', { wave: 2, offers: 4 }), ['PENDING', 2, 4, null]],
    [event('sos.offers_expired', { offerIds: [R, R, R, R] }), ['PENDING', 2, 0, null]],
  ];
  for (const [happened, expected] of steps) {
    board.apply(happened);
    expect([happened.type, look()]).toEqual([happened.type, [expected]]);
  }
  board.apply(event('sos.cancelled', { reason: null, mergedInto: null }));
  expect(look()).toEqual([]);
});

test('the most urgent stand first, then the oldest', () => {
  const board = new Board();
  for (const [priority, id] of [
    ['LOW', 'a'],
    ['CRITICAL', 'b'],
    ['HIGH', 'c'],
    ['CRITICAL', 'd'],
  ] as const) {
    board.apply(created(priority, id));
  }
  expect(board.openSos.map((s) => s.sosId)).toEqual(['b', 'd', 'c', 'a']);
});

test('an event that the snapshot already holds changes nothing', () => {
  const board = new Board();
  const first = created();
  board.apply(first);
  const wave = event('sos.wave_sent', { wave: 1, offers: 2 });
  board.apply(wave);
  board.apply(wave);
  expect(board.openSos[0]?.openOffers).toBe(2);
});

test('responders keep their newest row, age by our clock, and leave', () => {
  const board = new Board();
  const feed = {
    feed: 'dispatch',
    sos: [],
    responders: [
      [R, 1, 2, 500, 15],
      ['x', 1, 2, 0, 3],
    ],
  };
  board.replace(feed as unknown as DownBody<'feed'>, 10_000);
  expect(board.connectedResponders).toEqual([
    { id: R, verified: true, available: true, connected: true, free: true, fixAtMs: 9_500 },
  ]);
  board.update({ feed: 'dispatch', responders: [[R, 1, 2, 100, 5]], gone: [] }, 20_000);
  expect(board.connectedResponders[0]).toMatchObject({ available: false, free: false, fixAtMs: 19_900 });
  board.update({ feed: 'dispatch', responders: [], gone: [R] }, 20_000);
  expect(board.connectedResponders.map(({ id }) => id)).toEqual([]);
});

test('who is in no part of a new snapshot is taken away once all of it had time to come', () => {
  const board = new Board();
  const snapshot = (...ids: string[]) =>
    ({ feed: 'dispatch', sos: [], responders: ids.map((id) => [id, 1, 2, 0, 15]) }) as DownBody<'feed'>;
  const there = () => [...board.fleet.each()].map(({ id }) => id).sort();
  board.replace(snapshot('a', 'b', 'c'), 0);
  board.replace(snapshot('a'), 10_000);
  board.tick(10_100);
  expect(there()).toEqual(['a', 'b', 'c']);
  board.update({ feed: 'dispatch', responders: [['b', 1, 2, 0, 15]], gone: [] }, 10_200);
  board.tick(13_000);
  expect(there()).toEqual(['a', 'b']);
});

test('alerts stand with those first that nobody looks after, and leave when they are over', () => {
  const board = new Board();
  const alert = (alertId: string, alertSeq: number, change: Partial<AlertLine> = {}) =>
    ({ alertId, seq: alertSeq, severity: 'CRITICAL', state: 'open', openedAtMs: 1, ...change }) as AlertLine;
  const happens = (one: AlertLine) =>
    board.apply({
      stream: `alert:${one.alertId}`,
      seq: one.seq,
      atMs: 1,
      actorId: null,
      type: 'alert.changed',
      data: { alert: one, isWorse: false },
    } as StreamEvent);
  const ids = () => board.openAlerts.map(({ alertId }) => alertId);
  board.replace({ feed: 'dispatch', sos: [], responders: [], alerts: [alert('a', 3)] }, 0);
  happens(alert('b', 1, { severity: 'HIGH' }));
  happens(alert('c', 1));
  happens(alert('a', 4, { state: 'acknowledged' }));
  happens(alert('a', 2));
  expect(ids()).toEqual(['c', 'b', 'a']);
  happens(alert('c', 2, { isResolved: true, state: 'cleared' }));
  expect(ids()).toEqual(['b', 'a']);
});
