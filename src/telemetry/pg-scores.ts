import { type Queryable, sql } from '../store/db.ts';
import { columnsOf } from './columns.ts';
import type { News2Parameter, News2Risk } from './vitals/news2.ts';
import type { KeptScoreOf } from './vitals/vigil-store.ts';
import type { Consciousness } from './vitals/vitals.ts';

const INSERT = sql(
  'telemetry_keep_scores',
  `insert into telemetry.news2_scores as s
     (person_id, scored_at, scale, complete, total, at_least, at_most, risk, is_age_unknown,
      respiration_per_min, respiration_points, respiration_age_ms, spo2_pct, spo2_points, spo2_age_ms,
      on_oxygen, oxygen_points, oxygen_age_ms, systolic_mmhg, systolic_points, systolic_age_ms,
      pulse_bpm, pulse_points, pulse_age_ms, consciousness, consciousness_points, consciousness_age_ms,
      temperature_c, temperature_points, temperature_age_ms)
   select distinct on (person_id, scored_at_ms)
          person_id, to_timestamp(scored_at_ms / 1000), scale, complete, total, at_least, at_most, risk, is_age_unknown,
          respiration_per_min, respiration_points, respiration_age_ms, spo2_pct, spo2_points, spo2_age_ms,
          on_oxygen, oxygen_points, oxygen_age_ms, systolic_mmhg, systolic_points, systolic_age_ms,
          pulse_bpm, pulse_points, pulse_age_ms, consciousness, consciousness_points, consciousness_age_ms,
          temperature_c, temperature_points, temperature_age_ms
     from unnest($1::uuid[], $2::float8[], $3::smallint[], $4::boolean[], $5::smallint[], $6::smallint[],
                 $7::smallint[], $8::text[], $9::boolean[],
                 $10::real[], $11::smallint[], $12::bigint[], $13::real[], $14::smallint[], $15::bigint[],
                 $16::boolean[], $17::smallint[], $18::bigint[], $19::real[], $20::smallint[], $21::bigint[],
                 $22::real[], $23::smallint[], $24::bigint[], $25::text[], $26::smallint[], $27::bigint[],
                 $28::real[], $29::smallint[], $30::bigint[]) with ordinality
       as d (person_id, scored_at_ms, scale, complete, total, at_least, at_most, risk, is_age_unknown,
             respiration_per_min, respiration_points, respiration_age_ms, spo2_pct, spo2_points, spo2_age_ms,
             on_oxygen, oxygen_points, oxygen_age_ms, systolic_mmhg, systolic_points, systolic_age_ms,
             pulse_bpm, pulse_points, pulse_age_ms, consciousness, consciousness_points, consciousness_age_ms,
             temperature_c, temperature_points, temperature_age_ms, place)
    order by person_id, scored_at_ms, place desc
       on conflict (person_id, scored_at) do update
      set scale = excluded.scale, complete = excluded.complete, total = excluded.total,
          at_least = excluded.at_least, at_most = excluded.at_most, risk = excluded.risk,
          is_age_unknown = excluded.is_age_unknown,
          respiration_per_min = excluded.respiration_per_min, respiration_points = excluded.respiration_points,
          respiration_age_ms = excluded.respiration_age_ms, spo2_pct = excluded.spo2_pct,
          spo2_points = excluded.spo2_points, spo2_age_ms = excluded.spo2_age_ms, on_oxygen = excluded.on_oxygen,
          oxygen_points = excluded.oxygen_points, oxygen_age_ms = excluded.oxygen_age_ms,
          systolic_mmhg = excluded.systolic_mmhg, systolic_points = excluded.systolic_points,
          systolic_age_ms = excluded.systolic_age_ms, pulse_bpm = excluded.pulse_bpm,
          pulse_points = excluded.pulse_points, pulse_age_ms = excluded.pulse_age_ms,
          consciousness = excluded.consciousness, consciousness_points = excluded.consciousness_points,
          consciousness_age_ms = excluded.consciousness_age_ms, temperature_c = excluded.temperature_c,
          temperature_points = excluded.temperature_points, temperature_age_ms = excluded.temperature_age_ms`,
);

const HISTORY = sql(
  'telemetry_scores',
  `select scored_at, scale, complete, total, at_least, at_most, risk, is_age_unknown,
          respiration_per_min, respiration_points, respiration_age_ms, spo2_pct, spo2_points, spo2_age_ms,
          on_oxygen, oxygen_points, oxygen_age_ms, systolic_mmhg, systolic_points, systolic_age_ms,
          pulse_bpm, pulse_points, pulse_age_ms, consciousness, consciousness_points, consciousness_age_ms,
          temperature_c, temperature_points, temperature_age_ms
     from telemetry.news2_scores
    where person_id = $1 and ($2::timestamptz is null or scored_at < $2)
    order by scored_at desc limit $3`,
);

/** Of each parameter the column of what was measured and the beginning of those of its points and age. */
const COLUMNS: Readonly<Record<News2Parameter, readonly [measured: string, prefix: string]>> = {
  respiration: ['respiration_per_min', 'respiration'],
  spo2: ['spo2_pct', 'spo2'],
  oxygen: ['on_oxygen', 'oxygen'],
  systolic: ['systolic_mmhg', 'systolic'],
  pulse: ['pulse_bpm', 'pulse'],
  consciousness: ['consciousness', 'consciousness'],
  temperature: ['temperature_c', 'temperature'],
};

/** In the order of the columns. */
const PARAMETERS = Object.keys(COLUMNS) as News2Parameter[];

export function pgScoreWriter(db: Queryable) {
  /** One of the same instant again takes the place of the one before. */
  return async (scores: readonly KeptScoreOf[]): Promise<void> => {
    const rows = columnsOf(scores, [
      ({ personId }) => personId,
      ({ score }) => score.atMs,
      ({ score }) => score.scale,
      ({ score }) => score.complete,
      ({ score }) => score.total,
      ({ score }) => score.atLeast,
      ({ score }) => score.atMost,
      ({ score }) => score.risk,
      ({ score }) => score.isAgeUnknown,
      ...PARAMETERS.flatMap((parameter) => [
        ({ score }: KeptScoreOf) => score.parts[parameter]?.measured ?? null,
        ({ score }: KeptScoreOf) => score.parts[parameter]?.score ?? null,
        ({ score }: KeptScoreOf) => score.agesMs[parameter] ?? null,
      ]),
    ]);
    await db.query(INSERT, rows);
  };
}

/** A score as it was kept. */
export interface PastScore {
  readonly atMs: number;
  readonly scale: number;
  readonly complete: boolean;
  readonly total: number | null;
  readonly atLeast: number;
  readonly atMost: number;
  readonly risk: News2Risk;
  readonly isAgeUnknown: boolean;
  readonly parts: {
    readonly [P in News2Parameter]?: {
      readonly measured: number | boolean | Consciousness | null;
      readonly score: number | null;
      readonly ageMs: number | null;
    };
  };
}

type ScoreRow = { readonly [column: string]: unknown } & {
  readonly scored_at: number;
  readonly scale: number;
  readonly complete: boolean;
  readonly total: number | null;
  readonly at_least: number;
  readonly at_most: number;
  readonly risk: News2Risk;
  readonly is_age_unknown: boolean;
};

export function pgScores(db: Queryable) {
  return {
    /** The newest first, before an instant. */
    async before(personId: string, beforeMs: number | null, limit: number): Promise<readonly PastScore[]> {
      const before = beforeMs === null ? null : new Date(beforeMs);
      return (await db.query<ScoreRow>(HISTORY, [personId, before, limit])).map(pastScore);
    },
  };
}

function pastScore(row: ScoreRow): PastScore {
  const parts: Record<string, unknown> = {};
  for (const parameter of PARAMETERS) {
    const [measured, prefix] = COLUMNS[parameter];
    const ageMs = row[`${prefix}_age_ms`];
    if (ageMs !== null) parts[parameter] = { measured: row[measured], score: row[`${prefix}_points`], ageMs };
  }
  return {
    atMs: row.scored_at,
    scale: row.scale,
    complete: row.complete,
    total: row.total,
    atLeast: row.at_least,
    atMost: row.at_most,
    risk: row.risk,
    isAgeUnknown: row.is_age_unknown,
    parts: parts as PastScore['parts'],
  };
}
