import { describe, expect, test } from 'vitest';
import { ManualClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import type { DownFrame } from '../protocol/down.ts';
import { CareFeed, type CareRow } from './care-feed.ts';

const NURSE = { userId: 'nurse', grants: [] };

const rowOf = (personId: string, bpm?: number): CareRow => ({
  personId,
  values: bpm === undefined ? {} : { heartRateBpm: { value: bpm, atMs: 1 } },
  news2: null,
  alerts: [],
});
const alertOf = (personId: string, alertId: string, seq: number, isResolved = false) =>
  ({ alertId, personId, seq, isResolved }) as unknown as CareRow['alerts'][number];
const eventOf = (alert: CareRow['alerts'][number]) => ({
  stream: `alert:${alert.alertId}`,
  seq: alert.seq,
  atMs: 0,
  actorId: null,
  type: 'alert.changed',
  data: { alert },
});

class Wall {
  readonly clock = new ManualClock();
  readonly frames: DownFrame[] = [];
  readonly seen: string[] = [];
  charges: readonly string[] = ['a', 'b'];
  stored: CareRow[] = [rowOf('a', 70), rowOf('b', 80)];
  isAway = false;
  isReady = true;
  readonly feed = new CareFeed({
    charges: async () => this.#answer(this.charges),
    rows: async (ids) => this.#answer(this.stored.filter(({ personId }) => ids.includes(personId))),
    saw: (viewer, personId) => this.seen.push(`${viewer.userId} ${personId}`),
    clock: this.clock,
    log: silentLogger,
    metrics: noMetrics,
  });

  async watch(): Promise<() => void> {
    const stop = this.feed.watch(NURSE, {
      send: ({ frame }) => this.frames.push(frame),
      ready: () => this.isReady,
    });
    await settled();
    return stop;
  }

  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 500) {
      this.clock.advance(Math.min(left, 500));
      await settled();
    }
  }

  measure(personId: string, bpm: number): void {
    this.feed.judged(personId, { values: { heartRateBpm: { value: bpm, atMs: 2 } }, news2: null });
  }

  #answer<T>(value: T): T {
    if (this.isAway) throw new Error('away');
    return value;
  }
}

const settled = async () => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};

describe('the wall of those who care', () => {
  test('begins with everybody, and goes on with those of whom something changed, at most twice a second', async () => {
    const wall = new Wall();
    await wall.watch();
    expect(wall.frames).toEqual([['care', { people: [rowOf('a', 70), rowOf('b', 80)] }]]);
    for (let bpm = 71; bpm <= 90; bpm++) wall.measure('a', bpm);
    await wall.pass(500);
    expect(wall.frames).toHaveLength(2);
    expect(wall.frames[1]).toEqual([
      'care_state',
      { people: [{ ...rowOf('a', 90), values: { heartRateBpm: { value: 90, atMs: 2 } } }], gone: [] },
    ]);
    expect(new Set(wall.seen)).toEqual(new Set(['nurse a', 'nurse b']));
  });

  test('shows alerts as they are, also when their events come late or twice, and not when they are over', async () => {
    const wall = new Wall();
    await wall.watch();
    const alerts = async () => {
      await wall.pass(500);
      const body = wall.frames.at(-1)?.[1] as { people: CareRow[] };
      return body.people[0]?.alerts.map(({ alertId, seq }) => `${alertId} ${seq}`);
    };
    wall.feed.happened(eventOf(alertOf('a', 'x', 2)));
    wall.feed.happened(eventOf(alertOf('a', 'x', 1)));
    wall.feed.happened(eventOf(alertOf('stranger', 'y', 1)));
    expect(await alerts()).toEqual(['x 2']);
    wall.feed.happened(eventOf(alertOf('a', 'x', 3, true)));
    expect(await alerts()).toEqual([]);
  });

  test('finds out what it missed of alerts, such as before somebody was followed', async () => {
    const wall = new Wall();
    await wall.watch();
    wall.measure('a', 71);
    wall.stored = [{ ...rowOf('a', 70), alerts: [alertOf('a', 'x', 1)] }, rowOf('b', 80)];
    await wall.pass(1_000);
    wall.measure('a', 72);
    await wall.pass(5_000);
    expect(wall.frames.at(-1)?.[1]).toMatchObject({
      people: [{ values: { heartRateBpm: { value: 72 } }, alerts: [{ alertId: 'x' }] }],
    });
  });

  test('sends nothing to who reads slowly, and the newest once they read', async () => {
    const wall = new Wall();
    await wall.watch();
    wall.isReady = false;
    for (let bpm = 71; bpm <= 80; bpm++) {
      wall.measure('a', bpm);
      await wall.pass(500);
    }
    expect(wall.frames).toHaveLength(1);
    wall.isReady = true;
    await wall.pass(500);
    expect(wall.frames).toHaveLength(2);
    expect(wall.frames[1]?.[1]).toMatchObject({ people: [{ values: { heartRateBpm: { value: 80 } } }] });
  });

  test('learns who comes and who goes, and shows nobody who is not theirs', async () => {
    const wall = new Wall();
    await wall.watch();
    wall.charges = ['b', 'c'];
    wall.stored.push(rowOf('c', 60));
    await wall.pass(6_000);
    expect(wall.frames.at(-1)).toEqual(['care_state', { people: [rowOf('c', 60)], gone: ['a'] }]);
    const before = wall.frames.length;
    wall.measure('a', 200);
    await wall.pass(1_000);
    expect(wall.frames).toHaveLength(before);
    expect(wall.feed.follows('a')).toBe(false);
  });

  test('reads of the store those who send to another node, and only what is news', async () => {
    const wall = new Wall();
    await wall.watch();
    await wall.pass(6_000);
    expect(wall.frames).toHaveLength(1);
    wall.stored = [rowOf('a', 99), rowOf('b', 80)];
    await wall.pass(6_000);
    expect(wall.frames.at(-1)).toEqual(['care_state', { people: [rowOf('a', 99)], gone: [] }]);
  });

  test('shows nothing any more when it has not been known for a while who may see it', async () => {
    const wall = new Wall();
    await wall.watch();
    wall.isAway = true;
    await wall.pass(20_000);
    wall.measure('a', 120);
    await wall.pass(2_000);
    expect(wall.frames).toHaveLength(1);
    wall.isAway = false;
    await wall.pass(6_000);
    expect(wall.frames.at(-1)?.[1]).toMatchObject({ people: [{ values: { heartRateBpm: { value: 120 } } }] });
  });

  test('begins as soon as the store answers, and forgets everybody whom nobody watches', async () => {
    const wall = new Wall();
    wall.isAway = true;
    const stop = await wall.watch();
    expect(wall.frames).toEqual([]);
    wall.isAway = false;
    await wall.pass(6_000);
    expect(wall.frames[0]?.[0]).toBe('care');
    expect(wall.feed.people).toBe(2);
    stop();
    expect(wall.feed.people).toBe(0);
    wall.measure('a', 130);
    await wall.pass(1_000);
    expect(wall.frames).toHaveLength(1);
  });
});
