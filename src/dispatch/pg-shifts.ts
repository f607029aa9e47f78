import { storedOutcome, storeOutcome } from '../journal/commands.ts';
import { append } from '../journal/event-log.ts';
import { must } from '../lib/assert.ts';
import { type Db, type Queryable, sql, type Tx } from '../store/db.ts';
import type { DispatcherShift, ShiftStore } from './shift.ts';

const COLUMNS = `id as "shiftId", dispatcher_id as "userId", started_at as "startedAtMs", ended_at as "endedAtMs",
  handed_to as "handedTo", note, owned_sos as "ownedSos", handed_sos as "handedSos", handed_over_at as "handedOverAtMs"`;

const BEGIN = sql(
  'dispatch_begin_shift',
  `insert into dispatch.shifts (id, dispatcher_id, started_at) values ($1, $2, now())
   on conflict (dispatcher_id) where ended_at is null do nothing`,
);
const OPEN = sql(
  'dispatch_open_shift',
  `select ${COLUMNS} from dispatch.shifts where dispatcher_id = $1 and ended_at is null`,
);
const LOCK_OPEN = sql(
  'dispatch_lock_open_shift',
  `select ${COLUMNS} from dispatch.shifts where dispatcher_id = $1 and ended_at is null for update`,
);
const END = sql(
  'dispatch_end_shift',
  `update dispatch.shifts set ended_at = greatest(now(), started_at), handed_to = $2, note = $3, owned_sos = $4
    where id = $1`,
);
const GET = sql('dispatch_shift', `select ${COLUMNS} from dispatch.shifts where id = $1`);
const LIST = sql(
  'dispatch_shifts',
  `select ${COLUMNS} from dispatch.shifts
    where ($1 = false or ended_at is null) and ($2::uuid is null or id < $2) order by id desc limit $3`,
);
const UNFINISHED = sql(
  'dispatch_shifts_unfinished',
  `select ${COLUMNS} from dispatch.shifts where handed_to is not null and handed_over_at is null order by ended_at limit $1`,
);
const OWNED = sql(
  'dispatch_owned_sos',
  `select id from dispatch.sos_requests
    where owner_id = $1 and status in ('PENDING', 'ACCEPTED', 'IN_PROGRESS', 'ESCALATED') order by id`,
);
const HANDED = sql(
  'dispatch_handed_sos',
  `update dispatch.shifts set handed_sos = handed_sos || $2::uuid where id = $1 and not $2::uuid = any(handed_sos)`,
);
const HANDED_OVER = sql(
  'dispatch_handed_over',
  `update dispatch.shifts set handed_over_at = clock_timestamp() where id = $1 and handed_over_at is null
   returning ${COLUMNS}`,
);

interface Stored {
  readonly about: string;
  readonly shiftId: string;
}

/** {@link ShiftStore} on PostgreSQL or embedded PGlite. */
export function pgShifts(db: Db): ShiftStore {
  return {
    begin: (userId, id) =>
      db.transaction(async (tx) => {
        await tx.query(BEGIN, [id, userId]);
        return must(await one(tx, OPEN, userId), 'the shift that was just begun');
      }),
    end: (userId) =>
      db.transaction(async (tx) => {
        const shift = await one(tx, LOCK_OPEN, userId);
        if (!shift) return 'not_on_shift';
        if ((await owned(tx, userId)).length > 0) return 'owns_open_sos';
        return ended(tx, shift.shiftId, null, null, []);
      }),
    handOver: (key, { toId, note }) =>
      db.transaction(async (tx) => {
        const { outcome } = await storedOutcome<Stored>(tx, key);
        if (outcome) {
          return outcome.about === key.about
            ? must(await one(tx, GET, outcome.shiftId), 'a shift that was handed over')
            : 'bad_request';
        }
        const shift = await one(tx, LOCK_OPEN, key.actorId);
        if (!shift) return 'not_on_shift';
        await storeOutcome(tx, key, { about: key.about, shiftId: shift.shiftId } satisfies Stored);
        return ended(tx, shift.shiftId, toId, note, await owned(tx, key.actorId));
      }),
    get: (shiftId) => one(db, GET, shiftId),
    list: (openOnly, before, limit) => db.query<DispatcherShift>(LIST, [openOnly, before, limit]),
    unfinished: (limit) => db.query<DispatcherShift>(UNFINISHED, [limit]),
    ownedBy: (userId) => owned(db, userId),
    handed: async (shiftId, sosId) => {
      await db.query(HANDED, [shiftId, sosId]);
    },
    handedOver: (shiftId) =>
      db.transaction(async (tx) => {
        const [shift] = await tx.query<DispatcherShift>(HANDED_OVER, [shiftId]);
        if (!shift?.handedTo) return [];
        const { userId: fromId, handedTo, note, handedSos: sosIds, handedOverAtMs } = shift;
        const data = { shiftId, fromId, note, sosIds };
        const told = {
          kind: 'inbox',
          streamId: handedTo,
          type: 'shift.handed_over',
          actorId: fromId,
          data,
        } as const;
        return append(tx, handedOverAtMs ?? 0, [told]);
      }),
  };
}

async function one(over: Queryable, statement: typeof GET, id: string): Promise<DispatcherShift | null> {
  return (await over.query<DispatcherShift>(statement, [id]))[0] ?? null;
}

async function owned(over: Queryable, userId: string): Promise<string[]> {
  return (await over.query<{ id: string }>(OWNED, [userId])).map(({ id }) => id);
}

async function ended(
  tx: Tx,
  shiftId: string,
  toId: string | null,
  note: string | null,
  ownedSos: readonly string[],
): Promise<DispatcherShift> {
  await tx.query(END, [shiftId, toId, note, ownedSos]);
  return must(await one(tx, GET, shiftId), 'the shift that was just ended');
}
