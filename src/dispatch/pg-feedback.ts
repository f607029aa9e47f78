import { may } from '../access/may.ts';
import { lockStream } from '../journal/event-log.ts';
import { ok, refused } from '../lib/result.ts';
import { type Db, type Queryable, sql, type Tx } from '../store/db.ts';
import type { Feedback, Given, Rating, Refusals } from './feedback.ts';
import { HELPER_EVENTS, type HelperEvent, helpersOf } from './helpers.ts';
import type { SosState } from './machine/state.ts';
import { figuresChanged } from './pg-figures.ts';
import { loadOne } from './pg-load.ts';
import { relationsTo } from './view.ts';

const EVENTS = sql(
  'dispatch_helper_events',
  `select type, data from journal.events
    where kind = 'sos' and stream_id = $1 and type = any($2::text[]) order by seq`,
);
const OF_SOS = sql(
  'dispatch_feedback_of_sos',
  'select volunteer_id, by_user, rating, comment, created_at from dispatch.sos_feedback where sos_id = $1',
);
const ADD = sql(
  'dispatch_add_feedback',
  `insert into dispatch.sos_feedback (sos_id, id, volunteer_id, by_user, rating, comment, created_at)
   values ($1, $2, $3, $4, $5, $6, $7)`,
);
const RATINGS = sql(
  'dispatch_ratings',
  `select f.id, f.sos_id as "sosId", f.rating, f.comment, f.created_at as "atMs", r.is_drill as "isDrill"
     from dispatch.sos_feedback f join dispatch.sos_requests r on r.id = f.sos_id
    where f.volunteer_id = $1 and ($2::uuid is null or f.id < $2)
    order by f.id desc limit $3`,
);
const REJECTIONS = sql(
  'dispatch_rejections',
  `select volunteer_id as "volunteerId", created_at as "atMs" from dispatch.sos_rejections
    where sos_id = $1 order by created_at, volunteer_id`,
);
const CANCELLATIONS = sql(
  'dispatch_cancellations',
  `select volunteer_id as "volunteerId", reason, created_at as "atMs" from dispatch.sos_cancellations
    where sos_id = $1 order by created_at, id`,
);

interface FeedbackRow {
  readonly volunteer_id: string;
  readonly by_user: string;
  readonly rating: number;
  readonly comment: string | null;
  readonly created_at: number;
}

type Asking = Parameters<Feedback['give']>[0];

/** {@link Feedback} on PostgreSQL or embedded PGlite. */
export function pgFeedback(db: Db, newId: () => string): Feedback {
  return {
    give: (by, sosId, { volunteerId, rating, comment = null }) =>
      db.transaction(async (tx) => {
        // Under the lock of the SOS, so that it is not opened again meanwhile and nobody else says something first.
        const locked = await lockStream(tx, 'sos', sosId, null);
        const state = locked && (await loadOne(tx, sosId));
        if (!state || !mayAsk(by, 'read', state)) return refused('sos_not_found');
        if (!mayAsk(by, 'give', state)) return refused('forbidden');
        if (state.status !== 'RESOLVED') return refused('sos_wrong_state');
        const before = (await ofSos(tx, sosId)).find((row) => row.volunteer_id === volunteerId);
        if (before)
          return isSame(before, by, rating, comment) ? ok(givenOf(before)) : refused('feedback_given');
        if (!(await helpersIn(tx, sosId)).includes(volunteerId))
          return refused('bad_request', 'volunteerId: did not help in this SOS');
        await tx.query(ADD, [
          sosId,
          newId(),
          volunteerId,
          by.userId,
          rating,
          comment,
          new Date(locked.nowMs),
        ]);
        await figuresChanged(tx, volunteerId);
        return ok({ rating, comment, atMs: locked.nowMs });
      }),

    async helpersOf(by, sosId) {
      const state = await loadOne(db, sosId);
      if (!state || !mayAsk(by, 'read', state)) return refused('sos_not_found');
      const given = new Map((await ofSos(db, sosId)).map((row) => [row.volunteer_id, givenOf(row)]));
      const helpers = await helpersIn(db, sosId);
      return ok(helpers.map((volunteerId) => ({ volunteerId, feedback: given.get(volunteerId) ?? null })));
    },

    ratingsOf: (userId, { before, limit }) => db.query<Rating>(RATINGS, [userId, before ?? null, limit]),

    async refusalsOf(sosId) {
      if (!(await loadOne(db, sosId))) return refused('sos_not_found');
      const rejections = await db.query<Refusals['rejections'][number]>(REJECTIONS, [sosId]);
      const cancellations = await db.query<Refusals['cancellations'][number]>(CANCELLATIONS, [sosId]);
      return ok({ rejections, cancellations });
    },
  };
}

const mayAsk = (by: Asking, action: 'give' | 'read', state: SosState) =>
  may({ grants: by.grants }, action, 'feedback', relationsTo(by, state)).allowed;

const isSame = (row: FeedbackRow, by: Asking, rating: number, comment: string | null) =>
  row.by_user === by.userId && row.rating === rating && row.comment === comment;

const givenOf = ({ rating, comment, created_at: atMs }: FeedbackRow): Given => ({ rating, comment, atMs });

const ofSos = (db: Queryable, sosId: string) => db.query<FeedbackRow>(OF_SOS, [sosId]);

async function helpersIn(db: Queryable | Tx, sosId: string): Promise<string[]> {
  return helpersOf(await db.query<HelperEvent>(EVENTS, [sosId, HELPER_EVENTS]));
}
