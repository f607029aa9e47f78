import { describe, expect, test } from 'vitest';
import { destination } from '../geo/lat-lng.ts';
import { ManualClock } from '../lib/clock.ts';
import { noMetrics } from '../lib/metric.ts';
import { HolderWatch } from './holder-watch.ts';
import { KnownSos } from './known-sos.ts';
import { Locating } from './locating.ts';
import { Receipts } from './receipts.ts';
import { Roster } from './roster.ts';
import { World } from './testing/world.ts';

const SOS = { lat: 0, lng: 0 };

function responder(roster: Roster, userId: string, meters: number, atMs: number): void {
  roster.setTraits({ userId, skills: ['CPR'], verified: true, available: true, asOfMs: 1 });
  roster.connected(userId);
  roster.moved(userId, destination(SOS, 0, meters), atMs);
}

describe('positions of a holder', () => {
  function held() {
    const roster = new Roster();
    const known = new KnownSos();
    const seen: string[] = [];
    const watch = new HolderWatch({
      roster,
      known,
      onMoved: (_sosId, id, what) => seen.push(`${id} ${what}`),
    });
    const w = new World({ near: 500 }).raise();
    const { nowMs } = w;
    // Heard long before: where they were then is not where they said yes.
    responder(roster, 'near', 600, nowMs - 31_000);
    w.accept('near');
    known.remember(w.state);
    roster.holds('near', 'sos');
    const at = (meters: number) => {
      roster.moved('near', destination(SOS, 0, meters), nowMs);
      watch.changed('near');
    };
    watch.changed('near');
    at(500);
    return { at, seen, w, known, roster, watch };
  }

  test('within 20 m of where they said yes are no departure, beyond it they are', () => {
    const { at, seen } = held();
    at(481);
    expect(seen).toEqual([]);
    at(479);
    expect(seen).toEqual(['near departed']);
  });

  test('within 25 m of the person are arrival', () => {
    const { at, seen } = held();
    at(26);
    at(24);
    expect(seen).toEqual(['near departed', 'near arrived']);
  });

  test('say nothing of an SOS that is closed, and nothing of who holds none', () => {
    const { at, seen, w, known, roster, watch } = held();
    w.ask({ userId: 'near', isDispatcher: false }, { type: 'resolve' });
    known.remember(w.state);
    at(10);
    roster.released('near', 'sos');
    watch.changed('near');
    expect(seen).toEqual([]);
  });
});

describe('asking phones where they are', () => {
  function around(rule = { locateRadiusM: 4_000 }) {
    const clock = new ManualClock();
    const roster = new Roster();
    const asked: string[][] = [];
    const located: string[] = [];
    const locating = new Locating({
      clock,
      roster,
      locate: (ids) => asked.push([...ids]),
      onLocated: (sosId, id) => located.push(`${sosId} ${id}`),
    });
    const idle = clock.nowMs() - 300_000;
    responder(roster, 'idle', 3_000, idle);
    responder(roster, 'fresh', 1_000, clock.nowMs());
    responder(roster, 'far', 9_000, idle);
    responder(roster, 'gone', 500, idle);
    roster.disconnected('gone');
    locating.begin({
      ...new World({}).raise().state,
      rule: { ...new World({}).raise().state.rule, ...rule },
    });
    return { clock, roster, locating, asked, located };
  }

  test('asks those within the ring who were not heard lately and can be reached', () => {
    expect(around().asked).toEqual([['idle']]);
    expect(around({ locateRadiusM: 0 }).asked).toEqual([]);
  });

  test('an answer is told once, silence never, and what comes late is of no use', () => {
    const { clock, roster, locating, located } = around();
    locating.changed('idle');
    expect(located).toEqual([]);
    roster.moved('idle', SOS, clock.nowMs());
    locating.changed('idle');
    locating.changed('idle');
    expect(located).toEqual(['sos idle']);
    const late = around();
    late.clock.advance(60_000);
    late.roster.moved('idle', SOS, late.clock.nowMs());
    late.locating.changed('idle');
    expect(late.located).toEqual([]);
  });
});

test('receipts of one SOS that come together are written together', async () => {
  const clock = new ManualClock();
  const written: unknown[] = [];
  const receipts = new Receipts({
    clock,
    metrics: noMetrics,
    write: async (sosId, what) => written.push([sosId, what]),
  });
  receipts.received('a', 'o1', false);
  receipts.received('a', 'o2', false);
  receipts.received('a', 'o1', true);
  receipts.received('a', 'o1', true);
  receipts.received('b', 'o3', false);
  expect(written).toEqual([]);
  clock.advance(200);
  expect(written).toEqual([
    ['a', { delivered: ['o1', 'o2'], seen: ['o1'] }],
    ['b', { delivered: ['o3'], seen: [] }],
  ]);
  clock.advance(1_000);
  expect(written).toHaveLength(2);
});

test('receipts for more SOS than can be kept are dropped and counted', () => {
  let dropped = 0;
  const metrics = {
    ...noMetrics,
    count: () => {
      dropped += 1;
    },
  };
  const receipts = new Receipts({ clock: new ManualClock(), metrics, write: async () => {} });
  for (let i = 0; i < 10_003; i++) receipts.received(`sos-${i}`, 'o', false);
  expect(dropped).toBe(3);
});
