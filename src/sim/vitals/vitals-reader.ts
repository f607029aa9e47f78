import pg from 'pg';
import type { MeasuredVitals } from './scenario.ts';

export interface StoredSample {
  readonly seq: number;
  /** When it was measured, by the server's clock. */
  readonly atMs: number;
  readonly vitals: MeasuredVitals;
  /** Names of values that are kept but not believed. */
  readonly doubted: readonly string[];
  readonly late: boolean;
}

export interface StoredAlert {
  readonly condition: string;
  readonly severity: string;
  readonly openedAtMs: number;
  /** Null: open. The database says when it was written down that it is over. */
  readonly endedAtMs: number | null;
}

export interface StoredScore {
  readonly atMs: number;
  readonly total: number | null;
  readonly atLeast: number;
  readonly risk: string;
  readonly points: Readonly<Record<string, number>>;
}

/** What the database holds of one person of a run. */
export interface StoredPerson {
  readonly samples: readonly StoredSample[];
  readonly alerts: readonly StoredAlert[];
  readonly scores: readonly StoredScore[];
}

const PEOPLE_AT_ONCE = 50;

const SAMPLES = `
  select person_id, seq::float8 as seq, late, doubts, extract(epoch from recorded_at)::float8 * 1000 as at_ms,
         heart_rate_bpm, systolic_mmhg, diastolic_mmhg, spo2_pct, respiration_per_min, temperature_c, weight_kg,
         consciousness, on_oxygen
    from telemetry.vitals_samples where person_id = any($1::uuid[]) order by person_id, epoch, seq`;
const ALERTS = `
  select person_id, condition, severity, extract(epoch from first_at)::float8 * 1000 as first_ms,
         extract(epoch from resolved_at)::float8 * 1000 as ended_ms
    from telemetry.alerts where person_id = any($1::uuid[]) order by first_at`;
const SCORES = `
  select person_id, extract(epoch from scored_at)::float8 * 1000 as at_ms, total, at_least, risk, respiration_points,
         spo2_points, oxygen_points, systolic_points, pulse_points, consciousness_points, temperature_points
    from telemetry.news2_scores where person_id = any($1::uuid[]) order by scored_at`;

const COLUMN_OF: Readonly<Record<string, keyof MeasuredVitals>> = {
  heart_rate_bpm: 'heartRateBpm',
  systolic_mmhg: 'systolicMmhg',
  diastolic_mmhg: 'diastolicMmhg',
  spo2_pct: 'spo2Pct',
  respiration_per_min: 'respirationPerMin',
  temperature_c: 'temperatureC',
  weight_kg: 'weightKg',
  consciousness: 'consciousness',
  on_oxygen: 'onOxygen',
};

type Row = Readonly<Record<string, unknown>>;

/** Reads it with plain SQL and nothing of the engine. `config` without a password for the embedded database. */
export async function readVitals(
  config: pg.ClientConfig,
  personIds: readonly string[],
): Promise<Map<string, StoredPerson>> {
  const client = new pg.Client({ ...config, connectionTimeoutMillis: 30_000, query_timeout: 120_000 });
  client.on('error', () => {});
  await client.connect();
  try {
    const people = new Map<string, StoredPerson>();
    for (let from = 0; from < personIds.length; from += PEOPLE_AT_ONCE) {
      const ids = personIds.slice(from, from + PEOPLE_AT_ONCE);
      const rows = async (text: string) => (await client.query<Row>(text, [ids])).rows;
      const [samples, alerts, scores] = [await rows(SAMPLES), await rows(ALERTS), await rows(SCORES)];
      for (const id of ids) {
        const of = (all: readonly Row[]) => all.filter((row) => row.person_id === id);
        people.set(id, {
          samples: of(samples).map(sampleOf),
          alerts: of(alerts).map(alertOf),
          scores: of(scores).map(scoreOf),
        });
      }
    }
    return people;
  } finally {
    await client.end().catch(() => {});
  }
}

const msOf = (value: unknown) => Math.round(Number(value));

function sampleOf(row: Row): StoredSample {
  const vitals = Object.entries(COLUMN_OF).flatMap(([column, name]) =>
    row[column] === null ? [] : [[name, row[column]]],
  );
  const doubts = (row.doubts ?? []) as string[];
  return {
    seq: Number(row.seq),
    atMs: msOf(row.at_ms),
    vitals: Object.fromEntries(vitals),
    doubted: doubts.map((doubt) => COLUMN_OF[doubt.split(':')[0] ?? ''] ?? doubt),
    late: row.late === true,
  };
}

const alertOf = (row: Row): StoredAlert => ({
  condition: String(row.condition),
  severity: String(row.severity),
  openedAtMs: msOf(row.first_ms),
  endedAtMs: row.ended_ms === null ? null : msOf(row.ended_ms),
});

function scoreOf(row: Row): StoredScore {
  const points = Object.entries(row).flatMap(([column, value]) =>
    column.endsWith('_points') && value !== null ? [[column.replace('_points', ''), Number(value)]] : [],
  );
  return {
    atMs: msOf(row.at_ms),
    total: row.total === null ? null : Number(row.total),
    atLeast: Number(row.at_least),
    risk: String(row.risk),
    points: Object.fromEntries(points),
  };
}
