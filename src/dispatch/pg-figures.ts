import { type Db, type Queryable, sql, type Tx } from '../store/db.ts';

/** What dispatch knows of how somebody helps. Drills count nowhere. */
export interface Figures {
  readonly userId: string;
  readonly ratings: number;
  /** 1 to 5, to the hundredth; 0: none. */
  readonly averageRating: number;
  /** How often they gave back what they had accepted. */
  readonly cancellations: number;
}

const DUE = sql(
  'dispatch_figures_due',
  `insert into dispatch.figures_due as d (user_id) values ($1)
   on conflict (user_id) do update set changes = d.changes + 1`,
);

/** Their figures have to be counted again. In the transaction of what changes them, so that no crash loses it. */
export async function figuresChanged(tx: Tx, userId: string): Promise<void> {
  await tx.query(DUE, [userId]);
}

const AT_ONCE = 50;

const TAKE = sql(
  'dispatch_take_figures',
  'select user_id from dispatch.figures_due order by user_id limit $1 for update skip locked',
);
const COUNT = sql(
  'dispatch_count_figures',
  `select u.id as "userId",
          (select count(1)::int from dispatch.sos_cancellations c join dispatch.sos_requests r on r.id = c.sos_id
            where c.volunteer_id = u.id and not r.is_drill) as cancellations,
          f.ratings, f.average as "averageRating"
     from unnest($1::uuid[]) as u (id)
    cross join lateral (
      select count(1)::int as ratings, coalesce(round(avg(b.rating), 2), 0)::float8 as average
        from dispatch.sos_feedback b join dispatch.sos_requests r on r.id = b.sos_id
       where b.volunteer_id = u.id and not r.is_drill) f`,
);
const DONE = sql(
  'dispatch_figures_counted',
  'delete from dispatch.figures_due where user_id = any($1::uuid[])',
);

/**
 * Counts the figures of some of those for whom something has changed, and hands them to `keep` in the same transaction.
 * They are counted anew from what is kept, so it can be cut off anywhere and done twice. Answers how many there were.
 */
export function recountFigures(
  db: Db,
  keep: (tx: Queryable, figures: readonly Figures[]) => Promise<void>,
): Promise<number> {
  return db.transaction(async (tx) => {
    const due = (await tx.query<{ user_id: string }>(TAKE, [AT_ONCE])).map((row) => row.user_id);
    if (due.length === 0) return 0;
    // Read after the rows were locked: who changes something from here on finds them gone and adds them anew.
    await keep(tx, await tx.query<Figures>(COUNT, [due]));
    await tx.query(DONE, [due]);
    return due.length;
  });
}
