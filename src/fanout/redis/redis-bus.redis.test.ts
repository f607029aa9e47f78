import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { must } from '../../lib/assert.ts';
import { systemClock } from '../../lib/clock.ts';
import { silentLogger } from '../../lib/log.ts';
import { noMetrics } from '../../lib/metric.ts';
import { redisAddressOf } from '../../lib/redis-address.ts';
import { RedisCluster } from '../../testing/redis/cluster.ts';
import { REDIS_ENGINES, startTestRedis, type TestRedis } from '../../testing/redis/engines.ts';
import { RedisProcess } from '../../testing/redis/server.ts';
import { until } from '../../testing/until.ts';
import type { BusMessage } from '../bus.ts';
import { encodeEnvelope } from '../bus-codec.ts';
import { PackedPeople } from '../packed-people.ts';
import type { LogEvent } from '../types.ts';
import { openLink } from './links.ts';
import { namesIn, PARTITIONS } from './partitions.ts';
import { RateLimitedLog } from './rate-limited-log.ts';
import { PULSE_MS, RedisBus, type RedisBusOptions } from './redis-bus.ts';

const soon = { timeoutMs: 20_000 };
const event = (stream: string, seq: number): LogEvent => ({
  stream,
  seq,
  atMs: 1_800_000_000_000,
  actorId: null,
  type: 'sos.created',
  data: { point: { lat: 1.5, lng: -2.5 }, description: 'fell', offers: [] },
});

/**
 * Of one test: its nodes have the names of those before, which no two starts of a node have. What one of those said last, and Redis
 * tells late, would count as said by the new one, whose own words are then old.
 */
let tests = 0;
const prefixNow = () => `muster-${tests}`;
beforeEach(() => {
  tests++;
});

const buses: RedisBus[] = [];
afterEach(async () => {
  for (const bus of buses.splice(0)) await bus.stop();
});

async function open(url: string, nodeId: string, options: Partial<RedisBusOptions> = {}) {
  const { prefix = prefixNow(), carries = 'events', onGap = () => {}, report = () => {} } = options;
  const address = must(redisAddressOf(url), 'an address of Redis');
  const outside = { clock: systemClock, log: silentLogger, metrics: noMetrics };
  const bus = new RedisBus({ address, prefix, carries, nodeId, onGap, report, ...outside });
  buses.push(bus);
  expect(await bus.ready(soon.timeoutMs)).toBe(true);
  return bus;
}

function hear(bus: RedisBus) {
  const heard: (readonly [BusMessage, string])[] = [];
  bus.onMessage((message, from) => heard.push([message, from]));
  return heard;
}

/** Speaks until it is heard: what is said while nothing gets through is lost, and not what is asked here. */
function reaches(from: RedisBus, heard: readonly (readonly [BusMessage, string])[], stream: string) {
  let seq = 0;
  return until(
    () => {
      from.tell(stream, ['event', event(stream, ++seq)]);
      return heard.some(([message]) => message[0] === 'event' && message[1].stream === stream);
    },
    { ...soon, what: `a message about ${stream}` },
  );
}

describe.each(REDIS_ENGINES)('the bus over a Redis, %s', (engine) => {
  let redis: TestRedis;
  const openHere = (nodeId: string, prefix?: string) => open(redis.url, nodeId, prefix ? { prefix } : {});

  beforeAll(async () => {
    redis = await startTestRedis(engine);
  });
  afterAll(() => redis?.stop());

  test('every node hears what another tells, and none what it told itself', async () => {
    const [a, b, c] = [await openHere('a'), await openHere('b'), await openHere('c')];
    const [atA, atB, atC] = [hear(a), hear(b), hear(c)];
    for (let seq = 1; seq <= 500; seq++) a.tell('sos:1', ['event', event('sos:1', seq)]);
    const expected = Array.from({ length: 500 }, (_, i) => [['event', event('sos:1', i + 1)], 'a']);
    await until(() => atB.length >= 500 && atC.length >= 500, { ...soon, what: 'five hundred events' });
    expect(atB).toEqual(expected);
    expect(atC).toEqual(expected);
    expect(atA).toEqual([]);
  });

  test('what else nodes tell each other arrives as it was told', async () => {
    const [a, b] = [await openHere('a'), await openHere('b')];
    const heard = hear(b);
    const messages: BusMessage[] = [
      ['look', 'policies'],
      ['look', 'vitals'],
      ['locate', ['u1', 'u2']],
      ['spent', [['person.command', 'u1', 12]]],
    ];
    for (const message of messages) a.tell('x', message);
    await until(() => heard.length >= messages.length, { ...soon, what: 'the messages' });
    expect(heard.map(([message]) => message)).toEqual(messages);
  });

  test('what somebody can not take in keeps nobody else from hearing it, nor what comes after it', async () => {
    const [a, b] = [await openHere('a'), await openHere('b')];
    b.onMessage(() => {
      throw new Error('not taken in');
    });
    const heard = hear(b);
    for (const topic of ['accounts', 'policies'] as const) a.tell('x', ['look', topic]);
    await until(() => heard.length >= 2, { ...soon, what: 'both' });
    expect(heard.map(([message]) => message[1])).toEqual(['accounts', 'policies']);
  });

  test('an envelope with something in it that nobody can read is a gap', async () => {
    let gaps = 0;
    await open(redis.url, 'a', { onGap: () => gaps++ });
    const before = gaps;
    const log = new RateLimitedLog({ clock: systemClock, log: silentLogger, metrics: noMetrics });
    const link = openLink(must(redisAddressOf(redis.url), 'an address of Redis'), log, false);
    if (link.status !== 'ready') await new Promise((resolve) => link.once('ready', resolve));
    const half = new Uint8Array([0x92]);
    await link.spublish(namesIn(prefixNow(), 'events').channel(0), encodeEnvelope('b', 1, [half]));
    await until(() => gaps > before, { ...soon, what: 'a gap' });
    link.disconnect();
  });

  test('engines with another prefix hear nothing of each other', async () => {
    const [a, other, b] = [await openHere('a'), await openHere('other', 'elsewhere'), await openHere('b')];
    const [atOther, atB] = [hear(other), hear(b)];
    a.tell('x', ['look', 'accounts']);
    await until(() => atB.length > 0, { ...soon, what: 'a message' });
    expect(atOther).toEqual([]);
  });

  test('events do not go over the connections of rows, nor rows over those of events', async () => {
    const [a, rows, b] = [
      await openHere('a'),
      await open(redis.url, 'a', { carries: 'rows' }),
      await openHere('b'),
    ];
    const rowsOfB = await open(redis.url, 'b', { carries: 'rows' });
    const [atB, atRowsOfB] = [hear(b), hear(rowsOfB)];
    a.tell('x', ['look', 'accounts']);
    await rows.push(1, ['people', PackedPeople.of([])], { put: [], drop: [] });
    await until(() => atB.length > 0 && atRowsOfB.length > 0, { ...soon, what: 'both messages' });
    expect([atB, atRowsOfB]).toEqual([
      [[['look', 'accounts'], 'a']],
      [[['people', PackedPeople.of([])], 'a']],
    ]);
  });

  test('rows are told, kept, dropped, and asked for again when Redis was emptied', async () => {
    const [a, b] = [await openHere('a'), await openHere('b')];
    const heard = hear(b);
    const row = {
      userId: '0197a000-0000-7000-8000-000000000001',
      version: 1,
      connections: 1,
      point: { lat: 1, lng: 2 },
      locatedAtMs: 3,
    };
    const value = Buffer.from('packed');
    expect(await a.push(7, ['people', PackedPeople.of([row])], { put: [['u/a', value]], drop: [] })).toBe(
      true,
    );
    await until(() => heard.length === 1, { ...soon, what: 'the row' });
    expect(heard).toEqual([[['people', PackedPeople.of([row])], 'a']]);
    expect([...(await b.readRows(7))]).toEqual([['u/a', value]]);
    const renewed = new Set<number>();
    a.onNewEpoch((partition) => renewed.add(partition));
    await redis.flush();
    await until(() => renewed.size === PARTITIONS, {
      timeoutMs: 5_000,
      what: 'every partition to be asked for',
    });
    expect(await a.push(7, null, { put: [['u/a', value]], drop: [] })).toBe(true);
    expect(await a.push(7, null, { put: [], drop: ['u/a'] })).toBe(true);
    expect([...(await b.readRows(7))]).toEqual([]);
  });

  test('a lease is renewed, seen by others, and given up by who stops', async () => {
    const [a, b] = [await openHere('a'), await openHere('b')];
    await a.beat(60_000);
    const ages = await b.beat(60_000);
    expect([...ages.keys()].sort()).toEqual(['a', 'b']);
    expect(ages.get('a')).toBeLessThan(5_000);
    await a.stop();
    expect([...(await b.beat(60_000)).keys()]).toEqual(['b']);
  });
});

test('a Redis that hangs counts as away, within three seconds for who speaks, and carries again when it answers', async () => {
  const redis = await RedisProcess.start();
  try {
    let gaps = 0;
    const reports: (string | null)[] = [];
    const report = (away: string | null) => reports.push(away);
    const [a, b] = [
      await open(redis.url, 'a', { report }),
      await open(redis.url, 'b', { onGap: () => gaps++ }),
    ];
    const heard = hear(b);
    expect(reports).toEqual([null]);
    redis.freeze();
    const frozenAtMs = performance.now();
    a.tell('x', ['event', event('lost:1', 1)]);
    const stale = { put: [['u/a', Buffer.from('old')]] as const, drop: [] };
    expect(await a.push(7, ['people', PackedPeople.of([])], stale)).toBe(false);
    await expect(a.beat(60_000)).rejects.toThrow();
    await expect(a.readRows(7)).rejects.toThrow();
    await until(() => !a.isUp, { timeoutMs: 3_000, what: 'a to notice' });
    expect(performance.now() - frozenAtMs).toBeLessThan(3_000);
    await until(() => !b.isUp, { timeoutMs: PULSE_MS + 3_000, what: 'b to notice by its pulse' });
    const before = gaps;
    redis.thaw();
    await reaches(a, heard, 'sos:again');
    await until(() => a.isUp && b.isUp, { ...soon, what: 'both to be up' });
    // Whatever was said meanwhile is looked for in the store.
    expect(gaps).toBeGreaterThan(before);
    // What was given up was not carried out when it went on.
    expect([...(await b.readRows(7))]).toEqual([]);
    expect(heard.filter(([message]) => message[0] !== 'event' || message[1].stream === 'lost:1')).toEqual([]);
    expect([...(await b.beat(60_000)).keys()]).toEqual(['b']);
    expect(reports).toEqual([null, 'no_answer', null]);
  } finally {
    redis.thaw();
    await buses.splice(0).reduce((before, bus) => before.then(() => bus.stop()), Promise.resolve());
    redis.stop();
  }
}, 60_000);

test('a Cluster whose master was killed carries every stream again, and says that something may be lost', async () => {
  const cluster = await RedisCluster.start();
  try {
    let gaps = 0;
    const [a, b] = [await open(cluster.url, 'a'), await open(cluster.url, 'b', { onGap: () => gaps++ })];
    const heard = hear(b);
    const reachAll = async (name: string) => {
      for (let i = 0; i < 40; i++) await reaches(a, heard, `${name}:${i}`);
    };
    // From here on b has heard of a in every part, and whatever a says in vain is a hole.
    expect(await a.ready(soon.timeoutMs)).toBe(true);
    await reachAll('before');
    const before = gaps;
    await cluster.killMasterOf('{7}');
    await reachAll('after');
    expect(gaps).toBeGreaterThan(before);
  } finally {
    await buses.splice(0).reduce((before, bus) => before.then(() => bus.stop()), Promise.resolve());
    cluster.stop();
  }
}, 90_000);
