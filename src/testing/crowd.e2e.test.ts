import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MusterClient, MusterError } from '../client/node.ts';
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
import { engines, openTestDatabase, type TestDatabase } from './databases.ts';
import { until } from './until.ts';

const CROWD = 200;
const RESERVES = 2;
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

interface Asked {
  readonly client: MusterClient;
  /** By SOS. */
  readonly offers: Map<string, string>;
}

interface Answer {
  readonly says: string;
  readonly tookMs: number;
}

describe.each(engines)('a node with %s and a crowd of %d', (engine) => {
  let database: TestDatabase | undefined;
  let node: OwnEngine;
  let city: City;
  const crowd: Asked[] = [];

  beforeAll(async () => {
    if (engine === 'postgres') {
      database = await openTestDatabase(engine, { prepare: (c) => migrate(c, silentLogger) });
    }
    const connection = database?.connection;
    node = await OwnEngine.start({
      databaseUrl: connection && 'connectionString' in connection ? connection.connectionString : null,
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
      const client = new MusterClient({ url: node.url, token: person.token, device: { id: randomUUID() } });
      const offers = new Map<string, string>();
      client.connect();
      client.subscribe(`inbox:${person.userId}`, {
        onEvent: (event) => {
          if (event.type === 'offer.sent') offers.set(event.data.sosId, event.data.offerId);
        },
      });
      await client.command('duty.set', { available: true });
      client.sendFix({ atMs: systemClock.nowMs(), ...destination(SQUARE, i, 30 + i * 5) });
      await client.flushed();
      crowd.push({ client, offers });
    });
  }, 300_000);
  afterAll(async () => {
    await Promise.all(crowd.map(({ client }) => client.close()));
    await city?.close();
    await node?.remove();
    await database?.stop();
  });

  async function accept({ client, offers }: Asked, sosId: string): Promise<Answer> {
    const sentAtMs = performance.now();
    const says = await client
      .command('offer.accept', { sosId, offerId: offers.get(sosId) ?? '' }, { retry: false })
      .then(
        (done) => done.as ?? 'nothing',
        (error: unknown) => (error instanceof MusterError ? error.code : String(error)),
      );
    return { says, tookMs: performance.now() - sentAtMs };
  }

  test('200 accept one slot within 10 ms: one has it, the others hear the truth in less than half a second', async () => {
    const patient = await city.patient();
    const figures: { withinMs: number; p99Ms: number }[] = [];
    // The machine of a test may be busy, so that the crowd is not as quick as it should be: then it comes again.
    for (let round = 0; round < 5 && !figures.some(({ withinMs }) => withinMs <= 10); round++) {
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
      const startMs = performance.now();
      const answering = crowd.map((one) => accept(one, sosId));
      const withinMs = performance.now() - startMs;
      const answers = await Promise.all(answering);
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
      await holder?.client.command('sos.resolve', { sosId });
      figures.push({
        withinMs,
        p99Ms:
          percentile(
            answers.map(({ tookMs }) => tookMs),
            0.99,
          ) ?? 0,
      });
    }
    const best = figures.at(-1);
    expect(best?.withinMs).toBeLessThanOrEqual(10);
    expect(best?.p99Ms).toBeLessThan(500);
  });
});
