import { z } from 'zod';
import { may } from '../src/access/may.ts';
import { keepDue } from '../src/accounts/audit-due.ts';
import { caredFor } from '../src/accounts/cared-for.ts';
import { append } from '../src/journal/event-log.ts';
import { must } from '../src/lib/assert.ts';
import { systemClock } from '../src/lib/clock.ts';
import { openRecords } from '../src/records/engine.ts';
import { type Db, sql } from '../src/store/db.ts';
import { openTestStore } from '../src/testing/open-store.ts';
import type { BenchReport } from './bench.ts';
import { median } from './measure.ts';
import { newId, quantile } from './on-postgres.ts';

const ROWS = 1_000_000;
const PEOPLE = 10_000;
const AT_ONCE = 100_000;
/** Turns of each side, and calls in a turn: short turns, so that a disturbance of the machine meets both. */
const ROUNDS = 60;
const CALLS = 10;
const WARM_UP_ROUNDS = 10;
const LIST = 50;
/** As issue 9 asks. */
const RATIO_MAX = 1.3;

interface Side {
  create(n: number): Promise<string>;
  read(id: string): Promise<unknown>;
  list(): Promise<readonly unknown[]>;
}

/**
 * The engine against handlers written by hand for one table, on one database of a million rows: the same question who somebody is,
 * the same matrix, the same event and audit entry in the same transaction. Without HTTP, which both would share.
 */
export async function run(): Promise<BenchReport> {
  const store = await openTestStore('postgres', { queryTimeoutMs: 600_000 });
  try {
    const person = await fill(store.owner);
    const sides = { engine: engineSide(store.db, person), byHand: handSide(store.db, person) };
    const rows = [];
    for (const what of ['create', 'read', 'list'] as const) rows.push(await compare(what, sides));
    const passed = rows.every(({ ratio }) => ratio <= RATIO_MAX);
    const lines = rows.map(
      ({ what, engineMs, byHandMs, engineP99Ms, byHandP99Ms, ratio }) =>
        `${what.padEnd(7)} engine ${engineMs.toFixed(2)} ms (p99 ${engineP99Ms.toFixed(2)}), by hand ${byHandMs.toFixed(2)} ms (p99 ${byHandP99Ms.toFixed(2)}), ratio ${ratio.toFixed(2)}`,
    );
    const verdict = `${passed ? 'passed' : 'FAILED'}: at most ${RATIO_MAX} times a handler written by hand, ${ROWS.toLocaleString('en')} rows`;
    return {
      passed,
      lines: [...lines, verdict],
      row: { bench: 'records', rows: ROWS, passed, results: rows },
    };
  } finally {
    await store.stop();
  }
}

let statements = 0;

async function fill(owner: Db): Promise<string> {
  const ask = (text: string, params: readonly unknown[] = []) =>
    owner.query<{ id: string }>(sql(`bench_records_${statements++}`, text), params);
  await ask(
    `insert into accounts.users (id, email) select gen_random_uuid(), n || '@example.org' from generate_series(1, $1) n`,
    [PEOPLE],
  );
  for (let from = 0; from < ROWS; from += AT_ONCE)
    await ask(
      `insert into recovery.hydration_logs (id, person_id, logged_on, amount_ml, created_by, updated_by)
       select gen_random_uuid(), u.id, date '2025-01-01' + (n / 10)::int, 250, u.id, u.id
         from generate_series($1::int, $2::int) n
         join (select id, row_number() over (order by id) as place from accounts.users) u on u.place = n % ${PEOPLE} + 1`,
      [from, from + AT_ONCE - 1],
    );
  await ask('analyze recovery.hydration_logs');
  const [first] = await ask('select id from accounts.users order by id limit 1');
  return must(first, 'the first of them').id;
}

const bodyOf = (n: number) => ({ loggedOn: '2025-06-01', amountMl: n % 1_000, notes: 'with lunch' });
const trail = { hasRoom: true, refused: () => {}, saw: () => {} };

function engineSide(db: Db, userId: string): Side {
  const by = { userId, grants: ['patient'] };
  const records = openRecords({
    db,
    clock: systemClock,
    newId,
    people: caredFor(db),
    publish: () => {},
    trail: {
      ...trail,
      recordIn: (tx, entries) => keepDue(tx, entries, { newId, nowMs: systemClock.nowMs, record: () => {} }),
    },
  });
  return {
    async create(n) {
      const created = await records.create(by, 'hydration-logs', bodyOf(n));
      if (!created.ok) throw new Error(created.detail);
      return created.value.id;
    },
    read: (id) => records.read(by, 'hydration-logs', id),
    async list() {
      const page = await records.list(by, 'hydration-logs', { of: userId, limit: String(LIST) });
      return page.ok ? page.value.records : [];
    },
  };
}

const COLUMNS =
  'id, version, created_at, created_by, updated_at, updated_by, person_id, logged_on::text as logged_on, amount_ml, goal_ml, notes';
const INSERT = sql(
  'bench_hand_insert',
  `insert into recovery.hydration_logs (id, person_id, logged_on, amount_ml, goal_ml, notes, created_by, updated_by)
   values ($1, $2, $3, $4, $5, $6, $7, $7) returning ${COLUMNS}`,
);
const READ = sql(
  'bench_hand_read',
  `select ${COLUMNS} from recovery.hydration_logs where id = $1 and removed_at is null`,
);
const PAGE = sql(
  'bench_hand_list',
  `select ${COLUMNS} from recovery.hydration_logs h where person_id = $1 and removed_at is null
    order by h.logged_on desc, h.id desc limit $2`,
);
const body = z.strictObject({
  loggedOn: z.iso.date(),
  amountMl: z.number().min(0).max(20_000),
  goalMl: z.number().min(0).max(20_000).nullable().default(null),
  notes: z.string().trim().min(1).max(4_000).nullable().default(null),
});
type Row = Readonly<Record<string, unknown>>;

function handSide(db: Db, userId: string): Side {
  const people = caredFor(db);
  const entitled = async (id: string, action: 'read' | 'create') => {
    const standing = must(await people.standing(userId, id), 'the person');
    const subject = { grants: ['patient'] };
    if (!may(subject, action, 'self_log', standing.relations).allowed) throw new Error('forbidden');
    return standing;
  };
  const viewOf = (row: Row) => ({
    id: row.id,
    version: row.version,
    createdAtMs: row.created_at,
    createdBy: row.created_by,
    updatedAtMs: row.updated_at,
    updatedBy: row.updated_by,
    personId: row.person_id,
    loggedOn: row.logged_on,
    amountMl: row.amount_ml,
    goalMl: row.goal_ml,
    notes: row.notes,
  });
  return {
    async create(n) {
      const said = body.parse(bodyOf(n));
      const { person, audience } = await entitled(userId, 'create');
      const id = newId();
      return db.transaction(async (tx) => {
        const values = [id, person.personId, said.loggedOn, said.amountMl, said.goalMl, said.notes, userId];
        const row = must((await tx.query<Row>(INSERT, values))[0], 'the new row');
        const data = { type: 'hydration-logs', records: [{ recordId: id, version: 1 }], audience };
        const event = { kind: 'record', streamId: person.personId, type: 'record.created' } as const;
        await append(tx, Number(row.updated_at), [{ ...event, actorId: userId, data }]);
        const entry = {
          actorId: userId,
          grants: ['patient'],
          action: 'create',
          resourceKind: 'hydration-logs',
        };
        const of = { resourceId: id, subjectUserId: userId, outcome: 'allowed' } as const;
        await keepDue(tx, [{ ...entry, ...of }], {
          newId,
          nowMs: systemClock.nowMs,
          record: () => {},
        });
        return String(viewOf(row).id);
      });
    },
    async read(id) {
      const row = must((await db.query<Row>(READ, [id]))[0], 'the row');
      await entitled(String(row.person_id), 'read');
      return viewOf(row);
    },
    async list() {
      const { person } = await entitled(userId, 'read');
      const rows = await db.query<Row>(PAGE, [person.personId, LIST + 1]);
      return rows.slice(0, LIST).map(viewOf);
    },
  };
}

async function compare(
  what: keyof Side,
  { engine, byHand }: { readonly engine: Side; readonly byHand: Side },
) {
  const ids: string[] = [];
  let n = 0;
  const call = async (side: Side): Promise<number> => {
    const startMs = performance.now();
    if (what === 'create') ids.push(await side.create(n++));
    else if (what === 'list') {
      if ((await side.list()).length !== LIST) throw new Error('the page is not full');
    } else await side.read(must(ids[n++ % ids.length], 'an id'));
    return performance.now() - startMs;
  };
  const turn = async (side: Side) => {
    const took: number[] = [];
    for (let i = 0; i < CALLS; i++) took.push(await call(side));
    return took;
  };
  if (what === 'read') for (let i = 0; i < 200; i++) ids.push(await byHand.create(i));
  for (let round = 0; round < WARM_UP_ROUNDS; round++) {
    await turn(engine);
    await turn(byHand);
  }
  const took: { readonly engine: number[]; readonly byHand: number[] }[] = [];
  for (let round = 0; round < ROUNDS; round++)
    took.push({ engine: await turn(engine), byHand: await turn(byHand) });
  const [ours, theirs] = [took.flatMap((each) => each.engine), took.flatMap((each) => each.byHand)];
  return {
    what,
    engineMs: median(ours),
    byHandMs: median(theirs),
    engineP99Ms: quantile(ours, 0.99),
    byHandP99Ms: quantile(theirs, 0.99),
    // Of neighbours, so that what the machine does besides meets both.
    ratio: median(took.map((each) => median(each.engine) / median(each.byHand))),
  };
}
