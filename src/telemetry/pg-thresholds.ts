import { ok, type Result, refused } from '../lib/result.ts';
import { type Db, type Queryable, sql } from '../store/db.ts';
import { columnsOf } from './columns.ts';
import type { LimitedVital } from './vitals/default-limits.ts';
import type { PersonalLimits, ThresholdSettings, Thresholds } from './vitals/thresholds.ts';
import type { VitalName } from './vitals/vitals.ts';

const NEWEST = sql(
  'telemetry_thresholds',
  `select distinct on (t.person_id) t.person_id, t.version, t.changed_at, t.changed_by,
          t.resting_heart_rate_bpm, t.target_heart_rate_bpm, t.max_heart_rate_bpm,
          t.systolic_goal_low_mmhg, t.systolic_goal_high_mmhg, t.diastolic_goal_low_mmhg, t.diastolic_goal_high_mmhg,
          t.weight_goal_kg, t.weight_gain_kg, t.spo2_scale, t.scale_ordered_by, t.scale_ordered_at, t.is_pregnant,
          t.reason, t.duration_ms, t.repeat_ms, t.no_data_after_ms, t.expected,
          (select json_agg(json_build_object(
                    'vital', l.vital, 'lowCritical', l.low_critical, 'lowWarning', l.low_warning,
                    'highWarning', l.high_warning, 'highCritical', l.high_critical, 'margin', l.margin,
                    'durationMs', l.duration_ms, 'repeatMs', l.repeat_ms) order by l.vital)
             from telemetry.threshold_limits l
            where l.person_id = t.person_id and l.version = t.version) as limits
     from telemetry.thresholds t
    where t.person_id = any($1::uuid[])
    order by t.person_id, t.version desc`,
);

const ADD = sql(
  'telemetry_add_thresholds',
  `insert into telemetry.thresholds
     (person_id, version, changed_by, resting_heart_rate_bpm, target_heart_rate_bpm, max_heart_rate_bpm,
      systolic_goal_low_mmhg, systolic_goal_high_mmhg, diastolic_goal_low_mmhg, diastolic_goal_high_mmhg,
      weight_goal_kg, weight_gain_kg, spo2_scale, scale_ordered_by, scale_ordered_at, is_pregnant,
      reason, duration_ms, repeat_ms, no_data_after_ms, expected)
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,
           case when $14::uuid is null then null else coalesce($15::timestamptz, now()) end,
           $16, $17, $18, $19, $20, $21)
       on conflict do nothing
   returning version`,
);

const ADD_LIMITS = sql(
  'telemetry_add_threshold_limits',
  `insert into telemetry.threshold_limits
     (person_id, version, vital, low_critical, low_warning, high_warning, high_critical, margin, duration_ms, repeat_ms)
   select $1, $2, vital, low_critical, low_warning, high_warning, high_critical, margin, duration_ms, repeat_ms
     from unnest($3::text[], $4::real[], $5::real[], $6::real[], $7::real[], $8::real[], $9::integer[], $10::integer[])
       as l (vital, low_critical, low_warning, high_warning, high_critical, margin, duration_ms, repeat_ms)`,
);

interface ThresholdsRow {
  readonly person_id: string;
  readonly version: number;
  readonly changed_at: number;
  readonly changed_by: string;
  readonly resting_heart_rate_bpm: number | null;
  readonly target_heart_rate_bpm: number | null;
  readonly max_heart_rate_bpm: number | null;
  readonly systolic_goal_low_mmhg: number | null;
  readonly systolic_goal_high_mmhg: number | null;
  readonly diastolic_goal_low_mmhg: number | null;
  readonly diastolic_goal_high_mmhg: number | null;
  readonly weight_goal_kg: number | null;
  readonly weight_gain_kg: number | null;
  readonly spo2_scale: 1 | 2;
  readonly scale_ordered_by: string | null;
  readonly scale_ordered_at: number | null;
  readonly is_pregnant: boolean;
  readonly reason: string | null;
  readonly duration_ms: number | null;
  readonly repeat_ms: number | null;
  readonly no_data_after_ms: number | null;
  readonly expected: VitalName[] | null;
  readonly limits: readonly ({ readonly vital: LimitedVital } & PersonalLimits)[] | null;
}

/** The newest settings of these people; of whom there are none is not in the answer. */
export async function thresholdsOf(
  db: Queryable,
  personIds: readonly string[],
): Promise<ReadonlyMap<string, Thresholds>> {
  const rows = await db.query<ThresholdsRow>(NEWEST, [personIds]);
  return new Map(rows.map((row) => [row.person_id, ofRow(row)]));
}

/** What is set for people, every change as a version of its own. Rejects with `StoreUnavailable`. */
export function pgThresholds(db: Db) {
  return {
    async of(personId: string): Promise<Thresholds | null> {
      return (await thresholdsOf(db, [personId])).get(personId) ?? null;
    },

    /** Replaces what is set, if `version` is the one that is in force (0: nothing is set yet). */
    set(
      personId: string,
      version: number,
      by: string,
      settings: ThresholdSettings,
    ): Promise<Result<Thresholds, 'thresholds_changed'>> {
      return db.transaction(async (tx) => {
        const before = (await thresholdsOf(tx, [personId])).get(personId) ?? null;
        if ((before?.version ?? 0) !== version) return refused('thresholds_changed');
        const next = version + 1;
        const added = await tx.query(ADD, valuesOf(personId, next, by, settings, before));
        if (added.length === 0) return refused('thresholds_changed');
        await tx.query(ADD_LIMITS, [personId, next, ...limitColumns(settings)]);
        const after = (await thresholdsOf(tx, [personId])).get(personId);
        return after ? ok(after) : refused('thresholds_changed');
      });
    },
  };
}

export type ThresholdStore = ReturnType<typeof pgThresholds>;

/** An order of scale 2 stays with whoever gave it while it stands. */
function valuesOf(
  personId: string,
  version: number,
  by: string,
  settings: ThresholdSettings,
  before: Thresholds | null,
): unknown[] {
  const order = settings.spo2Scale === 2 ? (before?.scaleOrder ?? { by, atMs: null }) : null;
  const goal = settings.bloodPressureGoal;
  return [
    personId,
    version,
    by,
    settings.restingHeartRateBpm,
    settings.targetHeartRateBpm,
    settings.maxHeartRateBpm,
    goal?.systolicLow ?? null,
    goal?.systolicHigh ?? null,
    goal?.diastolicLow ?? null,
    goal?.diastolicHigh ?? null,
    settings.weightGoalKg,
    settings.weightGainKg,
    settings.spo2Scale,
    order?.by ?? null,
    order?.atMs == null ? null : new Date(order.atMs),
    settings.isPregnant,
    settings.reason,
    settings.durationMs,
    settings.repeatMs,
    settings.noDataAfterMs,
    settings.expected,
  ];
}

function limitColumns({ limits }: ThresholdSettings): unknown[] {
  return columnsOf(Object.entries(limits), [
    ([vital]) => vital,
    ([, limit]) => limit.lowCritical,
    ([, limit]) => limit.lowWarning,
    ([, limit]) => limit.highWarning,
    ([, limit]) => limit.highCritical,
    ([, limit]) => limit.margin,
    ([, limit]) => limit.durationMs,
    ([, limit]) => limit.repeatMs,
  ]);
}

function ofRow(row: ThresholdsRow): Thresholds {
  const goal = {
    systolicLow: row.systolic_goal_low_mmhg,
    systolicHigh: row.systolic_goal_high_mmhg,
    diastolicLow: row.diastolic_goal_low_mmhg,
    diastolicHigh: row.diastolic_goal_high_mmhg,
  };
  const { scale_ordered_by: by, scale_ordered_at: atMs } = row;
  return {
    version: row.version,
    changedBy: row.changed_by,
    changedAtMs: row.changed_at,
    restingHeartRateBpm: row.resting_heart_rate_bpm,
    targetHeartRateBpm: row.target_heart_rate_bpm,
    maxHeartRateBpm: row.max_heart_rate_bpm,
    bloodPressureGoal: Object.values(goal).some((end) => end !== null) ? goal : null,
    weightGoalKg: row.weight_goal_kg,
    weightGainKg: row.weight_gain_kg,
    spo2Scale: row.spo2_scale,
    scaleOrder: by === null || atMs === null ? null : { by, atMs },
    isPregnant: row.is_pregnant,
    reason: row.reason,
    limits: Object.fromEntries((row.limits ?? []).map(({ vital, ...limits }) => [vital, limits])),
    durationMs: row.duration_ms,
    repeatMs: row.repeat_ms,
    noDataAfterMs: row.no_data_after_ms,
    expected: row.expected,
  };
}
