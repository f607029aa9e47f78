import { append, type NewEvent } from '../journal/event-log.ts';
import { must } from '../lib/assert.ts';
import { type Db, type Queryable, sql, type Tx } from '../store/db.ts';
import { FENCE_LIMITS, type Fence, type FenceEventKind, type FenceState } from './geofences/fence.ts';
import type { FenceStore, FenceWithState } from './geofences/store.ts';
import { lastSeen } from './pg-last-seen.ts';

const COLUMNS = `f.id as "fenceId", f.person_id as "personId", f.name, f.shape, f.on_enter as "onEnter", f.on_exit as "onExit",
  (extract(epoch from f.dwell_after) * 1000)::float8 as "dwellAfterMs", f.active, f.tells_team as "tellsTeam",
  f.created_by as "createdBy", f.created_at as "createdAtMs"`;
const STATE = `s.inside, s.since as "sinceMs", s.version`;
const WITH_STATE = 'telemetry.geofences f left join telemetry.geofence_states s on s.fence_id = f.id';

const PAGE = sql(
  'telemetry_geofences',
  `select ${COLUMNS}, ${STATE} from ${WITH_STATE} where $1::uuid is null or f.id > $1 order by f.id limit $2`,
);
const CHANGED = sql(
  'telemetry_geofences_changed',
  `select ${COLUMNS}, ${STATE} from ${WITH_STATE}
    where f.id in (select id from telemetry.geofences where changed_at > now() - $1 * interval '1 millisecond'
                   union select fence_id from telemetry.geofence_states
                    where changed_at > now() - $1 * interval '1 millisecond')`,
);
const OF_PERSON = sql(
  'telemetry_geofences_of_person',
  `select ${COLUMNS}, ${STATE} from ${WITH_STATE} where f.person_id = $1 order by f.created_at, f.id`,
);
const ONE = sql('telemetry_geofence', `select ${COLUMNS}, ${STATE} from ${WITH_STATE} where f.id = $1`);

// Whoever makes fences of a person does so one after the other, or there would be more of them than there may be.
const LOCK_PERSON = sql(
  'telemetry_geofences_lock',
  `select pg_advisory_xact_lock(hashtextextended($1::text, 7306095413))`,
);
const FOR_SET = sql(
  'telemetry_geofence_for_set',
  `select (select person_id from telemetry.geofences where id = $1) as "ownerId",
          (select count(*)::int from telemetry.geofences where person_id = $2 and id <> $1) as others`,
);
const SET = sql(
  'telemetry_geofence_set',
  `insert into telemetry.geofences as f
     (id, person_id, name, shape, on_enter, on_exit, dwell_after, active, tells_team, created_by)
   values ($1, $2, $3, $4, $5, $6, $7 * interval '1 millisecond', $8, $9, $10)
   on conflict (id) do update set name = excluded.name, shape = excluded.shape, on_enter = excluded.on_enter,
     on_exit = excluded.on_exit, dwell_after = excluded.dwell_after, active = excluded.active,
     tells_team = excluded.tells_team, changed_at = now()`,
);
const SAME_SHAPE = sql(
  'telemetry_geofence_same_shape',
  'select shape = $2::jsonb as "isSame" from telemetry.geofences where id = $1',
);
const BEGIN_ANEW = sql(
  'telemetry_geofence_begin_anew',
  `update telemetry.geofence_states
      set inside = null, since = now(), has_dwelled = false, version = version + 1, changed_at = now()
    where fence_id = $1`,
);
const REMOVE = sql(
  'telemetry_geofence_remove',
  'delete from telemetry.geofences where id = $1 and person_id = $2 returning id',
);

// The fence first, so that whoever removes it waits or is waited for.
const LOCK_FENCE = sql(
  'telemetry_geofence_lock',
  `select name, clock_timestamp() as "nowMs" from telemetry.geofences where id = $1 for share`,
);
const MAKE_STATE = sql(
  'telemetry_geofence_make_state',
  `insert into telemetry.geofence_states (fence_id, person_id, since, version) values ($1, $2, now(), 0)
   on conflict do nothing`,
);
const LOCK_STATE = sql(
  'telemetry_geofence_lock_state',
  `select inside, since as "sinceMs", version, has_dwelled as "hasDwelled" from telemetry.geofence_states
    where fence_id = $1 for update`,
);
const MOVE = sql(
  'telemetry_geofence_move',
  `update telemetry.geofence_states
      set inside = $2, since = least($3::timestamptz, clock_timestamp()), has_dwelled = false, version = version + 1,
          changed_at = now()
    where fence_id = $1 returning inside, since as "sinceMs", version`,
);

const STAYING = sql(
  'telemetry_geofences_staying',
  `select ${COLUMNS} from telemetry.geofences f join telemetry.geofence_states s on s.fence_id = f.id
    where s.inside and not s.has_dwelled and f.dwell_after is not null and s.since + f.dwell_after <= now()
    order by s.since limit $1`,
);
const DWELLED = sql(
  'telemetry_geofence_dwelled',
  `update telemetry.geofence_states s
      set has_dwelled = true, version = s.version + 1, changed_at = now()
     from telemetry.geofences f
    where s.fence_id = $1 and f.id = s.fence_id and s.inside and not s.has_dwelled
      and s.since + f.dwell_after <= now()
   returning s.version`,
);

type Row = Fence & {
  readonly inside: boolean | null;
  readonly sinceMs: number | null;
  readonly version: number | null;
};
type StateRow = Omit<FenceState, 'fenceId'>;

/** {@link FenceStore} on PostgreSQL or embedded PGlite. */
export function pgFences(db: Db): FenceStore {
  const one = async (fenceId: string, over: Queryable): Promise<FenceWithState> => {
    const [row] = await over.query<Row>(ONE, [fenceId]);
    return withState(must(row, 'the fence that was just written'));
  };
  return {
    page: async (afterId, limit) => (await db.query<Row>(PAGE, [afterId, limit])).map(withState),
    changedWithin: async (ms) => (await db.query<Row>(CHANGED, [ms])).map(withState),
    ofPerson: async (personId) => (await db.query<Row>(OF_PERSON, [personId])).map(withState),

    set: (fenceId, personId, by, order) =>
      db.transaction(async (tx) => {
        await tx.query(LOCK_PERSON, [personId]);
        const [found] = await tx.query<{ ownerId: string | null; others: number }>(FOR_SET, [
          fenceId,
          personId,
        ]);
        const { ownerId, others } = must(found, 'a row of a select without a table');
        if (ownerId !== null && ownerId !== personId) return 'taken';
        if (ownerId === null && others >= FENCE_LIMITS.perPerson) return 'too_many';
        const shape = JSON.stringify(order.shape);
        const [before] = await tx.query<{ isSame: boolean }>(SAME_SHAPE, [fenceId, shape]);
        await tx.query(SET, [
          fenceId,
          personId,
          order.name,
          shape,
          order.onEnter,
          order.onExit,
          order.dwellAfterMs,
          order.active === null ? null : JSON.stringify(order.active),
          order.tellsTeam,
          by,
        ]);
        if (before && !before.isSame) await tx.query(BEGIN_ANEW, [fenceId]);
        return one(fenceId, tx);
      }),

    remove: async (fenceId, personId) => (await db.query(REMOVE, [fenceId, personId])).length > 0,

    move: ({ fenceId, personId }, to, stillSo, tell) =>
      db.transaction(async (tx) => {
        const fence = await lockFence(tx, fenceId);
        if (!fence) return null;
        await tx.query(MAKE_STATE, [fenceId, personId]);
        const [locked] = await tx.query<StateRow>(LOCK_STATE, [fenceId]);
        const before = must(locked, 'the state that was just made');
        const inside = to.side === 'in';
        const unchanged = { state: { ...before, fenceId }, events: [] };
        if (before.inside === inside) return unchanged;
        const seen = await lastSeen(tx, personId, to.atMs);
        if (seen && !stillSo(seen)) return unchanged;
        const [moved] = await tx.query<StateRow>(MOVE, [fenceId, inside, new Date(to.atMs)]);
        const state = { ...must(moved, 'the state that was locked'), fenceId };
        // On which side somebody was to begin with is not news.
        if (!tell || before.inside === null) return { state, events: [] };
        const told = { ...tell, fenceId, personId, name: fence.name, version: state.version };
        return { state, events: await inboxes(tx, fence.nowMs, told) };
      }),

    staying: (limit) => db.query<Fence>(STAYING, [limit]),

    dwell: ({ fenceId, personId }, audience) =>
      db.transaction(async (tx) => {
        const fence = await lockFence(tx, fenceId);
        const [state] = fence ? await tx.query<{ version: number }>(DWELLED, [fenceId]) : [];
        if (!fence || !state) return [];
        const told = { kind: 'dwelled', audience, fenceId, personId, name: fence.name, ...state } as const;
        return inboxes(tx, fence.nowMs, told);
      }),
  };
}

async function lockFence(tx: Tx, fenceId: string): Promise<{ name: string; nowMs: number } | null> {
  const [fence] = await tx.query<{ name: string; nowMs: number }>(LOCK_FENCE, [fenceId]);
  return fence ?? null;
}

interface Told {
  readonly kind: FenceEventKind;
  readonly audience: readonly string[];
  readonly fenceId: string;
  readonly personId: string;
  readonly name: string;
  readonly version: number;
}

function inboxes(tx: Tx, nowMs: number, { kind, audience, ...data }: Told) {
  const events = audience.map(
    (userId): NewEvent => ({
      kind: 'inbox',
      streamId: userId,
      type: `geofence.${kind}`,
      actorId: null,
      data,
    }),
  );
  return append(tx, nowMs, events);
}

function withState({ inside, sinceMs, version, ...fence }: Row): FenceWithState {
  const { fenceId } = fence;
  if (sinceMs === null || version === null) return { fence, state: null };
  return { fence, state: { fenceId, inside, sinceMs, version } };
}
