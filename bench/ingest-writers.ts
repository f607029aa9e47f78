import { uuidV7Maker } from '../src/lib/ids.ts';
import { type Random, seededRandom } from '../src/lib/random.ts';
import { type Db, sql } from '../src/store/db.ts';
import type { Stored } from '../src/telemetry/lanes/plan.ts';
import { positionWriter } from '../src/telemetry/pg-copy-positions.ts';
import { vitalsWriter } from '../src/telemetry/pg-copy-vitals.ts';
import { unnestWriter } from '../src/telemetry/pg-unnest-positions.ts';
import { unnestVitalsWriter } from '../src/telemetry/pg-unnest-vitals.ts';
import type { KeptFix } from '../src/telemetry/positions/fix.ts';
import type { RowWriter } from '../src/telemetry/row-writer.ts';
import type { KeptVitals } from '../src/telemetry/vitals/steps.ts';
import type { Engine } from '../src/testing/databases.ts';

export interface WriterFigures {
  readonly engine: Engine;
  readonly of: 'positions' | 'vitals';
  readonly rowsPerBatch: number;
  /** Median of the calls, in rows a second: `unnest`, and what the node uses. */
  readonly unnestPerS: number;
  readonly usedPerS: number;
}

const BATCHES = [20, 50, 100, 200, 500, 2_000];
const ROUNDS = 15;
const DEVICES = 2_000;

/** Both writers of a lane in turns, so that whatever else the machine does meets both alike. */
export async function writerFigures(engine: Engine, db: Db, seed: number): Promise<WriterFigures[]> {
  const random = seededRandom(seed);
  const newId = uuidV7Maker(() => Date.now(), random);
  const devices = Array.from({ length: DEVICES }, () => ({
    userId: newId(),
    deviceId: newId(),
    epoch: newId(),
  }));
  let seq = 0;
  const rowsOf = <Value>(count: number, value: () => Value): Stored<Value>[] =>
    Array.from({ length: count }, () => {
      const device = devices[Math.floor(random() * DEVICES)] ?? devices[0];
      if (!device) throw new Error('there are no devices');
      return { device, seq: ++seq, receivedAtMs: Date.now(), value: value() };
    });
  const figures: WriterFigures[] = [];
  for (const rowsPerBatch of BATCHES) {
    const positions = () => rowsOf(rowsPerBatch, () => someFix(random));
    const vitals = () => rowsOf(rowsPerBatch, () => someVitals(random));
    figures.push(
      {
        engine,
        of: 'positions',
        rowsPerBatch,
        ...(await inTurns(db, positions, unnestWriter, positionWriter)),
      },
      {
        engine,
        of: 'vitals',
        rowsPerBatch,
        ...(await inTurns(db, vitals, unnestVitalsWriter, vitalsWriter)),
      },
    );
  }
  await db.query(sql('bench_empty_history', 'truncate telemetry.positions, telemetry.vitals_samples'));
  return figures;
}

async function inTurns<Value>(
  db: Db,
  makeRows: () => Stored<Value>[],
  unnest: RowWriter<Value>,
  used: RowWriter<Value>,
): Promise<{ unnestPerS: number; usedPerS: number }> {
  const timed = async (writer: RowWriter<Value>) => {
    const rows = makeRows();
    const startMs = performance.now();
    await db.transaction((tx) => writer.write(tx, rows));
    return (rows.length * 1_000) / (performance.now() - startMs);
  };
  const unnestPerS: number[] = [];
  const usedPerS: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    unnestPerS.push(await timed(unnest));
    usedPerS.push(await timed(used));
  }
  return { unnestPerS: median(unnestPerS), usedPerS: median(usedPerS) };
}

const median = (values: readonly number[]) =>
  Math.round([...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN);

const someFix = (random: Random): KeptFix => {
  const atMs = Date.now() - Math.floor(random() * 10_000);
  const place = { lat: random() * 20, lng: random() * 20 };
  const rest = { accuracyM: 5, speedMps: 11, headingDeg: 90, altitudeM: 30, batteryPct: 80 };
  return { late: false, fix: { atMs, fixAtMs: atMs, ...place, ...rest } };
};

const someVitals = (random: Random): KeptVitals => {
  const atMs = Date.now() - Math.floor(random() * 10_000);
  const vitals = { heartRateBpm: 60 + random() * 60, spo2Pct: 97, respirationPerMin: 15 };
  return { atMs, recordedAtMs: atMs, vitals, doubts: {}, late: false };
};

export function writerLines(figures: readonly WriterFigures[]): string[] {
  return [
    '',
    `rows a second of one writer, transaction and commit included, median of ${ROUNDS} calls each in turns`,
    'engine    rows of      a batch     unnest   what is used',
    ...figures.map(
      ({ engine, of, rowsPerBatch, unnestPerS, usedPerS }) =>
        `${engine.padEnd(9)} ${of.padEnd(10)} ${String(rowsPerBatch).padStart(9)} ${String(unnestPerS).padStart(10)} ${String(usedPerS).padStart(14)}`,
    ),
  ];
}
