import { type Db, sql } from '../store/db.ts';

const REGISTER = sql(
  'jobs_register',
  `insert into journal.jobs (name, due_at)
   select name, now() from unnest($1::text[]) as d (name) order by name
       on conflict do nothing`,
);

// A CTE, because a subquery in FROM may be run more than once and then takes more rows than its limit.
const CLAIM = sql(
  'jobs_claim',
  `with due as materialized (
     select name from journal.jobs
      where name = any($2::text[]) and due_at <= now() and (lease_until is null or lease_until <= now())
      order by due_at
      limit 1
        for update skip locked)
   update journal.jobs j
      set owner = $1, lease_until = now() + $3 * interval '1 millisecond'
     from due
    where j.name = due.name
   returning j.name, j.failures`,
);

const RENEW = sql(
  'jobs_renew',
  `update journal.jobs set lease_until = now() + $3 * interval '1 millisecond'
    where name = $1 and owner = $2
   returning name`,
);

const SUCCEED = sql(
  'jobs_succeed',
  `update journal.jobs
      set due_at = now() + $3 * interval '1 millisecond', last_ok_at = now(), last_error = null, failures = 0,
          owner = null, lease_until = null
    where name = $1 and owner = $2`,
);

const FAIL = sql(
  'jobs_fail',
  `update journal.jobs
      set due_at = now() + $3 * interval '1 millisecond', last_error = $4, failures = failures + 1,
          owner = null, lease_until = null
    where name = $1 and owner = $2`,
);

const LIST = sql(
  'jobs_list',
  `select name, due_at, (owner is not null and lease_until > now()) as running, last_ok_at, last_error, failures
     from journal.jobs order by name`,
);

/** One that runs now is not asked twice. */
const HURRY = sql(
  'jobs_hurry',
  `update journal.jobs
      set due_at = case when owner is not null and lease_until > now() then due_at else least(due_at, now()) end
    where name = $1
   returning name`,
);

export interface JobRow {
  readonly name: string;
  readonly due_at: number;
  readonly running: boolean;
  readonly last_ok_at: number | null;
  readonly last_error: string | null;
  readonly failures: number;
}

export interface Claim {
  readonly name: string;
  /** Failed runs in a row before this one. */
  readonly failures: number;
}

/** The rows of `journal.jobs`. Everything about time is by the database's clock. */
export interface JobRows {
  register(names: readonly string[]): Promise<void>;
  /** Takes the longest due job that nobody holds, until the lease runs out; null when there is none. */
  claim(owner: string, names: readonly string[], leaseMs: number): Promise<Claim | null>;
  /** False when the lease ran out and another node took the job. */
  renew(name: string, owner: string, leaseMs: number): Promise<boolean>;
  /** Writes nothing when the job is no longer the owner's. */
  succeed(name: string, owner: string, nextInMs: number): Promise<void>;
  fail(name: string, owner: string, nextInMs: number, code: string): Promise<void>;
  list(): Promise<readonly JobRow[]>;
  /** Due at once, unless it runs already. False: there is no such job. */
  hurry(name: string): Promise<boolean>;
}

export function pgJobRows(db: Db): JobRows {
  return {
    async register(names) {
      await db.query(REGISTER, [names]);
    },
    async claim(owner, names, leaseMs) {
      const [row] = await db.query<Claim>(CLAIM, [owner, names, leaseMs]);
      return row ?? null;
    },
    async renew(name, owner, leaseMs) {
      return (await db.query(RENEW, [name, owner, leaseMs])).length > 0;
    },
    async succeed(name, owner, nextInMs) {
      await db.query(SUCCEED, [name, owner, nextInMs]);
    },
    async fail(name, owner, nextInMs, code) {
      await db.query(FAIL, [name, owner, nextInMs, code]);
    },
    list: () => db.query<JobRow>(LIST, []),
    async hurry(name) {
      return (await db.query(HURRY, [name])).length > 0;
    },
  };
}
