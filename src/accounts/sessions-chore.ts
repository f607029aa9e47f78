import type { Context } from './context.ts';
import type { Chore } from './sessions-types.ts';
import { DELETE_OLD_SESSIONS } from './sql/sessions.ts';

const AT_ONCE = 1_000;
const HOUR_MS = 3_600_000;

/** Deletes sessions that nobody can continue any more, in batches so that nothing waits behind it. */
export const oldSessionsChore = ({ db, log, refreshTokenLifeMs }: Context): Chore => ({
  name: 'old_sessions',
  everyMs: HOUR_MS,
  async run({ signal }) {
    let deleted = 0;
    for (;;) {
      const { length } = await db.query(DELETE_OLD_SESSIONS, [refreshTokenLifeMs / 1_000, AT_ONCE]);
      deleted += length;
      if (length < AT_ONCE || signal.aborted) break;
    }
    if (deleted > 0) log.info({ deleted }, 'old sessions deleted');
  },
});
