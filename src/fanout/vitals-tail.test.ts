import { beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import type { DownBody } from '../protocol/down.ts';
import type { TailSample } from './tail-summary.ts';
import { VitalsTail } from './vitals-tail.ts';

const ADA = '00000000-0000-4000-8000-00000000000a';
const NURSE = { userId: '00000000-0000-4000-8000-0000000000aa', grants: [] };

let clock: ManualClock;
let tail: VitalsTail;
let stored: TailSample[];
let entitled: (id: string) => Promise<boolean>;
let looked: number;
let seen: string[];

beforeEach(() => {
  clock = new ManualClock();
  stored = [];
  entitled = async () => true;
  looked = 0;
  seen = [];
  tail = new VitalsTail({
    clock,
    log: silentLogger,
    metrics: noMetrics,
    entitled: async (_viewer, id) => {
      looked += 1;
      return (await entitled(id)) ? { personId: ADA, userId: ADA } : null;
    },
    newest: async (asked) =>
      stored.filter(({ personId, recordedAtMs }) =>
        asked.some((one) => one.personId === personId && recordedAtMs > one.sinceMs),
      ),
    saw: ({ userId }, { personId }) => seen.push(`${userId} ${personId}`),
  });
});

const beat = (bpm: number, atMs = clock.nowMs(), doubted = 0): TailSample => ({
  personId: ADA,
  recordedAtMs: atMs,
  values: { heartRateBpm: bpm, spo2Pct: 97 },
  doubted,
});

/** Lets what was promised happen. */
const settle = async () => {
  for (let i = 0; i < 8; i++) await Promise.resolve();
};

async function follow(vitals: ('heartRateBpm' | 'spo2Pct')[] | null = ['heartRateBpm']) {
  const states: DownBody<'tail'>[] = [];
  const ends: string[] = [];
  const socket = { isReady: true };
  const open = tail.open(NURSE, ADA, vitals, {
    send: (state) => states.push(state),
    ready: () => socket.isReady,
    ended: (reason) => ends.push(reason),
  });
  await settle();
  const heart = () => states.flatMap(({ values }) => values.filter(({ vital }) => vital === 'heartRateBpm'));
  return { states, ends, socket, open, heart };
}

describe('whoever follows somebody', () => {
  test('is told the last minute first, then at most four times a second, with every spike', async () => {
    stored = [
      beat(70, clock.nowMs() - 30_000),
      beat(140, clock.nowMs() - 20_000),
      beat(72, clock.nowMs() - 1_000),
    ];
    const { states, heart } = await follow();
    expect(heart()).toEqual([
      { vital: 'heartRateBpm', atMs: clock.nowMs() - 1_000, last: 72, lowest: 70, highest: 140, samples: 3 },
    ]);
    for (let ms = 0; ms < 1_000; ms += 50) {
      tail.sampled(beat(ms === 500 ? 201 : 80));
      clock.advance(50);
    }
    expect(states.length).toBeLessThanOrEqual(1 + 4);
    expect(Math.max(...heart().map(({ highest }) => highest))).toBe(201);
    expect(heart().reduce((sum, { samples }) => sum + samples, 0)).toBe(3 + 20);
  });

  test('is told only what they asked for, and how much is not believed', async () => {
    const { states } = await follow(['spo2Pct']);
    tail.sampled(beat(80, clock.nowMs(), 2));
    clock.advance(250);
    expect(states.at(-1)).toMatchObject({ values: [{ vital: 'spo2Pct', last: 97 }], doubted: 2 });
  });

  test('and reads slowly is told less often, and never more than a few numbers', async () => {
    const { states, socket, heart } = await follow();
    socket.isReady = false;
    for (let i = 0; i < 400; i++) {
      tail.sampled(beat(60 + (i % 90)));
      clock.advance(10);
    }
    expect(states).toHaveLength(1);
    socket.isReady = true;
    clock.advance(250);
    expect(heart()).toMatchObject([{ lowest: 60, highest: 149, samples: 400 }]);
  });

  test('is told nothing on an entitlement that was looked at more than five seconds ago, and the end when it is gone', async () => {
    const { states, ends, heart } = await follow();
    expect(looked).toBe(1);
    clock.advance(6_000);
    let answer = (_may: boolean) => {};
    entitled = () => new Promise((resolve) => (answer = resolve));
    tail.sampled(beat(90));
    clock.advance(1_000);
    expect([looked, states.length]).toEqual([2, 1]);
    answer(true);
    await settle();
    clock.advance(250);
    expect(heart()).toMatchObject([{ last: 90 }]);
    clock.advance(6_000);
    tail.sampled(beat(95));
    clock.advance(250);
    answer(false);
    await settle();
    clock.advance(5_000);
    expect(ends).toEqual(['not_entitled']);
    expect(heart()).toHaveLength(1);
    expect(tail.people).toBe(0);
  });

  test('and loses the right is told so at once when that is known, and hears nothing meanwhile', async () => {
    const { open, ends, heart } = await follow();
    let answer = (_may: boolean) => {};
    entitled = () => new Promise((resolve) => (answer = resolve));
    open.recheck();
    tail.sampled(beat(99));
    clock.advance(1_000);
    expect(heart()).toEqual([]);
    answer(false);
    await settle();
    expect(ends).toEqual(['not_entitled']);
  });

  test('may not, and is told only that', async () => {
    stored = [beat(70, clock.nowMs() - 1_000)];
    entitled = async () => false;
    const { states, ends } = await follow();
    expect([states, ends, tail.people]).toEqual([[], ['not_entitled'], 0]);
    entitled = () => Promise.reject(new Error('the store is away'));
    expect((await follow()).ends).toEqual(['failed']);
  });

  test('is on record for whom they saw', async () => {
    await follow();
    expect(seen).toEqual([`${NURSE.userId} ${ADA}`]);
  });

  test('somebody whose device sends to another node hears them through the store, each sample once', async () => {
    const { heart } = await follow();
    for (let i = 0; i < 5; i++) {
      clock.advance(1_000);
      stored.push(beat(100 + i));
      await settle();
    }
    clock.advance(1_000);
    await settle();
    clock.advance(1_250);
    await settle();
    expect(heart().map(({ last }) => last)).toContain(104);
    expect(heart().reduce((sum, { samples }) => sum + samples, 0)).toBe(5);
  });

  test('somebody with a phone on this node and a watch on another hears both, each sample once', async () => {
    const { states } = await follow(null);
    const [phone, watch] = [new Map<number, number>(), new Map<number, number>()];
    for (let s = 1; s <= 5; s++) {
      const atMs = clock.nowMs();
      // What the watch measures is stored elsewhere, and is older than what the phone said when it is read here.
      const pressure = {
        personId: ADA,
        recordedAtMs: atMs - 400,
        values: { systolicMmhg: 120 + s },
        doubted: 0,
      };
      const pulse = { personId: ADA, recordedAtMs: atMs, values: { heartRateBpm: 70 + s }, doubted: 0 };
      tail.sampled(pulse);
      stored.push(pressure, pulse);
      for (let i = 0; i < 4; i++) {
        clock.advance(250);
        await settle();
      }
    }
    for (let i = 0; i < 6; i++) {
      clock.advance(250);
      await settle();
    }
    for (const { vital, last, samples } of states.flatMap(({ values }) => values)) {
      const told = vital === 'heartRateBpm' ? phone : watch;
      told.set(last, (told.get(last) ?? 0) + samples);
    }
    const each = (from: number) => new Map(Array.from({ length: 5 }, (_, i) => [from + i + 1, 1]));
    expect([phone, watch]).toEqual([each(70), each(120)]);
  });

  test('and stops hears no more, and the last to stop lets go of the person', async () => {
    const [one, other] = [await follow(), await follow()];
    one.open.close();
    tail.sampled(beat(88));
    clock.advance(250);
    expect([one.heart(), other.heart().length, tail.people]).toEqual([[], 1, 1]);
    other.open.close();
    expect(tail.people).toBe(0);
  });

  test('and stops before it has begun never begins', async () => {
    let answer = (_may: boolean) => {};
    entitled = () => new Promise((resolve) => (answer = resolve));
    const { open, states } = await follow();
    open.close();
    answer(true);
    await settle();
    expect([states, tail.people]).toEqual([[], 0]);
  });
});

test('what is live while the last minute is read is told once', async () => {
  let read = (_samples: TailSample[]) => {};
  const slow = new VitalsTail({
    clock,
    log: silentLogger,
    metrics: noMetrics,
    entitled: async () => ({ personId: ADA, userId: ADA }),
    newest: () => new Promise((resolve) => (read = resolve)),
    saw: () => {},
  });
  const states: DownBody<'tail'>[] = [];
  slow.open(NURSE, ADA, ['heartRateBpm'], {
    send: (s) => states.push(s),
    ready: () => true,
    ended: () => {},
  });
  await settle();
  const live = beat(90);
  slow.sampled(live);
  clock.advance(1_000);
  expect(states).toEqual([]);
  read([beat(70, live.recordedAtMs - 2_000), live]);
  await settle();
  expect(states[0]?.values).toMatchObject([{ last: 90, lowest: 70, highest: 90, samples: 2 }]);
});
