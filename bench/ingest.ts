import { ensurePartitions } from '../src/jobs/partitions.ts';
import { systemClock } from '../src/lib/clock.ts';
import { silentLogger } from '../src/lib/log.ts';
import { noMetrics } from '../src/lib/metric.ts';
import { type Random, seededRandom } from '../src/lib/random.ts';
import { type Db, sql } from '../src/store/db.ts';
import { migrate } from '../src/store/migrate.ts';
import { openDb } from '../src/store/pg-db.ts';
import { TelemetryIngest } from '../src/telemetry/lanes/ingest.ts';
import { pgPositionStore } from '../src/telemetry/pg.ts';
import { pgAlarmLane } from '../src/telemetry/pg-alarm-lane.ts';
import { pgVitalsLane } from '../src/telemetry/pg-vitals-lane.ts';
import { type Engine, engines, openTestDatabase } from '../src/testing/databases.ts';
import type { BenchReport } from './bench.ts';
import { BenchDevice } from './ingest-device.ts';
import { type WriterFigures, writerFigures, writerLines } from './ingest-writers.ts';

const SEED = 20_261_121;
const RUN_MS = 5_000;
const PACED_FIXES_PER_S = 5_000;
const TICK_MS = 10;

interface Figures {
  readonly fixesPerS: number;
  readonly ackP50Ms: number;
  readonly ackP99Ms: number;
  /** Acknowledged but not stored, or stored twice: must be 0. */
  readonly wrong: number;
}

interface Load {
  readonly name: string;
  readonly devices: number;
  readonly fixesPerFrame: number;
  /** Whether a device sends on as soon as it is answered, or at a rate that the store can follow easily. */
  readonly pace: 'flat_out' | 'paced';
}

const LOADS: readonly Load[] = [
  { name: 'backlog, 20 a frame', devices: 500, fixesPerFrame: 20, pace: 'flat_out' },
  { name: 'single fixes', devices: 2_000, fixesPerFrame: 1, pace: 'flat_out' },
  { name: 'single fixes, paced', devices: 2_000, fixesPerFrame: 1, pace: 'paced' },
];

async function runLoad(db: Db, load: Load, random: Random): Promise<Figures> {
  await db.query(
    sql('bench_empty', 'truncate telemetry.positions, telemetry.device_cursors, accounts.users cascade'),
  );
  const ackMs: number[] = [];
  const devices = Array.from(
    { length: load.devices },
    (_, i) => new BenchDevice(i, load.fixesPerFrame, random, (tookMs) => ackMs.push(tookMs)),
  );
  await db.query(
    sql(
      'bench_users',
      `insert into accounts.users (id, email) select id, id::text from unnest($1::uuid[]) as d (id)`,
    ),
    [devices.map(({ userId }) => userId)],
  );
  const ingest = new TelemetryIngest({
    stores: { positions: pgPositionStore(db), vitals: pgVitalsLane(db), alarms: pgAlarmLane(db) },
    vitals: { sampled: () => {} },
    alarms: { alarmed: async () => {} },
    isInvolved: () => false,
    live: { moved: () => {} },
    clock: systemClock,
    random,
    log: silentLogger,
    metrics: noMetrics,
  });
  const startMs = performance.now();
  if (load.pace === 'flat_out') await flatOut(ingest, devices, startMs);
  else await paced(ingest, devices, startMs);
  await ingest.stop();
  const tookMs = performance.now() - startMs;

  const acked = devices.reduce((sum, { ackedSeq }) => sum + ackedSeq, 0);
  const [counted] = await db.query<{ stored: number }>(
    sql('bench_count', 'select count(*) as stored from telemetry.positions'),
  );
  return {
    fixesPerS: Math.round((acked * 1_000) / tookMs),
    ackP50Ms: quantile(ackMs, 0.5),
    ackP99Ms: quantile(ackMs, 0.99),
    wrong: Math.abs((counted?.stored ?? 0) - acked),
  };
}

async function flatOut(
  ingest: TelemetryIngest,
  devices: readonly BenchDevice[],
  startMs: number,
): Promise<void> {
  for (const device of devices) device.sendOn(ingest, () => performance.now() - startMs < RUN_MS);
  while (performance.now() - startMs < RUN_MS) await pause(TICK_MS);
}

async function paced(
  ingest: TelemetryIngest,
  devices: readonly BenchDevice[],
  startMs: number,
): Promise<void> {
  let sent = 0;
  for (let nowMs = 0; nowMs < RUN_MS; nowMs = performance.now() - startMs) {
    const due = (nowMs * PACED_FIXES_PER_S) / 1_000;
    for (; sent < due; sent++) devices[sent % devices.length]?.send(ingest);
    await pause(TICK_MS);
  }
}

/** The value that the share `q` of all values does not exceed. */
function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

type LoadFigures = Figures & { readonly engine: Engine; readonly load: string };

async function onEngine(engine: Engine): Promise<{ loads: LoadFigures[]; writers: WriterFigures[] }> {
  const database = await openTestDatabase(engine, {
    prepare: (connection) => migrate(connection, silentLogger),
    prepareKey: 'migrated',
  });
  const db = openDb({
    connection: database.connection,
    label: 'bench',
    poolSize: engine === 'postgres' ? 2 : 1,
    prepare: engine === 'postgres',
    connectTimeoutMs: 5_000,
    queryTimeoutMs: 10_000,
    clock: systemClock,
    log: silentLogger,
    metrics: noMetrics,
  });
  try {
    await ensurePartitions(db, Date.now());
    const random = seededRandom(SEED);
    const loads: LoadFigures[] = [];
    for (const load of LOADS) loads.push({ engine, load: load.name, ...(await runLoad(db, load, random)) });
    return { loads, writers: await writerFigures(engine, db, SEED) };
  } finally {
    await db.close();
    await database.stop();
  }
}

export async function run(): Promise<BenchReport> {
  const loads: LoadFigures[] = [];
  const writers: WriterFigures[] = [];
  for (const engine of engines) {
    const found = await onEngine(engine);
    loads.push(...found.loads);
    writers.push(...found.writers);
  }
  return {
    passed: loads.every(({ wrong }) => wrong === 0),
    lines: [
      `positions through judgement, transaction and commit; seed ${SEED}, ${RUN_MS / 1_000} s each`,
      'engine    load                    fixes/s   ack p50 ms   ack p99 ms   wrong',
      ...loads.map(
        ({ engine, load, fixesPerS, ackP50Ms, ackP99Ms, wrong }) =>
          `${engine.padEnd(9)} ${load.padEnd(21)} ${String(fixesPerS).padStart(9)} ${ackP50Ms.toFixed(1).padStart(12)} ${ackP99Ms.toFixed(1).padStart(12)} ${String(wrong).padStart(7)}`,
      ),
      ...writerLines(writers),
    ],
    row: { bench: 'ingest', seed: SEED, figures: loads, writers },
  };
}
