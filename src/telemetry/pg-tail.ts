import { type Queryable, sql } from '../store/db.ts';
import { VITAL_NAMES, VITAL_SIGNS, type VitalName } from './vitals/vitals.ts';

const SIGNS = VITAL_NAMES.map((name) => `${VITAL_SIGNS[name].column} as "${name}"`).join(', ');
const SIGN_NAMES = VITAL_NAMES.map((name) => `v."${name}"`).join(', ');

const NEWEST = sql(
  'telemetry_tail_vitals',
  `select a.person_id as "personId", v.recorded_at as "recordedAtMs", v.doubts, ${SIGN_NAMES}
     from unnest($1::uuid[], $2::timestamptz[]) as a (person_id, since)
    cross join lateral (
      select recorded_at, doubts, ${SIGNS}
        from telemetry.vitals
       where person_id = a.person_id and recorded_at > a.since and received_at > now() - interval '2 minutes'
       order by recorded_at limit 200) v
    order by v.recorded_at, a.person_id`,
);

type Row = {
  readonly personId: string;
  readonly recordedAtMs: number;
  readonly doubts: readonly string[];
} & {
  readonly [N in VitalName]: number | null;
};

/** What was measured of somebody at one instant: what is believed of it, and how much is not. */
export interface NewestSample {
  readonly personId: string;
  readonly recordedAtMs: number;
  readonly values: { readonly [N in VitalName]?: number | null };
  readonly doubted: number;
}

/** What was stored of people in the last two minutes and measured after an instant of each, in order of time. */
export const pgNewestVitals =
  (db: Queryable) =>
  async (
    asked: readonly { readonly personId: string; readonly sinceMs: number }[],
  ): Promise<NewestSample[]> => {
    const rows = await db.query<Row>(NEWEST, [
      asked.map(({ personId }) => personId),
      asked.map(({ sinceMs }) => new Date(sinceMs)),
    ]);
    return rows.map(sampleOf);
  };

function sampleOf({ personId, recordedAtMs, doubts, ...values }: Row): NewestSample {
  const isDoubted = (name: VitalName) =>
    doubts.some((doubt) => doubt.startsWith(`${VITAL_SIGNS[name].column}:`));
  const measured = VITAL_NAMES.filter((name) => values[name] !== null);
  const believed = measured.filter((name) => !isDoubted(name));
  return {
    personId,
    recordedAtMs,
    values: Object.fromEntries(believed.map((name) => [name, values[name]])),
    doubted: measured.length - believed.length,
  };
}
