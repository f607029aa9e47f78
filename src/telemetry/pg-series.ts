import { type Db, type Sql, sql } from '../store/db.ts';
import type { SeriesPoint, TimeRange } from './series/downsample.ts';
import type { Figures, SeriesPart, SeriesRow, SeriesStore } from './series/store.ts';
import { VITAL_NAMES, VITAL_SIGNS, type VitalName } from './vitals/vitals.ts';

/** The statements about one vital sign. */
interface VitalStatements {
  readonly samples: Sql;
  readonly buckets: Sql;
}

// What was measured at some time was received then or later, which spares looking into the samples of older days.
function statementsOf({ column }: { readonly column: string }): VitalStatements {
  const doubted = `case when doubts = '{}' then false else array_to_string(doubts, ' ') like '%${column}:%' end`;
  return {
    samples: sql(
      `telemetry_series_${column}`,
      `select s.at as "atMs", s.value, s.doubted as "isDoubted" from (
         (select recorded_at as at, ${column} as value, ${doubted} as doubted from telemetry.vitals_samples
           where person_id = $1 and recorded_at >= $2 and recorded_at < $3 and received_at >= $2 and ${column} is not null
           order by recorded_at limit $4)
         union all
         (select recorded_at, ${column}, ${doubted} from telemetry.vitals_records
           where person_id = $1 and recorded_at >= $2 and recorded_at < $3 and ${column} is not null
             and retracted_at is null
           order by recorded_at limit $4)) s
       order by s.at limit $4`,
    ),
    // The value and its time in one array: the lowest of them has the lowest value, and the earliest time of equal ones.
    buckets: sql(
      `telemetry_buckets_${column}`,
      `select count(*) filter (where not doubted)::int as samples, count(*) filter (where doubted)::int as doubted,
              min(array[value, at, doubted::int]) filter (where $6 or not doubted) as lowest,
              max(array[value, -at, doubted::int]) filter (where $6 or not doubted) as highest,
              min(array[at, value, doubted::int]) filter (where $6 or not doubted) as first,
              max(array[at, value, doubted::int]) filter (where $6 or not doubted) as last
         from (
           select date_part('epoch', recorded_at) as at, ${column}::float8 as value, ${doubted} as doubted
             from telemetry.vitals_samples
            where person_id = $1 and recorded_at >= $2 and recorded_at < $3 and received_at >= $2 and ${column} is not null
              and not $7
           union all
           select date_part('epoch', recorded_at), ${column}::float8, ${doubted}
             from telemetry.vitals_records
            where person_id = $1 and recorded_at >= $2 and recorded_at < $3 and ${column} is not null
              and retracted_at is null) s
        group by floor((at - $4::float8) / $5::float8)`,
    ),
  };
}

const STATEMENTS = Object.fromEntries(
  VITAL_NAMES.map((name) => [name, statementsOf(VITAL_SIGNS[name])]),
) as Record<VitalName, VitalStatements>;

const KEPT = `samples, doubted, lowest as "lowest", lowest_at as "lowestAtMs", highest, highest_at as "highestAtMs",
  first_value as "first", first_at as "firstAtMs", last_value as "last", last_at as "lastAtMs"`;

const FIGURES = {
  hour: sql(
    'telemetry_hourly',
    `select ${KEPT} from telemetry.vitals_hourly
      where person_id = $1 and vital = $2 and hour > $3::timestamptz - interval '1 hour' and hour < $4 order by hour`,
  ),
  day: sql(
    'telemetry_daily',
    `select ${KEPT} from telemetry.vitals_daily
      where person_id = $1 and vital = $2 and day > $3::timestamptz - interval '1 day' and day < $4 order by day`,
  ),
} as const;

const COUNTED = sql(
  'telemetry_counted_up_to',
  `select greatest(received_at, '1970-01-01Z') as "atMs" from telemetry.vitals_counted`,
);

type Corner = readonly [number, number, number] | null;

interface BucketRow {
  readonly samples: number;
  readonly doubted: number;
  readonly lowest: Corner;
  readonly highest: Corner;
  readonly first: Corner;
  readonly last: Corner;
}

interface KeptRow {
  readonly samples: number;
  readonly doubted: number;
  readonly lowest: number | null;
  readonly lowestAtMs: number;
  readonly highest: number;
  readonly highestAtMs: number;
  readonly first: number;
  readonly firstAtMs: number;
  readonly last: number;
  readonly lastAtMs: number;
}

/** {@link SeriesStore} on PostgreSQL or embedded PGlite. */
export function pgSeriesStore(db: Db): SeriesStore {
  const times = ({ fromMs, toMs }: TimeRange) => [new Date(fromMs), new Date(toMs)];
  return {
    samples: ({ personId, vital, range }, limit) =>
      db.query<SeriesRow>(STATEMENTS[vital].samples, [personId, ...times(range), limit]),

    async buckets({ personId, vital, range }: SeriesPart, { fromMs, widthMs }, { withDoubted, recordsOnly }) {
      const rows = await db.query<BucketRow>(STATEMENTS[vital].buckets, [
        personId,
        ...times(range),
        fromMs / 1_000,
        widthMs / 1_000,
        withDoubted,
        recordsOnly,
      ]);
      return rows.map(bucketOf);
    },

    async figures({ personId, vital, range }, grain) {
      const { column } = VITAL_SIGNS[vital];
      const rows = await db.query<KeptRow>(FIGURES[grain], [personId, column, ...times(range)]);
      return rows.map(figuresOf);
    },

    async countedUpToMs() {
      const [row] = await db.query<{ atMs: number }>(COUNTED);
      return row?.atMs ?? 0;
    },
  };
}

/** As a real has it: what is between two reals is not what was measured. */
const real = (value: number): number => Number(value.toPrecision(7));

function pointOf(seconds: number, value: number, doubted: number): SeriesPoint {
  const point = { atMs: Math.round(seconds * 1_000), value: real(value) };
  return doubted === 0 ? point : { ...point, isDoubted: true };
}

function bucketOf({ samples, doubted, lowest, highest, first, last }: BucketRow): Figures {
  if (!lowest || !highest || !first || !last) return { samples, doubted, points: [] };
  const points = [
    pointOf(first[0], first[1], first[2]),
    pointOf(lowest[1], lowest[0], lowest[2]),
    pointOf(-highest[1], highest[0], highest[2]),
    pointOf(last[0], last[1], last[2]),
  ];
  return { samples, doubted, points };
}

function figuresOf(row: KeptRow): Figures {
  const { samples, doubted, lowest } = row;
  if (lowest === null) return { samples, doubted, points: [] };
  const points = [
    { atMs: row.firstAtMs, value: row.first },
    { atMs: row.lowestAtMs, value: lowest },
    { atMs: row.highestAtMs, value: row.highest },
    { atMs: row.lastAtMs, value: row.last },
  ];
  return { samples, doubted, points };
}
