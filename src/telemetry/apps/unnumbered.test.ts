import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../../lib/clock.ts';
import { storeUnavailable } from '../../testing/gateway/fake-services.ts';
import { CountingMetrics } from '../../testing/gateway/stage.ts';
import { MemoryUnnumberedStore } from '../../testing/telemetry/memory-unnumbered-store.ts';
import { uuidOf } from '../../testing/telemetry/recording-source.ts';
import { DataRefused } from '../lanes/lane-store.ts';
import { DEFAULT_RULES } from '../positions/pipeline.ts';
import type { AppFix } from './app-message.ts';
import { type Message, UnnumberedIngest, type UnnumberedSettings } from './unnumbered.ts';

const NOW = 1_750_000_000_000;
const from = { userId: uuidOf(1), deviceId: uuidOf(2) };

const fix = (more: Partial<AppFix> = {}): Message => ({
  fix: {
    atMs: NOW,
    lat: 47.5,
    lng: 8.5,
    accuracyM: 5,
    speedMps: null,
    headingDeg: null,
    altitudeM: null,
    batteryPct: null,
    messageId: null,
    isMock: false,
    ...more,
  },
});
/** The `i`th of a walk: one every ten seconds, ten metres on. */
const step = (i: number, more: Partial<AppFix> = {}) =>
  fix({ atMs: NOW + i * 10_000, lat: 47.5 + i * 1e-4, ...more });

describe('what comes without numbers', () => {
  let store: MemoryUnnumberedStore;
  let moved: [string, number, number][];
  let metrics: CountingMetrics;
  const node = (settings: Partial<UnnumberedSettings> = {}) =>
    new UnnumberedIngest({
      store,
      live: { moved: (userId, lat, _lng, atMs) => moved.push([userId, lat, atMs]) },
      clock: new ManualClock(),
      metrics,
      rules: DEFAULT_RULES,
      settings,
    });
  const seqs = () => store.positions.map(({ seq }) => seq);

  beforeEach(() => {
    store = new MemoryUnnumberedStore();
    moved = [];
    metrics = new CountingMetrics();
  });

  test('is numbered by the server and answered once it is stored', async () => {
    const ingest = node();
    expect(await ingest.take(from, [step(0), step(1)], NOW + 10_000)).toEqual(['accepted', 'accepted']);
    expect(await ingest.take(from, [step(2)], NOW + 20_000)).toEqual(['accepted']);
    expect(seqs()).toEqual([1, 2, 3]);
  });

  test('moves the live index at once, before it is stored', async () => {
    let open = () => {};
    store.gate = new Promise((resolve) => {
      open = resolve;
    });
    const answer = node().take(from, [step(0)], NOW);
    expect(moved).toEqual([[from.userId, 47.5, NOW]]);
    open();
    expect(await answer).toEqual(['accepted']);
  });

  test('is late when it is old: kept, and moves nobody', async () => {
    expect(await node().take(from, [step(0)], NOW + 3_600_000)).toEqual(['late']);
    expect(moved).toEqual([]);
    expect(store.positions).toMatchObject([{ value: { late: true } }]);
  });

  test('is recognised by the id of its message, whatever else it says, also by another node', async () => {
    await node().take(from, [step(0, { messageId: 'a1' })], NOW);
    const again = step(0, { messageId: 'a1', lat: 10.5, batteryPct: 3 });
    expect(await node().take(from, [again], NOW + 10_000)).toEqual(['duplicate']);
    expect(store.refused).toMatchObject([{ reason: 'duplicate', rows: 1 }]);
  });

  test('with an id that the app has given to another message before is no repetition of that', async () => {
    await node().take(from, [step(0, { messageId: 'a1' })], NOW);
    expect(await node().take(from, [step(1, { messageId: 'a1' })], NOW + 10_000)).toEqual(['accepted']);
  });

  test('is recognised by its time and place when it has no id, days and thousands of fixes later', async () => {
    const ingest = node();
    await ingest.take(from, [step(0)], NOW);
    for (let i = 1; i <= 50; i++) await ingest.take(from, [step(i)], NOW + i * 10_000);
    expect(await ingest.take(from, [step(0)], NOW + 9 * 86_400_000)).toEqual(['duplicate']);
    expect(seqs()).toHaveLength(51);
  });

  test('is stored once though the same request comes five times at once, to two nodes', async () => {
    const both = [node(), node()];
    const answers = await Promise.all(
      [0, 1, 0, 1, 0].map((which) => both[which]?.take(from, [step(0), step(1)], NOW + 10_000)),
    );
    expect(answers.flat().filter((one) => one === 'accepted')).toHaveLength(2);
    expect(answers.flat().filter((one) => one === 'duplicate')).toHaveLength(8);
    expect(seqs()).toEqual([1, 2]);
  });

  test('that failed can come again: it was not judged, whatever the live index heard', async () => {
    const ingest = node();
    store.failure = storeUnavailable();
    await expect(ingest.take(from, [step(0)], NOW)).rejects.toThrow();
    store.failure = null;
    expect(await ingest.take(from, [step(0)], NOW + 1_000)).toEqual(['accepted']);
    expect(seqs()).toEqual([1]);
  });

  test('whose answer was lost is a duplicate when it comes again, and the next has the next number', async () => {
    const ingest = node();
    store.lostAnswer = storeUnavailable();
    await expect(ingest.take(from, [step(0)], NOW)).rejects.toThrow();
    store.lostAnswer = null;
    expect(await ingest.take(from, [step(0), step(1)], NOW + 10_000)).toEqual(['duplicate', 'accepted']);
    expect(seqs()).toEqual([1, 2]);
  });

  test('is judged by a node that never saw the device against its last fix in the store', async () => {
    await node().take(from, [step(0)], NOW);
    const elsewhere = fix({ atMs: NOW + 5_000, lat: 50 });
    expect(await node().take(from, [elsewhere, step(1)], NOW + 10_000)).toEqual(['impossible', 'accepted']);
  });

  test('that is no fix is counted with its reason, and what went wrong is kept', async () => {
    const messages: Message[] = [
      { fix: null, result: 'ignored-type', problem: null },
      { fix: null, result: 'rejected', problem: 'body: not JSON' },
    ];
    expect(await node().take(from, messages, NOW)).toEqual(['ignored-type', 'rejected']);
    expect(store.refused.map(({ reason, rows }) => [reason, rows])).toEqual([
      ['ignored-type', 1],
      ['rejected', 1],
    ]);
    expect(store.troubles).toMatchObject([{ reason: 'rejected', detail: 'body: not JSON', atMs: NOW }]);
  });

  test('gathers while a transaction runs, and goes into the next together', async () => {
    let open = () => {};
    store.gate = new Promise((resolve) => {
      open = resolve;
    });
    const ingest = node();
    const answers = Array.from({ length: 100 }, (_, i) =>
      ingest.take({ ...from, deviceId: uuidOf(100 + i) }, [step(0)], NOW),
    );
    open();
    await Promise.all(answers);
    expect(store.commits).toBe(2);
    expect(store.positions).toHaveLength(100);
  });

  test('finds no room when too much waits, and room again afterwards', async () => {
    let open = () => {};
    store.gate = new Promise((resolve) => {
      open = resolve;
    });
    const ingest = node({ waitingMax: 3 });
    const taken = ingest.take(from, [step(0), step(1)], NOW);
    expect(ingest.take(from, [step(2), step(3)], NOW)).toBeNull();
    expect(metrics.counts.get('telemetry_apps_busy{}')).toBe(1);
    open();
    await taken;
    expect(await ingest.take(from, [step(2), step(3)], NOW + 30_000)).toEqual(['accepted', 'accepted']);
  });

  test('with one value that the store refuses is stored without that one', async () => {
    const commit = store.commit;
    store.commit = async (knocks, receivedAtMs, decide) => {
      const plan = await commit(knocks, receivedAtMs, (standings) => {
        const made = decide(standings);
        if (made.kept.some(({ value }) => value.fix.lat === 47.6)) throw new DataRefused('22003');
        return made;
      });
      return plan;
    };
    const messages = [step(0), step(1, { lat: 47.6, atMs: NOW + 1e6 }), step(2), step(3)];
    const ingest = node();
    const answers = await Promise.all([
      ingest.take({ ...from, deviceId: uuidOf(9) }, [step(0)], NOW + 1e6),
      ingest.take(from, messages, NOW + 1e6),
    ]);
    expect(answers).toEqual([['late'], ['late', 'invalid', 'late', 'late']]);
    expect(store.positions).toHaveLength(4);
  });

  test('ends with everything that was taken stored', async () => {
    const ingest = node();
    const taken = ingest.take(from, [step(0)], NOW);
    await ingest.stop();
    expect(store.positions).toHaveLength(1);
    expect(await taken).toEqual(['accepted']);
    expect(ingest.take(from, [step(1)], NOW)).toBeNull();
  });

  test('says how old something is by what is known of the clock; of an unknown device nothing', async () => {
    const ingest = node();
    expect(await ingest.ageMs(from, NOW - 5_000, NOW)).toBeNull();
    await ingest.take(from, [step(0)], NOW);
    expect(await ingest.ageMs(from, NOW - 7_200_000, NOW)).toBe(7_200_000);
    expect(await node().ageMs(from, NOW - 7_200_000, NOW)).toBe(7_200_000);
  });

  test('is stored once and in full, however requests repeat, fail, lose their answers and change nodes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            to: fc.nat(1),
            steps: fc.array(fc.nat(9), { minLength: 1, maxLength: 4 }),
            fate: fc.constantFrom('ok', 'ok', 'fails', 'lost'),
          }),
          { maxLength: 25 },
        ),
        async (requests) => {
          store = new MemoryUnnumberedStore();
          const both = [node(), node()];
          const acknowledged = new Set<number>();
          for (const { to, steps, fate } of requests) {
            store.failure = fate === 'fails' ? storeUnavailable() : null;
            store.lostAnswer = fate === 'lost' ? storeUnavailable() : null;
            const answer = both[to]?.take(
              from,
              steps.map((i) => step(i)),
              NOW + 100_000,
            );
            await Promise.resolve(answer).then(
              () => {
                for (const i of steps) acknowledged.add(i);
              },
              () => {},
            );
          }
          const stored = store.positions.map(({ value }) => (value.fix.atMs - NOW) / 10_000);
          expect(new Set(stored).size).toBe(stored.length);
          for (const i of acknowledged) expect(stored).toContain(i);
          expect(seqs()).toEqual(stored.map((_, i) => i + 1));
        },
      ),
      { numRuns: 300 },
    );
  });
});
