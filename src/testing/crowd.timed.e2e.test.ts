import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MusterError } from '../client/node.ts';
import { policyWith, wavesOf } from '../dispatch/testing/policy.ts';
import { destination } from '../geo/lat-lng.ts';
import { systemClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/log.ts';
import { eachLimited } from '../sim/each-limited.ts';
import { OwnEngine } from '../sim/own-engine.ts';
import { People } from '../sim/people.ts';
import { percentile } from '../sim/percentile.ts';
import { migrate } from '../store/migrate.ts';
import { City, SQUARE } from './city.ts';
import { embeddedDataDir, engines, openTestDatabase, type TestDatabase } from './databases.ts';
import { Contender } from './dispatch/contender.ts';
import { Line } from './line.ts';
import { until } from './until.ts';

const CROWD = 200;
const RESERVES = 2;
/** A machine with nothing else to do needs one. */
const ROUNDS = 40;
/** One slot, and everybody in reach asked: a hundred at once, the other hundred as soon as the ladder allows it. */
const POLICY = policyWith({
  ...wavesOf(100),
  alertsMax: 100,
  radiusStartM: 2_000,
  waveTimerMs: 2_000,
  offerTtlMs: 600_000,
  reservesMax: RESERVES,
  ladder: [
    { step: 'wider_ring', afterMs: 500, radiusMaxM: 2_000, alertsMore: 100 },
    { step: 'dispatchers', afterMs: 600_000 },
  ],
});

/** A busy machine may keep the store from answering in time. */
async function patiently<T>(work: () => Promise<T>, tries = 5): Promise<T> {
  for (let i = 1; ; i++) {
    try {
      return await work();
    } catch (error) {
      if (i === tries || !(error instanceof MusterError && error.retryable)) throw error;
    }
  }
}

describe.each(engines)('a node with %s and a crowd', (engine) => {
  let database: TestDatabase | undefined;
  let embedded: Awaited<ReturnType<typeof embeddedDataDir>> | undefined;
  let node: OwnEngine;
  let city: City;
  const crowd: Contender[] = [];
  let beating: NodeJS.Timeout | undefined;

  beforeAll(async () => {
    if (engine === 'postgres') {
      database = await openTestDatabase(engine, { prepare: (c) => migrate(c, silentLogger) });
    }
    embedded = engine === 'pglite' ? await embeddedDataDir() : undefined;
    const connection = database?.connection;
    node = await OwnEngine.start({
      databaseUrl: connection && 'connectionString' in connection ? connection.connectionString : null,
      ...(embedded && { dataDir: embedded.dataDir }),
      env: process.env,
      onDeath: () => {},
    });
    city = new City(node.url);
    const { userId } = await city.firstAdmin(node.setupToken ?? '');
    const admin = { userId, token: () => city.adminToken() };
    await city.http.setPolicy(await city.adminToken(), POLICY);
    const people = new People({ http: city.http, run: 'crowd', clock: systemClock, random: Math.random });
    await eachLimited(Array.from({ length: CROWD }).keys(), 4, async (i) => {
      const person = await people.volunteer(['CPR'], admin);
      const asked = new Contender(await Line.open(node.url, await patiently(person.token), randomUUID()));
      await asked.begin(person.userId, destination(SQUARE, i, 30 + i * 5));
      crowd.push(asked);
    });
    beating = setInterval(() => {
      for (const one of crowd) one.beat();
    }, 10_000);
  }, 300_000);
  afterAll(async () => {
    clearInterval(beating);
    for (const one of crowd) one.close();
    await city?.close();
    await node?.remove();
    await database?.stop();
    await embedded?.remove();
  });

  test('200 accept one slot within 10 ms: one has it, the others hear the truth in less than half a second', async () => {
    const patient = await city.patient();
    const figures: { withinMs: number; p99Ms: number }[] = [];
    // The machine of a test may be busy, so that the crowd is not as quick as it should be: then it comes again.
    for (let round = 0; round < ROUNDS && !figures.some(({ withinMs }) => withinMs <= 10); round++) {
      const { sosId = '' } = await patient.client.command('sos.create', {
        emergencyType: 'MEDICAL',
        priority: 'CRITICAL',
        point: SQUARE,
      });
      const seen = patient.follow(`sos:${sosId}`);
      await until(() => crowd.every(({ offers }) => offers.has(sosId)), {
        timeoutMs: 60_000,
        what: 'an offer to everybody',
      });
      const ready = crowd.map((one) => one.acceptance(sosId));
      const startMs = performance.now();
      for (const { send } of ready) send();
      const withinMs = performance.now() - startMs;
      const answers = await Promise.all(ready.map(({ answered }) => answered));
      const said = (what: string) => answers.filter(({ says }) => says === what).length;
      expect([said('PRIMARY'), said('RESERVE'), said('offer_filled')]).toEqual([
        1,
        RESERVES,
        CROWD - 1 - RESERVES,
      ]);
      const holder = crowd[answers.findIndex(({ says }) => says === 'PRIMARY')];
      await until(() => seen.events.some((e) => e.type === 'sos.accepted'), {
        timeoutMs: 10_000,
        what: 'acceptance',
      });
      expect(seen.events.filter((e) => e.type === 'sos.accepted')).toHaveLength(1);
      void holder?.resolve(sosId);
      await until(() => seen.events.some((e) => e.type === 'sos.resolved'), {
        timeoutMs: 10_000,
        what: 'the end',
      });
      const p99Ms =
        percentile(
          answers.map(({ atMs }) => atMs - startMs),
          0.99,
        ) ?? Number.NaN;
      figures.push({ withinMs, p99Ms });
    }
    const told = JSON.stringify(figures);
    expect(figures.at(-1)?.withinMs, told).toBeLessThanOrEqual(10);
    expect(figures.at(-1)?.p99Ms, told).toBeLessThan(500);
  }, 180_000);
});
