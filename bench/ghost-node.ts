import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { latLngToCell } from 'h3-js';
import { encodeEnvelope, encodeMessage, encodePerson } from '../src/fanout/bus-codec.ts';
import { PackedPeople } from '../src/fanout/packed-people.ts';
import { openLink } from '../src/fanout/redis/links.ts';
import { namesIn, partitionOf } from '../src/fanout/redis/partitions.ts';
import { RateLimitedLog } from '../src/fanout/redis/rate-limited-log.ts';
import { scriptsOn } from '../src/fanout/redis/scripts.ts';
import { assert, must } from '../src/lib/assert.ts';
import { systemClock } from '../src/lib/clock.ts';
import { silentLogger } from '../src/lib/log.ts';
import { noMetrics } from '../src/lib/metric.ts';
import { packageRoot } from '../src/lib/package-root.ts';
import type { Random } from '../src/lib/random.ts';
import { redisAddressOf } from '../src/lib/redis-address.ts';
import { newId } from './on-postgres.ts';
import type { Person } from './people.ts';

/** As four nodes out of step would, each ten times a second. */
const TICK_MS = 25;
const TICKS = 40;
const BEAT_MS = 3_000;
const LEASE_MS = 60_000;
const NAMES = namesIn('muster', 'rows');
const REGION_RESOLUTION = 2;
/** As far as somebody gets in a second: about 30 m of latitude. */
const STEP_DEGREES = 2.7e-4;
const STEPS = 1_024;
const ERROR_REPLY = /(^|\n)-[A-Z]/;

/** Stand where a number is to be written; such as occur nowhere else. */
const MARK = {
  uint: 0x7f_0a_0b_0c,
  lat: 12.345_678_9,
  lng: -98.765_432_1,
  atMs: 1.234_567_890_123_4e12 + 0.25,
};

/**
 * A node that has thousands on its sockets, as far as the others and Redis can tell: everybody moves once a second, told in
 * batches forty times a second. What it says is written beforehand, and only the numbers in it change, because the processors of
 * the machine that would say it are not here.
 */
export async function startGhostNode(redisUrl: string, people: readonly Person[], random: Random) {
  const nodeId = newId();
  const address = must(redisAddressOf(redisUrl), 'an address of Redis');
  const link = openLink(
    address,
    new RateLimitedLog({ clock: systemClock, log: silentLogger, metrics: noMetrics }),
    false,
  );
  const beat = () => scripts.beat(NAMES.leases, nodeId, LEASE_MS, false);
  const scripts = scriptsOn(link, systemClock);
  await new Promise((resolve) => link.once('ready', resolve));
  await beat();
  const lua = readFileSync(new URL('src/fanout/redis/push.lua', packageRoot), 'utf8');
  await link.script('LOAD', lua);
  const sha = createHash('sha1').update(lua).digest('hex');
  const numbers: Numbers = {
    seqs: new Map(),
    version: 0,
    steps: Float64Array.from({ length: STEPS }, () => (random() - 0.5) * 2 * STEP_DEGREES),
  };
  const ticks = Array.from({ length: TICKS }, (_, tick) =>
    [...batchesOf(people.filter((_person, i) => i % TICKS === tick))].map(([partition, batch]) =>
      preparedBatch(partition, batch, nodeId, sha),
    ),
  );
  const { host, port } = must(address.seeds[0], 'a server');
  const socket = connect(port, host).on('data', (reply) => {
    if (ERROR_REPLY.test(reply.toString('latin1'))) throw new Error(`Redis took no rows: ${reply}`);
  });
  const stopTicking = everyTick((tick) => {
    for (const batch of ticks[tick] ?? []) {
      const bytes = batch.now(numbers);
      // What could not be handed over at once must not change while it waits.
      socket.write(socket.writableLength > 0 ? Buffer.from(bytes) : bytes);
    }
  });
  const beating = setInterval(() => void beat().catch(() => {}), BEAT_MS);
  return {
    stop() {
      stopTicking();
      clearInterval(beating);
      socket.destroy();
      link.disconnect();
    },
  };
}

/** What rises, or comes in turn. */
interface Numbers {
  /** By partition. */
  readonly seqs: Map<number, number>;
  version: number;
  readonly steps: Float64Array;
}

function everyTick(act: (tick: number) => void): () => void {
  const startedMs = performance.now();
  let ticks = 0;
  const timer = setInterval(() => {
    // A timer that is late does not make them slower.
    for (; ticks < (performance.now() - startedMs) / TICK_MS; ticks++) act(ticks % TICKS);
  }, TICK_MS / 10);
  return () => clearInterval(timer);
}

/** People of one region are told of together. */
function batchesOf(people: readonly Person[]): Map<number, Person[]> {
  const batches = new Map<number, Person[]>();
  for (const person of people) {
    const partition = partitionOf(latLngToCell(person.at.lat, person.at.lng, REGION_RESOLUTION));
    const batch = batches.get(partition) ?? [];
    batch.push(person);
    batches.set(partition, batch);
  }
  return batches;
}

function preparedBatch(partition: number, people: readonly Person[], nodeId: string, sha: string) {
  const rows = people.map(({ userId }) => ({
    userId,
    version: MARK.uint,
    connections: 1,
    point: { lat: MARK.lat, lng: MARK.lng },
    locatedAtMs: MARK.atMs,
  }));
  const envelope = encodeEnvelope(nodeId, MARK.uint, [encodeMessage(['people', PackedPeople.of(rows)])]);
  const values = rows.map((row) => [`${row.userId}/${nodeId}`, encodePerson(row)] as const);
  const keys = [NAMES.rows(partition), NAMES.epoch(partition), NAMES.channel(partition)];
  const bytes = command(['EVALSHA', sha, '3', ...keys, '0', nodeId, envelope, '0', ...values.flat()]);
  const count = people.length;
  const [seqAt = 0, ...keptVersions] = placesOf(bytes, uint(MARK.uint), count + 1);
  const toldVersions = placesOf(bytes, double(MARK.uint), count);
  // First of all rows as they are told, then of all as they are kept.
  const lats = placesOf(bytes, double(MARK.lat), 2 * count);
  const lngs = placesOf(bytes, double(MARK.lng), 2 * count);
  const times = placesOf(bytes, double(MARK.atMs), 2 * count);
  const write = (at: readonly number[], i: number, value: number) => {
    bytes.writeDoubleBE(value, at[i]);
    bytes.writeDoubleBE(value, at[count + i]);
  };
  return {
    now(numbers: Numbers): Buffer {
      const seq = (numbers.seqs.get(partition) ?? 0) + 1;
      numbers.seqs.set(partition, seq);
      bytes.writeUInt32BE(seq, seqAt);
      const nowMs = systemClock.nowMs();
      for (const [i, { at }] of people.entries()) {
        const version = ++numbers.version;
        bytes.writeDoubleBE(version, toldVersions[i]);
        bytes.writeUInt32BE(version, keptVersions[i]);
        write(lats, i, at.lat + (numbers.steps[version % STEPS] ?? 0));
        write(lngs, i, at.lng + (numbers.steps[(version * 7) % STEPS] ?? 0));
        write(times, i, nowMs);
      }
      return bytes;
    },
  };
}

/** As Redis takes it (RESP). */
function command(parts: readonly (string | Uint8Array)[]): Buffer {
  const pieces = parts.flatMap((part) => {
    const bytes = Buffer.from(part);
    return [Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n')];
  });
  return Buffer.concat([Buffer.from(`*${parts.length}\r\n`), ...pieces]);
}

function uint(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function double(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes;
}

function placesOf(bytes: Buffer, mark: Buffer, count: number): number[] {
  const places: number[] = [];
  for (let at = bytes.indexOf(mark); at >= 0; at = bytes.indexOf(mark, at + mark.length)) places.push(at);
  assert(places.length === count, 'each number has its place');
  return places;
}
