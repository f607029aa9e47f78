import { parseArgs } from 'node:util';
import { onPostgres, quantile } from '../../bench/on-postgres.ts';
import { pgDispatchStore } from '../dispatch/pg.ts';
import { ensurePartitions } from '../jobs/partitions.ts';
import { systemClock } from '../lib/clock.ts';
import { OwnEngine } from '../sim/own-engine.ts';
import type { Db } from '../store/db.ts';
import { peopleToRace, type RaceResult, racePolicy, raceToAccept } from './dispatch/accept-race.ts';
import { wholeNumber } from './proof-options.ts';
import { REDIS_ENGINES, startTestRedis } from './redis/engines.ts';

const ENGINES = [...REDIS_ENGINES, 'none'] as const;
const P99_MS_MAX = 500;
const TOLD_EVERY = 100;
const TROUBLES_SHOWN = 10;

interface Options {
  readonly sos: number;
  readonly contenders: number;
  readonly nodes: number;
  /** SOS raced for at the same time. */
  readonly atOnce: number;
  readonly redis: (typeof ENGINES)[number];
  readonly json: boolean;
}

function optionsOf(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      sos: { type: 'string', default: '2000' },
      contenders: { type: 'string', default: '50' },
      nodes: { type: 'string', default: '3' },
      'at-once': { type: 'string', default: '2' },
      redis: { type: 'string', default: 'single' },
      json: { type: 'boolean', default: false },
    },
  });
  const redis = ENGINES.find((engine) => engine === values.redis);
  if (!redis) throw new Error(`--redis: ${JSON.stringify(values.redis)} is none of ${ENGINES.join(', ')}.`);
  return {
    sos: wholeNumber('--sos', values.sos, 1),
    contenders: wholeNumber('--contenders', values.contenders, 2),
    nodes: wholeNumber('--nodes', values.nodes, 1),
    atOnce: wholeNumber('--at-once', values['at-once'], 1),
    redis,
    json: values.json,
  };
}

async function raced(url: string, db: Db, options: Options): Promise<RaceResult> {
  const { sos, contenders, nodes, atOnce } = options;
  await ensurePartitions(db, systemClock.nowMs());
  await pgDispatchStore(db).addPolicy(racePolicy(contenders), null);
  const groups = await peopleToRace(db, atOnce, contenders);
  const redis = options.redis === 'none' ? null : await startTestRedis(options.redis);
  const engines: OwnEngine[] = [];
  try {
    for (let i = 0; i < nodes; i++) {
      const engine = await OwnEngine.start({
        databaseUrl: url,
        env: { ...process.env, ...(redis ? { REDIS_URL: redis.url } : {}) },
        onDeath: (sentence) => process.stderr.write(`${sentence}\n`),
      });
      engines.push(engine);
    }
    const onProgress = (count: number) => {
      if (!options.json && count % TOLD_EVERY === 0) process.stdout.write(`  ${count} of ${sos} SOS\n`);
    };
    const urls = engines.map((engine) => engine.url);
    return await raceToAccept(db, groups, { urls, sos, contenders, onProgress });
  } finally {
    for (const engine of engines) {
      await engine.stop();
      await engine.remove();
    }
    redis?.stop();
  }
}

/** `npm run verify -- accept-race`: 0 when nobody won twice, everybody was answered, and in time. */
export async function verifyAcceptRace(args: string[]): Promise<number> {
  const options = optionsOf(args);
  const { sos, contenders, nodes, atOnce, redis } = options;
  if (!options.json)
    process.stdout.write(
      `${sos} SOS with ${contenders} contenders each on ${nodes} nodes (Redis: ${redis}), ${atOnce} SOS at once\n`,
    );
  const result = await onPostgres((url, db) => raced(url, db, options));
  const { faults, unanswered, answeredMs, withinMs } = result;
  const [p50, p90, p99, most] = [0.5, 0.9, 0.99, 1].map((share) => quantile(answeredMs, share)) as [
    number,
    number,
    number,
    number,
  ];
  const passed = faults.length === 0 && unanswered === 0 && result.races === sos && p99 < P99_MS_MAX;
  const row = {
    passed,
    ...options,
    accepts: answeredMs.length + unanswered,
    unanswered,
    sentAgain: result.sentAgain,
    answeredMs: { p50, p90, p99, most },
    handedOverWithinMs: { p50: quantile(withinMs, 0.5), p99: quantile(withinMs, 0.99) },
    tookS: result.tookMs / 1_000,
    faults: faults.slice(0, TROUBLES_SHOWN),
  };
  process.stdout.write(options.json ? `${JSON.stringify(row)}\n` : tableOf(row, faults.length));
  return passed ? 0 : 1;
}

function tableOf(
  row: {
    readonly passed: boolean;
    readonly accepts: number;
    readonly unanswered: number;
    readonly sentAgain: number;
    readonly answeredMs: Readonly<Record<'p50' | 'p90' | 'p99' | 'most', number>>;
    readonly handedOverWithinMs: Readonly<Record<'p50' | 'p99', number>>;
    readonly tookS: number;
    readonly faults: readonly string[];
  },
  faultCount: number,
): string {
  const ms = (value: number) => `${value.toFixed(1)} ms`;
  const { answeredMs: answered, handedOverWithinMs: handed } = row;
  return [
    '',
    `  accepts              ${row.accepts} in ${row.tookS.toFixed(0)} s, ${row.unanswered} unanswered, ${row.sentAgain} sent again`,
    `  answered after       p50 ${ms(answered.p50)}, p90 ${ms(answered.p90)}, p99 ${ms(answered.p99)}, longest ${ms(answered.most)} (limit: p99 ${P99_MS_MAX} ms)`,
    `  of one SOS sent in   p50 ${ms(handed.p50)}, p99 ${ms(handed.p99)}`,
    `  against the database ${faultCount === 0 ? 'every answer, slot, holder and number agrees' : `${faultCount} do not agree`}`,
    ...row.faults.map((fault) => `    ${fault}`),
    '',
    row.passed ? 'Nobody won twice, and everybody was answered in time.' : 'NOT met.',
    '',
  ].join('\n');
}
