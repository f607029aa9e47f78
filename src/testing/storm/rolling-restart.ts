import { parseArgs } from 'node:util';
import { onPostgres, tokensFor } from '../../../bench/on-postgres.ts';
import { inCity, type Person, people, populate } from '../../../bench/people.ts';
import { ensurePartitions } from '../../jobs/partitions.ts';
import { systemClock } from '../../lib/clock.ts';
import { type Random, seededRandom } from '../../lib/random.ts';
import { type Db, sql } from '../../store/db.ts';
import { wholeNumber } from '../proof-options.ts';
import { RedisProcess } from '../redis/server.ts';
import { Balancer } from './balancer.ts';
import { HostNodes } from './processes.ts';
import { Rescue, type Someone } from './rescue.ts';

const STOPS_WITHIN_MS = 30_000;

export interface RestartScale {
  readonly processes: number;
  readonly responders: number;
  readonly requesters: number;
  readonly seed: number;
  /** Of the nodes. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface RestartResult {
  readonly created: number;
  readonly accepted: number;
  readonly resolved: number;
  readonly fixes: number;
  /** Acknowledged and not in the store as it was acknowledged, one sentence each: must be none. */
  readonly lost: readonly string[];
  /** How connections ended, by the name of the close code: `restart` only. */
  readonly endings: Readonly<Record<string, number>>;
  /** Handshakes that failed, by status or by what broke: 503 only. */
  readonly failedHandshakes: Readonly<Record<string, number>>;
  readonly failures: readonly string[];
  /** What each node took to stop. */
  readonly stopMs: readonly number[];
  /** Deadlines and jobs that a node which is gone still holds. */
  readonly heldByTheGone: number;
}

export const lostNothing = (result: RestartResult): boolean =>
  result.lost.length + result.failures.length + result.heldByTheGone === 0 &&
  result.accepted > 0 &&
  Object.keys(result.endings).every((name) => name === 'restart') &&
  Object.keys(result.failedHandshakes).every((how) => how === '503') &&
  result.stopMs.every((ms) => ms <= STOPS_WITHIN_MS);

/** Restarts the nodes of one host, one after another, while people call for help, come, and send where they are. */
export function rollingRestart(scale: RestartScale): Promise<RestartResult> {
  return onPostgres(async (databaseUrl, db) => {
    const redis = await RedisProcess.start();
    const random = seededRandom(scale.seed);
    const [responders, requesters] = [people(scale.responders, random), people(scale.requesters, random)];
    await ensurePartitions(db, systemClock.nowMs());
    await populate(db, { volunteer: responders, patient: requesters });
    const env = { ...scale.env, DATABASE_URL: databaseUrl, REDIS_URL: redis.url };
    const nodes = await HostNodes.start(scale.processes, env);
    const balancer = new Balancer([nodes.url]);
    const rescue = new Rescue(nodes.url, balancer.socketsOf(0));
    try {
      await rescue.begin(
        await withTokens(db, 'volunteer', responders),
        await withTokens(
          db,
          'patient',
          requesters.map((one) => ({ ...one, at: near(responders, random) })),
        ),
      );
      const stopMs = await nodes.renew(scale.processes);
      await rescue.end();
      const { acknowledged } = rescue;
      return {
        created: acknowledged.created.length,
        accepted: acknowledged.accepted.length,
        resolved: acknowledged.resolved.length,
        fixes: rescue.devices.reduce((sum, { sent }) => sum + sent, 0),
        lost: await lostOf(db, rescue),
        endings: Object.fromEntries(rescue.endings),
        failedHandshakes: Object.fromEntries(balancer.failed),
        failures: rescue.failures,
        stopMs,
        heldByTheGone: (await db.query<{ held: number }>(HELD_BY_THE_GONE))[0]?.held ?? 0,
      };
    } finally {
      await rescue.close();
      await nodes.stop();
      nodes.remove();
      redis.stop();
    }
  });
}

const near = (responders: readonly Person[], random: Random) =>
  responders[Math.floor(random() * responders.length)]?.at ?? inCity(random);

async function withTokens(
  db: Db,
  grant: 'volunteer' | 'patient',
  list: readonly Person[],
): Promise<Someone[]> {
  const tokens = await tokensFor(db, grant, list);
  return list.map((one, i) => ({ ...one, token: tokens[i] ?? '' }));
}

const KEPT = sql(
  'proof_kept_sos',
  `select id, status,
          array(select h.responder_id::text from dispatch.sos_holdings h where h.sos_id = r.id) as held_by
     from dispatch.sos_requests r where id = any($1::uuid[])`,
);
const FIXES = sql(
  'proof_kept_fixes',
  `select device_id, count(*) as rows, count(distinct (epoch, seq)) as numbers
     from telemetry.positions where device_id = any($1::uuid[]) group by device_id`,
);
const HELD_BY_THE_GONE = sql(
  'proof_held_by_the_gone',
  `select (select count(*) from dispatch.deadlines d where d.owner is not null
              and not exists (select from journal.nodes n where n.id = d.owner))
        + (select count(*) from journal.jobs j where j.owner is not null
              and not exists (select from journal.nodes n where n.id = j.owner)) as held`,
);

async function lostOf(db: Db, { acknowledged, devices }: Rescue): Promise<string[]> {
  const { created, accepted, resolved } = acknowledged;
  const rows = await db.query<{ id: string; status: string; held_by: string[] }>(KEPT, [created]);
  const kept = new Map(rows.map((row) => [row.id, row]));
  const fixes = new Map(
    (
      await db.query<{ device_id: string; rows: number; numbers: number }>(FIXES, [
        devices.map(({ id }) => id),
      ])
    ).map((row) => [row.device_id, row]),
  );
  return [
    ...created.filter((id) => !kept.has(id)).map((id) => `the call ${id}`),
    ...accepted
      .filter(({ sosId, userId }) => !kept.get(sosId)?.held_by.includes(userId))
      .map(({ sosId, userId }) => `that ${userId} goes to ${sosId}`),
    ...resolved.filter((id) => kept.get(id)?.status !== 'RESOLVED').map((id) => `the end of ${id}`),
    ...devices.flatMap(({ id, client, sent }) => {
      const { rows: stored = 0, numbers = 0 } = fixes.get(id) ?? {};
      const refused = [...client.telemetry.refused.values()].reduce((sum, count) => sum + count, 0);
      return stored === numbers && numbers === sent - refused
        ? []
        : [
            `of ${sent} fixes of ${id}, ${numbers} are there, ${stored - numbers} twice, ${refused} were refused`,
          ];
    }),
  ];
}

/** `npm run verify -- rolling-restart [--processes 3] [--responders 60] [--seed N] [--json]`. Answers with the exit code. */
export async function verifyRollingRestart(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      processes: { type: 'string', default: '3' },
      responders: { type: 'string', default: '60' },
      seed: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
    },
  });
  const responders = wholeNumber('--responders', values.responders, 2);
  const result = await rollingRestart({
    processes: wholeNumber('--processes', values.processes, 2),
    responders,
    requesters: Math.ceil(responders / 6),
    seed: wholeNumber('--seed', values.seed, 0),
  });
  process.stdout.write(`${values.json ? JSON.stringify(result) : sentencesOf(result)}\n`);
  return lostNothing(result) ? 0 : 1;
}

function sentencesOf(result: RestartResult): string {
  const { created, accepted, resolved, fixes, lost, endings, failedHandshakes, failures, stopMs } = result;
  const said = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts)
      .map(([what, count]) => `${what} ${count}`)
      .join(', ') || 'none';
  return [
    `${stopMs.length} nodes restarted one after another, each stopped within ${stopMs.map((ms) => `${(ms / 1_000).toFixed(1)} s`).join(', ')}`,
    `acknowledged meanwhile: ${created} calls, ${accepted} who go, ${resolved} ends, ${fixes} fixes; lost: ${lost.length}`,
    `connections ended by: ${said(endings)}; failed handshakes: ${said(failedHandshakes)}`,
    `held by nodes that are gone: ${result.heldByTheGone}`,
    ...[...lost, ...failures].map((sentence) => `  ${sentence}`),
    lostNothing(result) ? 'held' : 'NOT held',
  ].join('\n');
}
