import { sql } from '../store/db.ts';
import type { Job } from './job.ts';

const DELETE = sql(
  'jobs_delete_old_commands',
  `with old as materialized (
     select actor_id, command_id from journal.commands
      where at < now() - interval '30 days'
      order by at
      limit $1
        for update skip locked)
   delete from journal.commands c
    using old
    where c.actor_id = old.actor_id and c.command_id = old.command_id
   returning 1`,
);

const BATCH_ROWS = 2_000;
const HOUR_MS = 3_600_000;

/** Forgets answers to commands after 30 days, in batches so that nothing waits behind it (DESIGN 2). */
export const oldCommandsJob: Job = {
  name: 'old_commands',
  everyMs: HOUR_MS,
  async run({ db, log, signal }) {
    let deleted = 0;
    for (;;) {
      const { length } = await db.query(DELETE, [BATCH_ROWS]);
      deleted += length;
      if (length < BATCH_ROWS || signal.aborted) break;
    }
    if (deleted > 0) log.info({ deleted }, 'answers to old commands deleted');
  },
};
