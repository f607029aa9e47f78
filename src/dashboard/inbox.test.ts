import { describe, expect, test } from 'vitest';
import type { StreamEvent } from '../protocol/down.ts';
import {
  EMPTY_INBOX,
  type Inbox,
  inboxAfter,
  inboxFrom,
  newsRead,
  type Offer,
  offerPart,
  offerToShow,
  readInbox,
} from './inbox.ts';

const ME = '00000000-0000-4000-8000-000000000001';
const NOW = 1_000_000;
const here = { nowMs: NOW, isVisible: true };

const anOffer = (offerId: string, change: Partial<Offer> = {}): Offer => ({
  offerId,
  sosId: `sos of ${offerId}`,
  emergencyType: 'MEDICAL',
  priority: 'HIGH',
  cell: '872834',
  distanceBandM: 500,
  expiresAtMs: NOW + 60_000,
  isDrill: false,
  ...change,
});

let seq = 0;
const event = (type: string, data: object, atMs = NOW): StreamEvent =>
  ({ stream: `inbox:${ME}`, seq: ++seq, atMs, actorId: null, type, data }) as unknown as StreamEvent;
const following = (from: Inbox, ...events: StreamEvent[]) =>
  events.reduce((inbox, one) => inboxAfter(inbox, one, here), from);
const asked = (...offers: Offer[]) =>
  following(EMPTY_INBOX, ...offers.map((one) => event('offer.sent', one)));
const closedFor = (offerId: string, reason: string) =>
  event('offer.closed', { offerId, sosId: `sos of ${offerId}`, reason });

describe('an inbox', () => {
  test('puts a real offer before a drill, and what ends first before the rest', () => {
    const [later, sooner, drill] = [
      anOffer('later', { expiresAtMs: NOW + 50_000 }),
      anOffer('sooner', { expiresAtMs: NOW + 40_000 }),
      anOffer('drill', { expiresAtMs: NOW + 1_000, isDrill: true }),
    ];
    const inbox = asked(drill, later, sooner);
    expect(offerToShow(inbox, NOW)?.offerId).toBe('sooner');
    expect(offerToShow(inbox, NOW + 45_000)?.offerId).toBe('later');
    expect(offerToShow(asked(drill), NOW)?.offerId).toBe('drill');
    expect(offerToShow(inbox, NOW + 60_000)).toBeNull();
    expect(offerToShow({ ...inbox, holding: 'another' }, NOW)).toBeNull();
  });

  test('counts an offer down from when it was sent', () => {
    const [offer] = asked(anOffer('a')).offers;
    if (!offer) throw new Error('no offer');
    expect([NOW, NOW + 15_000, NOW + 90_000].map((at) => offerPart(offer, at))).toEqual([1, 0.75, 0]);
  });

  test('tells that the slot went to somebody else', () => {
    const inbox = following(asked(anOffer('a')), closedFor('a', 'filled'));
    expect(inbox.offers).toEqual([]);
    expect(inbox.news).toMatchObject([{ what: { kind: 'closed', reason: 'filled' }, isAway: false }]);
    expect(newsRead(inbox).news).toEqual([]);
  });

  test('makes no news of what its person said', () => {
    expect(following(asked(anOffer('a')), closedFor('a', 'declined')).news).toEqual([]);
  });

  test('keeps whoever stays ready as a reserve', () => {
    const inbox = following(asked(anOffer('a')), closedFor('a', 'reserve'));
    expect(inbox.reserves.map(({ offerId }) => offerId)).toEqual(['a']);
    const sosId = 'sos of a';
    expect(following(inbox, event('sos.assigned', { sosId, slot: 1, role: 'PRIMARY' }))).toMatchObject({
      holding: sosId,
      reserves: [],
    });
  });

  test('holds an SOS until it is released, and says why', () => {
    const held = following(
      asked(anOffer('a')),
      event('sos.assigned', { sosId: 's', slot: 1, role: 'PRIMARY' }),
    );
    expect(held.holding).toBe('s');
    expect(following(held, event('sos.nudged', { sosId: 's' })).isNudged).toBe(true);
    const over = following(held, event('sos.released', { sosId: 's', reason: 'cancelled' }));
    expect(over.holding).toBeNull();
    expect(over.news.at(-1)?.what).toEqual({ kind: 'released', reason: 'cancelled' });
    expect(following(held, event('sos.released', { sosId: 'another', reason: 'merged' })).holding).toBe('s');
  });

  test('tells of an SOS that a dispatcher gave to its person, not of one that they took', () => {
    const assigned = event('sos.assigned', { sosId: 's', slot: 1, role: 'PRIMARY' });
    expect(following(EMPTY_INBOX, assigned).news.at(-1)?.what).toEqual({ kind: 'assigned' });
    expect(following(EMPTY_INBOX, { ...assigned, actorId: ME }).news).toEqual([]);
  });

  test('knows what was missed: nobody looked, or it came late', () => {
    const unseen = inboxAfter(asked(anOffer('a')), closedFor('a', 'expired'), { ...here, isVisible: false });
    expect(unseen.news[0]?.isAway).toBe(true);
    const late = event('offer.closed', { offerId: 'a', sosId: 's', reason: 'filled' }, NOW - 60_000);
    expect(following(asked(anOffer('a')), late).news[0]?.isAway).toBe(true);
  });

  test('begins anew with a snapshot, and an offer that it knew keeps its time', () => {
    const was = asked(anOffer('a'));
    const view = { offers: [anOffer('a'), anOffer('b')], reserves: [], holding: 'h' };
    const inbox = inboxFrom(was, 9, view, { ...here, nowMs: NOW + 5_000 });
    expect(inbox.offers.map(({ sinceMs }) => sinceMs)).toEqual([NOW, NOW + 5_000]);
    expect(inbox).toMatchObject({ seq: 9, holding: 'h', broadcasts: [] });
  });

  test('shows what everybody in the area was told until it is over', () => {
    const broadcast = { broadcastId: 'b', severity: 'SEVERE', text: 'Stay inside', untilMs: NOW + 1 };
    const told = following(EMPTY_INBOX, event('broadcast.sent', broadcast));
    expect(told.broadcasts).toHaveLength(1);
    expect(following(told, event('broadcast.ended', { broadcastId: 'b' })).broadcasts).toEqual([]);
  });

  test('bears any number of events, in bounded room', () => {
    let inbox = EMPTY_INBOX;
    for (let i = 0; i < 100; i += 1) inbox = following(inbox, closedFor(`o${i}`, 'filled'));
    expect(inbox.news).toHaveLength(20);
  });
});

test('what was kept of it is read again; what is no inbox is none', () => {
  const kept = { ...EMPTY_INBOX, seq: 4, holding: 's' };
  expect(readInbox(JSON.stringify(kept))).toEqual(kept);
  expect(readInbox('{"seq":"x"}')).toEqual(EMPTY_INBOX);
  expect(readInbox(null)).toEqual(EMPTY_INBOX);
});
