import type { Db } from '../store/db.ts';
import type { Job } from './job.ts';
import { pgJobRows } from './pg.ts';

/** How a job stands, whichever node runs it. */
export interface JobStanding {
  readonly name: string;
  /** Null: this node does not know the job; a newer one does, or an older one did. */
  readonly everyMs: number | null;
  readonly dueAtMs: number;
  readonly running: boolean;
  readonly lastOkAtMs: number | null;
  /** A code, never a message; null once it went well again. */
  readonly lastError: string | null;
  /** Failed runs in a row. */
  readonly failures: number;
}

export interface JobDesk {
  list(): Promise<readonly JobStanding[]>;
  /** Makes it due at once; one that runs goes on as it is. False: there is no such job. */
  runNow(name: string): Promise<boolean>;
}

/** What operators see of jobs and can do with them. */
export function openJobDesk(db: Db, jobs: readonly Pick<Job, 'name' | 'everyMs'>[]): JobDesk {
  const rows = pgJobRows(db);
  const every = new Map(jobs.map(({ name, everyMs }) => [name, everyMs]));
  return {
    async list() {
      return (await rows.list()).map((row) => ({
        name: row.name,
        everyMs: every.get(row.name) ?? null,
        dueAtMs: row.due_at,
        running: row.running,
        lastOkAtMs: row.last_ok_at,
        lastError: row.last_error,
        failures: row.failures,
      }));
    },
    runNow: (name) => rows.hurry(name),
  };
}
