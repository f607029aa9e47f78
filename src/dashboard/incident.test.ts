import { describe, expect, test } from 'vitest';
import type { SosView, StreamEvent } from '../protocol/down.ts';
import {
  askedAfter,
  climbAfter,
  deadlinesOf,
  inOrder,
  NO_LADDER,
  NOBODY_ASKED,
  type Score,
} from './candidates.ts';
import { chatAfter, chatFrom, messagesOf, SILENCE, unreadUpTo } from './chat-log.ts';
import { IRREVERSIBLE, mayCommand, undoOf } from './sos-commands.ts';
import { peopleIn, refusalWords, told } from './story.ts';
import {
  askedFrom,
  asStream,
  incidentOf,
  indexAt,
  placeAt,
  played,
  viewAt,
  waysFrom,
  wayUntil,
} from './time-machine.ts';

const SOS = '00000000-0000-7000-8000-000000000001';
const [ANN, BEN, CAT] = ['a', 'b', 'c'].map((n) => `00000000-0000-4000-8000-00000000000${n}`) as [
  string,
  string,
  string,
];
const offerOf = (who: string) => who.replace('-4000-', '-4001-');

let seq = 0;
const event = (type: string, data: unknown, atMs = seq * 1_000 + 1_000): StreamEvent => {
  seq += 1;
  return { stream: `sos:${SOS}`, seq, atMs, actorId: null, type, data } as StreamEvent;
};
const ladder = [
  { step: 'wider_ring', afterMs: 90_000 },
  { step: 'dispatchers', afterMs: 180_000 },
];
const created = () => {
  seq = 0;
  return event('sos.created', {
    emergencyType: 'FIRE',
    priority: 'HIGH',
    point: { lat: 1, lng: 2 },
    description: 'smoke',
    requesterId: null,
    origin: 'dispatcher',
    raisedBy: CAT,
    callbackNumber: null,
    addressText: null,
    isDrill: false,
    drillFor: null,
    policyVersion: 1,
    wanted: ['PRIMARY', 'SUPPORT'],
    rule: { ladder },
  });
};
const score = (responderId: string, scoreMs: number): Score => ({
  responderId,
  distanceM: 100,
  observedMps: null,
  asked: 4,
  accepted: 1,
  alerts7: 1,
  alerts30: 2,
  speedMps: 2,
  turnoutMs: 60_000,
  travelMs: 50_000,
  etaMs: 110_000,
  pArrive: 0.2,
  silenceMs: 1,
  fairnessMs: 2,
  scoreMs,
});
const wave = (asked: readonly string[], expiresAtMs = 61_000) =>
  event('sos.wave_sent', {
    wave: 1,
    radiusM: 500,
    policyVersion: 1,
    offers: asked.map((responderId) => ({
      offerId: offerOf(responderId),
      responderId,
      distanceM: 100,
      etaMs: 110_000,
      pArrive: 0.2,
      fitsAll: false,
      expiresAtMs,
    })),
    match: {
      scene: { around: 3, isNight: false },
      candidates: [score(ANN, 10), score(BEN, 20), score(CAT, 30)],
      excluded: [[SOS, 'resting', 44]],
      excludedCounts: { resting: 1, busy: 7 },
    },
    nextWaveAtMs: 27_000,
  });
const name = (id: string) => ({ [ANN]: 'Ann', [BEN]: 'Ben', [CAT]: 'Cat' })[id] ?? 'somebody';

describe('who was asked', () => {
  test('is known with the score they had, what became of each offer, and who was passed over and why', () => {
    let asked = [created(), wave([ANN, BEN])].reduce(askedAfter, NOBODY_ASKED);
    const look = () => inOrder(asked).map((c) => `${name(c.responderId)} ${c.offer?.state ?? 'not asked'}`);
    expect(look()).toEqual(['Ann sent', 'Ben sent', 'Cat not asked']);
    expect(asked.passedOver).toEqual({
      people: [{ responderId: SOS, reason: 'resting', distanceM: 44 }],
      counts: { resting: 1, busy: 7 },
    });
    const ids = [offerOf(ANN), offerOf(BEN)];
    asked = askedAfter(asked, event('sos.offers_received', { delivered: ids, seen: [offerOf(BEN)] }));
    expect(look()).toEqual(['Ann delivered', 'Ben seen', 'Cat not asked']);
    asked = askedAfter(asked, event('sos.offer_declined', { offerId: offerOf(ANN), responderId: ANN }));
    asked = askedAfter(asked, event('sos.accepted', { offerId: offerOf(BEN), responderId: BEN, slot: 1 }));
    expect(look()).toEqual(['Ben accepted', 'Cat not asked', 'Ann declined']);
  });

  test('waits for the end of the offers, the next wave and the next rung, the soonest first', () => {
    const events = [created(), wave([ANN, BEN])];
    const [incident, asked, climb] = [
      incidentOf(SOS, events),
      events.reduce(askedAfter, NOBODY_ASKED),
      events.reduce(climbAfter, NO_LADDER),
    ];
    const sos = incident?.views.at(-1) as SosView;
    expect(deadlinesOf(sos, asked, climb)).toEqual([
      { what: 'next_wave', atMs: 27_000, detail: 2 },
      { what: 'offers_run_out', atMs: 61_000, detail: 2 },
      { what: 'ladder', atMs: 91_000, detail: 'wider_ring' },
    ]);
    const climbed = climbAfter(climb, event('sos.escalated', { rungsClimbed: 1 }));
    expect(deadlinesOf(sos, NOBODY_ASKED, climbed).at(-1)).toMatchObject({ detail: 'dispatchers' });
    expect(deadlinesOf({ ...sos, holdUntilMs: 5 }, asked, climb)).toEqual([
      { what: 'hold_ends', atMs: 5, detail: null },
    ]);
    expect(deadlinesOf({ ...sos, closedAtMs: 9 }, asked, climb)).toEqual([]);
    expect(climbAfter(climb, event('sos.unheld', {}, 70_000)).seekingSinceMs).toBe(70_000);
  });
});

describe('the story', () => {
  test('says each event in words, with everybody by name and what was said', () => {
    const words = (one: StreamEvent) => told(one, name);
    expect(words(created())).toEqual({
      text: 'Raised for a caller: Fire, High',
      said: 'smoke',
      tone: 'plain',
      isAct: false,
    });
    expect(words(wave([ANN]))?.text).toBe('Wave 1: 1 person asked within 500 m');
    expect(words(event('sos.offers_received', { delivered: 3, seen: 1 }))?.text).toBe(
      '3 phones have the offer; 1 person looked at it',
    );
    expect(words(event('sos.holder_assigned', { responderId: BEN, despite: 'declined' }))).toMatchObject({
      text: 'A dispatcher sent Ben, although: said no',
      tone: 'act',
    });
    expect(words(event('sos.withdrawn', { responderId: ANN, reason: 'flat tyre' }))?.said).toBe('flat tyre');
    expect(words(event('chat.message', { text: 'hello' }))).toBeNull();
  });

  test('knows whom to look up by name', () => {
    expect(new Set(peopleIn(wave([ANN])))).toEqual(new Set([ANN, BEN, CAT, SOS]));
    expect(peopleIn(created())).toEqual([CAT]);
  });

  test('a refusal says what to do, in words for dispatchers where there are any', () => {
    expect(refusalWords('sos_changed', 'x', 'y')).toMatch(/decide again/);
    expect(refusalWords('channel_off', 'Off.', 'Ask.')).toBe('Off. Ask.');
  });
});

describe('commands', () => {
  const sos = incidentOf(SOS, [created()])?.views[0] as SosView;
  const held: SosView = {
    ...sos,
    slots: sos.slots.map((slot) => (slot.slot === 1 ? { ...slot, holderId: ANN } : slot)),
  };

  test('are offered where they make sense', () => {
    expect(mayCommand('sos.take_over', sos, CAT)).toBe(false);
    expect(mayCommand('sos.take_over', sos, ANN)).toBe(true);
    expect([mayCommand('sos.merge', sos, CAT), mayCommand('sos.merge', held, CAT)]).toEqual([true, false]);
    expect([
      mayCommand('sos.reopen', sos, CAT),
      mayCommand('sos.reopen', { ...sos, closedAtMs: 1 }, CAT),
    ]).toEqual([false, true]);
    expect(mayCommand('sos.unhold', { ...sos, holdUntilMs: 9 }, CAT)).toBe(true);
  });

  test('have what takes them back, and what has nothing is asked for first', () => {
    expect(undoOf({ kind: 'sos.hold', forMs: 300_000 }, sos, 0)).toEqual({ kind: 'sos.unhold' });
    expect(undoOf({ kind: 'sos.unhold' }, { ...sos, holdUntilMs: 90_000 }, 30_000)).toEqual({
      kind: 'sos.hold',
      forMs: 60_000,
    });
    expect(undoOf({ kind: 'sos.assign', responderId: ANN }, sos, 0)).toEqual({
      kind: 'sos.release',
      responderId: ANN,
    });
    expect(undoOf({ kind: 'sos.release', responderId: ANN }, held, 0)).toEqual({
      kind: 'sos.assign',
      responderId: ANN,
    });
    expect(undoOf({ kind: 'sos.take_over' }, sos, 0)).toEqual({ kind: 'sos.take_over', ownerId: CAT });
    expect(undoOf({ kind: 'sos.take_over' }, { ...sos, ownerId: null }, 0)).toBeNull();
    for (const kind of IRREVERSIBLE) expect(undoOf({ kind } as never, sos, 0)).toBeNull();
  });
});

describe('the chat', () => {
  const said = (n: number, senderId: string) =>
    ({
      type: 'chat.message',
      seq: n,
      atMs: n,
      data: { messageId: `m${n}`, senderId, text: `t${n}` },
    }) as StreamEvent;
  const read = (n: number, readerId: string, upToSeq: number) =>
    ({ type: 'chat.read', seq: n, atMs: n, data: { readerId, upToSeq } }) as StreamEvent;

  test('shows who has read what, and how far one has still to say that one has', () => {
    let log = chatFrom(2, {
      messages: [{ messageId: 'm1', senderId: ANN, text: 't1', seq: 1 }],
      reads: [{ readerId: CAT, upToSeq: 1 }],
    });
    log = [said(2, ANN), said(3, CAT), said(4, BEN), read(5, ANN, 4)].reduce(chatAfter, log);
    // Number 2 was in the snapshot already.
    expect(messagesOf(log).map(({ seq: n, readBy }) => [n, readBy.map(name)])).toEqual([
      [1, ['Cat']],
      [3, ['Ann']],
      [4, ['Ann']],
    ]);
    expect([unreadUpTo(log, CAT), unreadUpTo(log, ANN), unreadUpTo(SILENCE, ANN)]).toEqual([4, null, null]);
  });
});

describe('the time machine', () => {
  const events = () => [
    created(),
    wave([ANN]),
    event('sos.accepted', {
      responderId: ANN,
      slot: 1,
      role: 'PRIMARY',
      offerId: offerOf(ANN),
      distanceM: 1,
    }),
    event('sos.resolved', { responderId: ANN }),
  ];

  test('knows how an incident stood at any moment, by the reducer of the live pages', () => {
    const incident = incidentOf(SOS, events());
    if (!incident) throw new Error('no incident');
    expect([incident.fromMs, incident.toMs]).toEqual([1_000, 4_000]);
    expect([0, 1_000, 2_999, 3_000, 99_000].map((atMs) => indexAt(incident, atMs))).toEqual([0, 0, 1, 2, 3]);
    expect([1_500, 3_500, 4_000].map((atMs) => viewAt(incident, atMs).status)).toEqual([
      'PENDING',
      'ACCEPTED',
      'RESOLVED',
    ]);
    expect(incidentOf(SOS, events().slice(1))).toBeNull();
  });

  test('reads a timeline as it comes over HTTP, without what it does not know', () => {
    const [first] = events();
    if (!first) throw new Error('no event');
    const { stream: _, ...row } = first;
    expect(asStream(SOS, [row, { ...row, seq: 2, type: 'sos.vanished' }])).toEqual([first]);
  });

  test('puts people between their fixes, and nowhere when they held no place', () => {
    const at = (ms: number) => new Date(ms).toISOString();
    const track = (properties: object, coordinates: unknown) => ({
      geometry: { type: 'LineString', coordinates },
      properties: { kind: 'track', responderId: ANN, name: 'Ann', heldAt: at(1_000), ...properties },
    });
    const [way, ...rest] = waysFrom(
      JSON.stringify({
        features: [
          { geometry: null, properties: { kind: 'offer' } },
          track({ endedAt: at(9_000), coordTimes: [at(2_000), at(4_000)] }, [
            [10, 50],
            [12, 52],
          ]),
        ],
      }),
    );
    if (!way) throw new Error('no way');
    expect(rest).toEqual([]);
    expect(placeAt(way, 1_500)).toBeNull();
    expect(placeAt(way, 3_000)).toEqual({ lat: 51, lng: 11, fixAtMs: 2_000 });
    expect(placeAt(way, 8_000)).toEqual({ lat: 52, lng: 12, fixAtMs: 4_000 });
    expect([placeAt(way, 500), placeAt(way, 9_001)]).toEqual([null, null]);
    expect(wayUntil(way, 3_000)).toEqual([
      [10, 50],
      [11, 51],
    ]);
  });

  test('knows from where people were asked, and when', () => {
    const geometry = { type: 'Polygon', coordinates: [] };
    const sentAt = new Date(5_000).toISOString();
    const features = [
      { geometry, properties: { kind: 'offer', sentAt } },
      { geometry: null, properties: { kind: 'offer', sentAt } },
      { geometry, properties: { kind: 'sos' } },
    ];
    expect(askedFrom(JSON.stringify({ features }))).toEqual([{ sentAtMs: 5_000, geometry }]);
  });

  test('plays as fast as asked and stops at the end', () => {
    const span = { fromMs: 0, toMs: 10_000 };
    expect(played(span, 1_000, 100, 16)).toEqual({ atMs: 2_600, isOver: false });
    expect(played(span, 9_000, 1_000, 4)).toEqual({ atMs: 10_000, isOver: true });
  });
});
