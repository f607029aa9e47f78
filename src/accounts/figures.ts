import { type Queryable, sql } from '../store/db.ts';

const KEEP = sql(
  'accounts_keep_figures',
  `update accounts.volunteers v
      set rating_count = f.ratings, average_rating = f.average, cancellation_count = f.cancellations
     from unnest($1::uuid[], $2::int[], $3::float8[], $4::int[]) as f (user_id, ratings, average, cancellations)
    where v.user_id = f.user_id
      and (v.rating_count, v.average_rating, v.cancellation_count)
          is distinct from (f.ratings, f.average::numeric(3, 2), f.cancellations)`,
);

/** How somebody helps, as it was counted where it is known. */
export interface VolunteerFigures {
  readonly userId: string;
  readonly ratings: number;
  /** 1 to 5; 0: none. */
  readonly averageRating: number;
  readonly cancellations: number;
}

/** Keeps the figures of volunteers; of people who are none, nothing. */
export async function keepFigures(db: Queryable, figures: readonly VolunteerFigures[]): Promise<void> {
  await db.query(KEEP, [
    figures.map(({ userId }) => userId),
    figures.map(({ ratings }) => ratings),
    figures.map(({ averageRating }) => averageRating),
    figures.map(({ cancellations }) => cancellations),
  ]);
}
