import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../../lib/clock.ts';
import { silentLogger } from '../../lib/log.ts';
import { MemoryVigilStore } from '../../testing/telemetry/memory-vigil-store.ts';
import { SAMPLES_FROM_MS, sampleOf } from '../../testing/telemetry/samples.ts';
import type { Finding } from './finding.ts';
import type { Sample } from './sample.ts';
import { NOTHING_SET, type ThresholdSettings, type Thresholds } from './thresholds.ts';
import { Vigil } from './vigil.ts';
import type { VigilSettings } from './vigil-parts.ts';

const PERSON = '00000000-0000-4000-8000-000000000001';

const told = (findings: readonly Finding[]) =>
  findings.map(
    ({ condition, state, severity, atMs }) =>
      `${(atMs - SAMPLES_FROM_MS) / 1_000} ${condition} ${state} ${severity}`,
  );

const set = (settings: Partial<ThresholdSettings>, version = 1): Thresholds => ({
  ...NOTHING_SET,
  ...settings,
  version,
  changedBy: PERSON,
  changedAtMs: SAMPLES_FROM_MS,
  scaleOrder: null,
});

/** A node with its clock, on a store that outlives it. */
class World {
  readonly clock = new ManualClock(SAMPLES_FROM_MS);
  readonly store = new MemoryVigilStore();
  readonly findings: Finding[] = [];
  readonly counted: string[] = [];
  readonly people = { born: async (ids: readonly string[]) => ids.map(() => null) };
  vigil: Vigil;
  readonly #settings: Partial<VigilSettings>;

  constructor(settings: Partial<VigilSettings> = {}) {
    this.#settings = settings;
    this.vigil = this.node();
  }

  node(findings = this.findings, nodeId = 'this node'): Vigil {
    const { clock, store, people } = this;
    return new Vigil({
      nodeId,
      clock,
      store,
      people,
      findings: { found: (finding) => findings.push(finding) },
      log: silentLogger,
      metrics: { count: (name) => this.counted.push(name), gauge: () => {}, observeMs: () => {} },
      settings: this.#settings,
    });
  }

  /** As a lane does: judged when it comes in, stored a moment later. */
  sample(atS: number, vitals: Sample['vitals'], other: Partial<Sample> = {}): void {
    const sample = sampleOf(atS, vitals, other);
    this.vigil.sampled(sample);
    this.store.samples.push(sample);
  }

  /** Time goes on, and whatever waited for a promise is done. */
  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
    await settled();
  }
}

async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

let world: World;
afterEach(async () => {
  world?.store.recover();
  await world?.vigil.stop();
});

describe('a person who is new here', () => {
  test('is judged once the beginning is loaded, in order', async () => {
    world = new World();
    world.store.set.set(PERSON, set({ maxHeartRateBpm: 100, durationMs: 0 }));
    world.sample(0, { heartRateBpm: 99 });
    world.sample(1, { heartRateBpm: 101 });
    expect(world.findings).toEqual([]);
    await world.pass(5);
    expect(told(world.findings)).toEqual(['1 heart_rate_over_max holds HIGH']);
    world.sample(2, { heartRateBpm: 90 });
    expect(told(world.findings).at(-1)).toBe('2 heart_rate_over_max over HIGH');
  });

  test('is judged from nothing when the store hangs, and what it says later is put under it', async () => {
    world = new World();
    world.store.samples.push(sampleOf(-600, { temperatureC: 39.5 }));
    world.store.mood = 'hangs';
    world.sample(0, { spo2Pct: 80 });
    await world.pass(499);
    expect(world.findings).toEqual([]);
    await world.pass(1);
    expect(told(world.findings)).toEqual(['0 spo2_low holds HIGH']);
    world.store.recover();
    await world.pass(5);
    const { current } = await world.vigil.known(PERSON);
    expect(current).toMatchObject({ spo2Pct: { value: 80 }, temperatureC: { value: 39.5 } });
    expect(told(world.findings)).toEqual(['0 spo2_low holds HIGH']);
  });

  test('is judged at once when the store refuses, and the beginning is fetched later', async () => {
    world = new World();
    void world.vigil.start();
    world.store.set.set(PERSON, set({ maxHeartRateBpm: 100 }));
    world.store.mood = 'refuses';
    world.sample(0, { heartRateBpm: 120 });
    await world.pass(5);
    world.sample(1, { heartRateBpm: 120 });
    expect(world.findings).toEqual([]);
    world.store.recover();
    await world.pass(15_000);
    await world.pass(5);
    world.sample(30, { heartRateBpm: 120 });
    expect(told(world.findings)).toEqual(['30 heart_rate_over_max holds HIGH']);
  });

  test('who was heard of lately is known before anything comes, however long nobody listened', async () => {
    world = new World();
    world.store.set.set(PERSON, set({ maxHeartRateBpm: 100, durationMs: 0 }));
    world.sample(0, { heartRateBpm: 90 });
    await world.pass(5);
    await world.vigil.stop();
    await world.pass(3_600_000);
    world.vigil = world.node();
    const armed = world.vigil.start();
    await world.pass(0);
    await world.pass(5);
    await armed;
    world.store.mood = 'hangs';
    world.sample(3_601, { heartRateBpm: 120 });
    expect(told(world.findings)).toEqual(['3601 heart_rate_over_max holds HIGH']);
  });

  test('has no more samples waiting than there is room for', async () => {
    world = new World({ parkedMax: 3 });
    world.store.mood = 'hangs';
    for (let atS = 0; atS < 5; atS++) world.sample(atS, { systolicMmhg: 80 - atS });
    expect(told(world.findings)).toEqual(['0 systolic_low holds CRITICAL']);
    expect(world.counted).toContain('vitals_parked_overflow_total');
  });

  test('late samples are judged by nobody', async () => {
    world = new World();
    world.sample(0, { spo2Pct: 70 }, { late: true });
    await world.pass(1_000);
    expect(world.store.begun).toBe(0);
  });
});

describe('a node that dies', () => {
  /** Streams of one person with everything that can happen in some minutes. */
  const stream = fc.array(
    fc.record({
      stepMs: fc.integer({ min: 200, max: 4_000 }),
      vitals: fc.record(
        {
          heartRateBpm: fc.integer({ min: 120, max: 160 }),
          spo2Pct: fc.integer({ min: 82, max: 98 }),
          systolicMmhg: fc.integer({ min: 80, max: 120 }),
        },
        { requiredKeys: [] },
      ),
    }),
    { minLength: 1, maxLength: 150 },
  );

  test('loses no finding and makes up none: whoever takes over comes to the same', async () => {
    await fc.assert(
      fc.asyncProperty(
        stream,
        fc.array(fc.nat({ max: 149 }), { maxLength: 4 }),
        fc.nat({ max: 3 }),
        async (steps, deaths, flushes) => {
          const alone = new World();
          world = new World();
          for (const [i, { stepMs, vitals }] of steps.entries()) {
            for (const one of [alone, world]) {
              await one.pass(stepMs);
              one.sample((one.clock.nowMs() - SAMPLES_FROM_MS) / 1_000, vitals);
              await one.pass(5);
            }
            if (flushes > 0 && i % (10 * flushes) === 0) await world.vigil.flush();
            // Without a word: what it knew is gone.
            if (deaths.includes(i)) world.vigil = world.node();
          }
          const once = [...new Set(told(world.findings))];
          expect(once).toEqual(told(alone.findings));
        },
      ),
      { numRuns: 60 },
    );
  });

  test('is followed by one that takes up what was put away, without the samples before', async () => {
    world = new World();
    for (let atS = 0; atS < 60; atS++) {
      world.sample(atS, { heartRateBpm: 140 });
      await world.pass(1_000);
    }
    expect(told(world.findings)).toEqual(['0 heart_rate_high holds MEDIUM']);
    await world.vigil.stop();
    world.store.samples.length = 0;
    world.vigil = world.node();
    for (let atS = 60; atS < 120; atS++) {
      world.sample(atS, { heartRateBpm: 100 });
      await world.pass(5);
      await world.pass(995);
    }
    expect(told(world.findings)).toEqual([
      '0 heart_rate_high holds MEDIUM',
      '80 heart_rate_high over MEDIUM',
    ]);
  });
});

describe('what is set for somebody', () => {
  test('counts from the next sample on this node', async () => {
    world = new World();
    world.sample(0, { heartRateBpm: 120 });
    await world.pass(5);
    world.vigil.thresholdsChanged(PERSON, set({ maxHeartRateBpm: 100, durationMs: 0 }));
    world.sample(1, { heartRateBpm: 120 });
    expect(told(world.findings)).toEqual(['1 heart_rate_over_max holds HIGH']);
    world.vigil.thresholdsChanged(PERSON, set({ durationMs: 0 }, 0));
    world.sample(2, { heartRateBpm: 120 });
    expect(world.findings).toHaveLength(1);
  });

  test('through another node counts within the time of a look', async () => {
    world = new World();
    void world.vigil.start();
    world.sample(0, { heartRateBpm: 120 });
    await world.pass(5);
    world.store.set.set(PERSON, set({ maxHeartRateBpm: 100, durationMs: 0 }));
    await world.pass(15_000);
    world.sample(16, { heartRateBpm: 120 });
    expect(told(world.findings)).toEqual(['16 heart_rate_over_max holds HIGH']);
  });

  test('and a whole ward that was put on record there is judged here', async () => {
    world = new World();
    void world.vigil.start();
    world.sample(0, { heartRateBpm: 80 });
    await world.pass(5);
    for (let i = 0; i < 2_500; i++) {
      const personId = i === 2_499 ? PERSON : `ward ${i}`;
      world.store.samples.push(sampleOf(1 + i / 1_000, { systolicMmhg: 85 }, { source: 'manual', personId }));
    }
    await world.pass(15_000);
    expect(told(world.findings)).toEqual(['3.499 systolic_low holds CRITICAL']);
  });

  test('and what was put on record there is judged here, once', async () => {
    world = new World();
    void world.vigil.start();
    world.sample(0, { heartRateBpm: 80 });
    await world.pass(5);
    world.store.samples.push(sampleOf(3, { systolicMmhg: 85 }, { source: 'manual' }));
    await world.pass(15_000);
    await world.pass(15_000);
    expect(told(world.findings)).toEqual(['3 systolic_low holds CRITICAL']);
  });
});

/** Somebody's phone speaks to one node, their watch to another. */
class TwoNodes {
  readonly world: World;
  readonly elsewhere: Finding[] = [];
  readonly other: Vigil;
  atS = 0;

  constructor() {
    this.world = new World();
    this.other = this.world.node(this.elsewhere, 'another node');
  }

  start(): void {
    void this.world.vigil.start();
    void this.other.start();
  }

  /** One second, in which each hears what it does and stores it a moment later. */
  async second(here: Sample['vitals'] | null, there: Sample['vitals'] | null): Promise<void> {
    const { store } = this.world;
    this.atS += 1;
    const [phone, watch] = [here && sampleOf(this.atS, here), there && sampleOf(this.atS + 0.3, there)];
    if (phone) this.world.vigil.sampled(phone);
    if (watch) this.other.sampled(watch);
    await this.world.pass(5);
    store.samples.push(...[phone, watch].filter((one) => one !== null));
    await this.world.pass(500);
    await this.world.pass(495);
  }

  async seconds(count: number, here: Sample['vitals'] | null, there: Sample['vitals'] | null): Promise<void> {
    for (let i = 0; i < count; i++) await this.second(here, there);
  }
}

describe('somebody whose devices speak to two nodes', () => {
  const phone = {
    heartRateBpm: 80,
    spo2Pct: 97,
    respirationPerMin: 14,
    consciousness: 'A',
    onOxygen: false,
  } as const;
  const watch = { systolicMmhg: 120, temperatureC: 37 };
  let two: TwoNodes;
  beforeEach(() => {
    two = new TwoNodes();
    ({ world } = two);
    two.start();
  });
  afterEach(() => two.other.stop());

  test('is scored by both of everything, within seconds', async () => {
    await two.seconds(12, phone, watch);
    const last = [...world.store.scores.values()].at(-1)?.score;
    expect(last).toMatchObject({ complete: true, total: 0 });
    for (const vigil of [world.vigil, two.other]) {
      const { current } = await vigil.known(PERSON);
      expect(Object.keys(current).sort()).toEqual([...Object.keys(phone), ...Object.keys(watch)].sort());
    }
  });

  test('is found to be worse by what both measure together, which neither node has alone', async () => {
    await two.seconds(12, phone, watch);
    expect([...world.findings, ...two.elsewhere]).toEqual([]);
    // 2 and 2 of the phone, 1 and 2 of the watch: seven together, and no limit of a single one beyond a warning.
    const worse = [
      { ...phone, heartRateBpm: 112, respirationPerMin: 22 },
      { systolicMmhg: 98, temperatureC: 39.2 },
    ] as const;
    await two.seconds(70, ...worse);
    const found = (findings: readonly Finding[]) =>
      findings.filter(({ type }) => type === 'news2').map(({ condition }) => condition);
    expect(found(world.findings)).toContain('news2_high');
    expect(found(two.elsewhere)).toContain('news2_high');
    // And to be better again, by both.
    await two.seconds(90, phone, watch);
    const over = (findings: readonly Finding[]) =>
      findings.some(({ condition, state }) => condition === 'news2_high' && state === 'over');
    expect([over(world.findings), over(two.elsewhere)]).toEqual([true, true]);
  });

  test('is not found silent while one of them goes on, and what the other measured is missed by both', async () => {
    await two.seconds(30, phone, watch);
    for (let i = 0; i < 630; i++) await two.second(phone, null);
    const silent = (findings: readonly Finding[]) => [
      ...new Set(findings.filter(({ state }) => state === 'holds').map(({ condition }) => condition)),
    ];
    expect(silent(world.findings).sort()).toEqual(['no_data_systolic', 'no_data_temperature']);
    expect(silent([...world.findings, ...two.elsewhere]).sort()).toEqual([
      'no_data_systolic',
      'no_data_temperature',
    ]);
    await two.seconds(3, phone, watch);
    const over = two.elsewhere.concat(world.findings).filter(({ state }) => state === 'over');
    expect(new Set(over.map(({ condition }) => condition))).toEqual(
      new Set(['no_data_systolic', 'no_data_temperature']),
    );
  });

  test('whose phone moves to the other node is judged on there as if it had always been, however the first one ended', async () => {
    const high = { ...phone, heartRateBpm: 140 };
    await two.seconds(40, high, watch);
    expect(told(world.findings)).toContain('1 heart_rate_high holds MEDIUM');
    // The first node is gone without a word.
    world.vigil = world.node([], 'a node that nobody speaks to');
    for (let i = 0; i < 40; i++) await two.second(null, { ...phone, ...watch });
    expect(
      two.elsewhere.some(({ condition, state }) => condition === 'heart_rate_high' && state === 'over'),
    ).toBe(true);
  });

  test('and what was put right at the same instant on one node counts on the other', async () => {
    await two.second(phone, null);
    const stated = sampleOf(two.atS, { systolicMmhg: 85 }, { source: 'fhir', isSeen: true });
    const right = { ...stated, vitals: { systolicMmhg: 125 } };
    two.other.sampled(stated);
    await world.pass(5);
    world.store.samples.push(stated);
    await two.seconds(2, phone, null);
    expect((await world.vigil.known(PERSON)).current.systolicMmhg?.value).toBe(85);
    world.store.samples.splice(world.store.samples.indexOf(stated), 1, {
      ...right,
      receivedAtMs: world.clock.nowMs(),
    });
    world.store.retracted.set(PERSON, world.clock.nowMs());
    await two.seconds(2, phone, null);
    expect((await world.vigil.known(PERSON)).current.systolicMmhg?.value).toBe(125);
    expect(told(world.findings).at(-1)).toMatch(/systolic_low over CRITICAL$/);
  });
});

test('who hears of a look reads what others set at once, and a thousand looks are a few', async () => {
  world = new World();
  void world.vigil.start();
  world.sample(0, { heartRateBpm: 120 });
  await world.pass(5);
  world.store.set.set(PERSON, set({ maxHeartRateBpm: 100, durationMs: 0 }));
  for (let i = 0; i < 1_000; i++) world.vigil.look();
  await world.pass(0);
  world.sample(1, { heartRateBpm: 120 });
  expect(told(world.findings)).toEqual(['1 heart_rate_over_max holds HIGH']);
});

describe('silence', () => {
  const stream = async (count: number) => {
    for (let atS = 0; atS < count; atS++) {
      world.sample(atS, { heartRateBpm: 80 });
      await world.pass(1_000);
    }
  };

  test('is found ten minutes after the last of a stream, and is over with the next', async () => {
    world = new World();
    void world.vigil.start();
    await stream(20);
    for (let i = 0; i < 61; i++) await world.pass(10_000);
    expect(told(world.findings)).toEqual(['619 no_data_heart_rate holds MEDIUM']);
    world.sample(700, { heartRateBpm: 80 });
    await world.pass(5);
    expect(told(world.findings).at(-1)).toBe('700 no_data_heart_rate over MEDIUM');
  });

  test('is found by a node that never heard the stream, counted from its start', async () => {
    world = new World();
    void world.vigil.start();
    await stream(20);
    await world.vigil.stop();
    await world.pass(3_600_000);
    world.vigil = world.node();
    void world.vigil.start();
    for (let i = 0; i < 59; i++) await world.pass(10_000);
    expect(world.findings).toEqual([]);
    for (let i = 0; i < 3; i++) await world.pass(10_000);
    expect(told(world.findings)).toEqual(['4220 no_data_heart_rate holds MEDIUM']);
  });

  test('is none when another node hears the stream', async () => {
    world = new World();
    void world.vigil.start();
    await stream(20);
    const here = world.vigil;
    const elsewhere: Finding[] = [];
    world.vigil = world.node(elsewhere);
    for (let i = 0; i < 70; i++) {
      world.sample(20 + i * 10, { heartRateBpm: 80 });
      await world.pass(10_000);
      await world.vigil.flush();
    }
    await here.stop();
    expect([...world.findings, ...elsewhere]).toEqual([]);
  });

  test('is not found of a stream that another node hears while the store is away', async () => {
    world = new World();
    void world.vigil.start();
    await stream(20);
    const elsewhere = world.node();
    for (let atS = 20; atS < 40; atS++) {
      elsewhere.sampled(sampleOf(atS, { heartRateBpm: 80 }));
      world.store.samples.push(sampleOf(atS, { heartRateBpm: 80 }));
      await world.pass(1_000);
    }
    await elsewhere.flush();
    await world.vigil.stop();
    world.vigil = world.node();
    const armed = world.vigil.start();
    await world.pass(0);
    await world.pass(5);
    await armed;
    world.store.mood = 'refuses';
    for (let i = 0; i < 70; i++) await world.pass(10_000);
    expect(world.findings).toEqual([]);
    world.store.recover();
    await elsewhere.stop();
  });

  test('of a stream that was heard here last is found while the store is away, and is over once it says better', async () => {
    world = new World();
    void world.vigil.start();
    await stream(20);
    world.store.mood = 'refuses';
    for (let i = 0; i < 62; i++) await world.pass(10_000);
    expect(told(world.findings)).toEqual(['619 no_data_heart_rate holds MEDIUM']);
    // Another node had it all the time.
    for (let atS = 21; atS < 660; atS += 10) world.store.samples.push(sampleOf(atS, { heartRateBpm: 80 }));
    world.store.recover();
    for (let i = 0; i < 7; i++) await world.pass(10_000);
    expect(world.findings.at(-1)).toMatchObject({ condition: 'no_data_heart_rate', state: 'over' });
    expect(world.findings).toHaveLength(2);
  });

  test('that was found here is over when another node put away that it knows better', async () => {
    world = new World();
    void world.vigil.start();
    await stream(20);
    world.store.mood = 'refuses';
    for (let i = 0; i < 62; i++) await world.pass(10_000);
    world.store.recover();
    const elsewhere = world.node([]);
    for (let atS = 600; atS < 660; atS++) elsewhere.sampled(sampleOf(atS, { heartRateBpm: 80 }));
    await world.pass(5);
    await elsewhere.flush();
    for (let i = 0; i < 7; i++) await world.pass(10_000);
    expect(world.findings.at(-1)).toMatchObject({ condition: 'no_data_heart_rate', state: 'over' });
    await elsewhere.stop();
  });

  test('of what was ordered is found though nothing ever came', async () => {
    world = new World();
    void world.vigil.start();
    const ordered = set({ expected: ['weightKg'] });
    world.store.set.set(PERSON, ordered);
    world.vigil.thresholdsChanged(PERSON, ordered);
    for (let i = 0; i < 62; i++) await world.pass(10_000);
    expect(told(world.findings)).toEqual(['600 no_data_weight holds HIGH']);
  });
});

describe('what is known', () => {
  test('of somebody nobody has heard of here is answered by the store, and not remembered', async () => {
    world = new World();
    world.store.samples.push(sampleOf(0, { weightKg: 80 }));
    const asked = world.vigil.known(PERSON);
    await world.pass(5);
    expect((await asked).current).toMatchObject({ weightKg: { value: 80 } });
    expect(world.vigil.figures().people).toBe(0);
  });

  test('is made of the samples again when something is taken back, and what only that showed is over', async () => {
    world = new World();
    world.sample(0, { systolicMmhg: 120, heartRateBpm: 80 });
    world.sample(1, { systolicMmhg: 60 }, { source: 'manual' });
    await world.pass(5);
    expect(told(world.findings)).toEqual(['1 systolic_low holds CRITICAL']);
    await world.vigil.flush();
    world.store.samples.pop();
    const done = world.vigil.retracted(PERSON);
    await world.pass(0);
    await world.pass(5);
    await done;
    expect(world.findings.at(-1)).toMatchObject({ condition: 'systolic_low', state: 'over' });
    await world.pass(5);
    expect((await world.vigil.known(PERSON)).current).toMatchObject({ systolicMmhg: { value: 120 } });
  });

  test('of a stream goes on when a record of something else is taken back', async () => {
    world = new World();
    void world.vigil.start();
    world.sample(0, { systolicMmhg: 80 });
    for (let atS = 1; atS < 40; atS++) world.sample(atS, { heartRateBpm: 140 });
    world.sample(40, { temperatureC: 41.5 }, { source: 'manual' });
    await world.pass(5);
    // The store has only the tail of the stream by now.
    world.store.samples.splice(0, 38);
    world.store.samples.pop();
    const done = world.vigil.retracted(PERSON);
    await world.pass(5);
    await done;
    const over = world.findings.filter(({ detail }) => detail.because === 'retracted');
    expect(over.map(({ condition }) => condition).filter((one) => !one.startsWith('news2_'))).toEqual([
      'temperature_high',
    ]);
    expect((await world.vigil.known(PERSON)).current).toMatchObject({ systolicMmhg: { value: 80 } });
  });

  test('is not over because the store does not answer, and is looked up once it does', async () => {
    world = new World();
    void world.vigil.start();
    world.sample(0, { systolicMmhg: 120 });
    world.sample(1, { systolicMmhg: 60 }, { source: 'manual' });
    await world.pass(5);
    world.store.samples.pop();
    world.store.mood = 'refuses';
    await world.vigil.retracted(PERSON);
    await world.pass(15_000);
    expect(told(world.findings)).toEqual(['1 systolic_low holds CRITICAL']);
    world.store.recover();
    await world.pass(15_000);
    expect(world.findings.at(-1)).toMatchObject({ condition: 'systolic_low', state: 'over' });
  });

  test('silence that was found is not over because something is taken back', async () => {
    world = new World();
    void world.vigil.start();
    for (let atS = 0; atS < 20; atS++) world.sample(atS, { heartRateBpm: 80 });
    world.sample(20, { systolicMmhg: 60 }, { source: 'manual' });
    for (let i = 0; i < 65; i++) await world.pass(10_000);
    expect(told(world.findings)).toContain('619 no_data_heart_rate holds MEDIUM');
    world.store.samples.pop();
    await world.vigil.retracted(PERSON);
    const over = world.findings.filter(({ state }) => state === 'over');
    expect(over.map(({ condition }) => condition)).toEqual(['systolic_low']);
  });

  test('what a record had ended by mistake holds again', async () => {
    world = new World();
    world.sample(0, { systolicMmhg: 60 }, { source: 'manual' });
    world.sample(1, { systolicMmhg: 120 }, { source: 'manual' });
    await world.pass(5);
    world.store.samples.pop();
    await world.vigil.retracted(PERSON);
    expect(told(world.findings)).toEqual([
      '0 systolic_low holds CRITICAL',
      '1 systolic_low over CRITICAL',
      '0 systolic_low holds CRITICAL',
    ]);
  });

  test('is nothing of somebody erased, on whichever node, whatever still comes of them', async () => {
    world = new World();
    void world.vigil.start();
    const erasing = world.vigil;
    const elsewhere = world.node();
    void elsewhere.start();
    for (const vigil of [erasing, elsewhere]) vigil.sampled(sampleOf(0, { heartRateBpm: 80 }));
    await world.pass(5);
    await erasing.flush();
    await erasing.forget(PERSON);
    world.store.erased.add(PERSON);
    await world.pass(15_000);
    expect(world.store.states.size).toBe(0);
    for (const vigil of [erasing, elsewhere]) vigil.sampled(sampleOf(16, { systolicMmhg: 60 }));
    await world.pass(5_000);
    expect(world.findings).toEqual([]);
    expect([erasing, elsewhere].map((vigil) => vigil.figures().people)).toEqual([0, 0]);
    expect(world.store.states.size).toBe(0);
    await elsewhere.stop();
  });

  test('waits while the store is away, and so do scores', async () => {
    world = new World();
    void world.vigil.start();
    world.sample(0, { heartRateBpm: 80 });
    await world.pass(5);
    world.store.mood = 'refuses';
    for (let atS = 1; atS < 70; atS++) {
      world.sample(atS, { heartRateBpm: 80 + (atS % 60) });
      await world.pass(1_000);
    }
    expect(world.store.states.size).toBe(0);
    expect(world.vigil.figures().scoresWaiting).toBeGreaterThan(1);
    world.store.recover();
    await world.pass(5_000);
    expect(world.vigil.figures()).toMatchObject({ statesWaiting: 0, scoresWaiting: 0 });
    expect(world.store.states.get(PERSON)?.receivedAtMs).toBe(SAMPLES_FROM_MS + 69_000);
    expect(world.store.scores.size).toBeGreaterThan(1);
  });

  test('has bounds: the longest waiting scores go first', async () => {
    world = new World({ keeper: { everyMs: 5_000, batchMax: 2, statesMax: 10, scoresMax: 3 } });
    world.sample(0, { heartRateBpm: 80 });
    await world.pass(5);
    for (let hour = 1; hour < 6; hour++) {
      world.sample(hour * 3_600, { heartRateBpm: 80 });
      await world.pass(5);
    }
    expect(world.counted).toContain('vitals_scores_overflow_total');
    await world.vigil.flush();
    expect(
      [...world.store.scores.values()].map(({ score }) => (score.atMs - SAMPLES_FROM_MS) / 3_600_000),
    ).toEqual([3, 4, 5]);
  });
});
