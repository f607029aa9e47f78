import { parseArgs } from 'node:util';
import { onPostgres } from '../../bench/on-postgres.ts';
import { newVapidKeys } from '../notify/push/vapid.ts';
import { OwnEngine } from '../sim/own-engine.ts';
import { City, offerIn, type Somebody, SQUARE } from './city.ts';
import { DarkLine } from './dark-line.ts';
import { PushService } from './push-service.ts';
import { RedisProcess } from './redis/server.ts';
import { until } from './until.ts';

/** Counted from the call for help; the line went dark just before. */
export interface VanishResult {
  /** When each browser was woken. */
  readonly pushedMs: readonly number[];
  /** When the first person outside of the first ring was asked. */
  readonly nextAskedMs: number;
  /** When their own devices noticed. */
  readonly deviceNoticedMs: readonly number[];
  /** When the other node took the last of them for gone. */
  readonly nodeNoticedMs: number;
  readonly faults: readonly string[];
}

const FOUND_WITHIN_MS = 30_000;
const PUSHED_WITHIN_MS = 3_000;
const ASKED_WITHIN_MS = 12_000;
const SILENT_AT_M = [200, 250, 300];
/** Outside of the ring that is asked first. */
const NEXT_AT_M = 700;

async function vanish(databaseUrl: string): Promise<VanishResult> {
  const [redis, pushes] = [await RedisProcess.start(), await PushService.start()];
  const { publicKey, privateKey } = newVapidKeys();
  const env = {
    ...process.env,
    REDIS_URL: redis.url,
    MUSTER_VAPID_PUBLIC_KEY: publicKey,
    MUSTER_VAPID_PRIVATE_KEY: privateKey,
    MUSTER_VAPID_SUBJECT: 'mailto:operator@example.org',
    MUSTER_PUSH_ORIGINS: pushes.origin,
  };
  const nodes: OwnEngine[] = [];
  const started = async () => {
    const onDeath = (sentence: string) => process.stderr.write(`${sentence}\n`);
    const node = await OwnEngine.start({ databaseUrl, env, onDeath });
    nodes.push(node);
    return node;
  };
  const first = await started();
  const city = new City(first.url);
  await city.firstAdmin(first.setupToken ?? '');
  const line = await DarkLine.to(Number(new URL((await started()).url).port));
  try {
    return await measured(city, line, pushes);
  } finally {
    line.close();
    await city.close();
    for (const node of nodes) await node.remove();
    pushes.close();
    redis.stop();
  }
}

async function measured(city: City, line: DarkLine, pushes: PushService): Promise<VanishResult> {
  const silent: Somebody[] = [];
  for (const distanceM of SILENT_AT_M) {
    const somebody = await city.volunteer(distanceM, { url: line.url });
    await city.http.push.register(await somebody.token(), pushes.subscribe(`browser-${distanceM}`));
    silent.push(somebody);
  }
  const next = await city.volunteer(NEXT_AT_M);
  const patient = await city.patient();
  const listed = async () => {
    const near = await city.http.sos.nearest(await city.adminToken(), { point: SQUARE, limit: 50 });
    return silent.filter(({ userId }) => near.some((one) => one.userId === userId)).length;
  };
  await until(async () => (await listed()) === silent.length, {
    timeoutMs: 10_000,
    what: 'the other node to know',
  });
  line.goDark();
  const startMs = performance.now();
  const when = async (what: string, condition: () => unknown): Promise<number> => {
    await until(condition, { timeoutMs: FOUND_WITHIN_MS + 10_000, what });
    return Math.round(performance.now() - startMs);
  };
  const { sosId = '' } = await patient.client.command('sos.create', {
    emergencyType: 'MEDICAL',
    priority: 'HIGH',
    point: SQUARE,
  });
  const [pushedMs, nextAskedMs, deviceNoticedMs, nodeNoticedMs] = await Promise.all([
    Promise.all(silent.map((_, i) => when('a push', () => pushes.pushed.length > i))),
    when('the next person', () => offerIn(next, sosId)),
    Promise.all(silent.map(({ client }) => when('a device to notice', () => client.status.state !== 'open'))),
    when('the node to notice', async () => (await listed()) === 0),
  ]);
  const faults = [
    ...pushes.refused,
    ...(pushes.pushed.length === silent.length
      ? []
      : [`${pushes.pushed.length} pushes for ${silent.length}`]),
  ];
  return { pushedMs, nextAskedMs, deviceNoticedMs, nodeNoticedMs, faults };
}

const isHeld = ({ pushedMs, nextAskedMs, deviceNoticedMs, nodeNoticedMs, faults }: VanishResult): boolean =>
  faults.length === 0 &&
  Math.max(...pushedMs) < PUSHED_WITHIN_MS &&
  nextAskedMs < ASKED_WITHIN_MS &&
  Math.max(...deviceNoticedMs, nodeNoticedMs) < FOUND_WITHIN_MS;

/** `verify vanish`: as nodes are set when nobody sets them otherwise. Answers with the exit code. */
export async function verifyVanish(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { json: { type: 'boolean', default: false } } });
  const result = await onPostgres((url) => vanish(url));
  const held = isHeld(result);
  process.stdout.write(
    values.json
      ? `${JSON.stringify({ ...result, held })}\n`
      : `woken after ${result.pushedMs.join(', ')} ms; the next person asked after ${result.nextAskedMs} ms\n` +
          `noticed by devices after ${result.deviceNoticedMs.join(', ')} ms, by nodes after ${result.nodeNoticedMs} ms\n` +
          `${result.faults.map((fault) => `${fault}\n`).join('')}${held ? 'held' : 'BROKEN'}\n`,
  );
  return held ? 0 : 1;
}
