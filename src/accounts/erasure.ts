import { Attempts } from '../lib/attempts.ts';
import { isUuid } from '../lib/ids.ts';
import { letGo } from '../lib/let-go.ts';
import { errorFields } from '../lib/log.ts';
import { ok, type Result, refused } from '../lib/result.ts';
import type { PeopleContext } from './people-context.ts';
import { personalExport } from './personal-export.ts';
import { eraseIn, isInSos } from './personal-rights.ts';
import type { Caller, Chore, TooSoon } from './sessions-types.ts';
import { DOCUMENT_REMOVED, DOCUMENTS_TO_REMOVE, EMAIL_OF, ERASED_LATELY } from './sql/erasure.ts';
import { LOCK_ADMINS, OTHER_ADMIN_EXISTS } from './sql/grants.ts';
import { LOCK_USER } from './sql/users.ts';
import { allowed, freshStanding, standingChanged } from './standing.ts';
import type { Principal } from './types.ts';
import { standDown } from './volunteers.ts';

export const EXPORTS_PER_HOUR = 5;
const EXPORTS_AT_ONCE = 4;
const HOUR_MS = 3_600_000;
const KEYS_MAX = 10_000;

/** What whoever asks for an erasure shows again: it can not be taken back. */
export interface Proof {
  readonly password: string;
  readonly code?: string | undefined;
}

export interface Erasure {
  /**
   * Everything kept about one person, as pieces of JSON, for that person and administrators. At most
   * {@link EXPORTS_PER_HOUR} of one person; who does not read it to its end has to return it.
   */
  exportOf(
    by: Principal,
    userId: string,
  ): Promise<Result<AsyncIterableIterator<string>, 'forbidden' | 'not_found' | 'busy'> | TooSoon>;
  /**
   * Makes somebody nobody: for that person and administrators, who show their own password, and code where they have a
   * second factor. Sessions and sockets end with it. Not while they are in an open SOS, nor the last administrator.
   */
  erase(
    by: Principal,
    userId: string,
    proof: Proof,
    from?: Caller,
  ): Promise<
    | Result<
        null,
        'forbidden' | 'not_found' | 'credentials_wrong' | 'second_factor_required' | 'busy' | 'in_open_sos'
      >
    | TooSoon
  >;
}

export function openErasure(context: PeopleContext): Erasure {
  const { clock, db, log, prove } = context;
  const exports = new Attempts(clock, { max: EXPORTS_PER_HOUR, windowMs: HOUR_MS, keysMax: KEYS_MAX });
  const tellExport = context.spending.open('exports', 1, (userId, count) => exports.heard(userId, count));
  let running = 0;

  const mayDo = async (by: Principal, action: 'export' | 'erase', userId: string) =>
    by.userId === userId || (await allowed(context, by, action, 'personal_data'));

  const becomeNobody = (userId: string): ReturnType<Erasure['erase']> =>
    db.transaction(async (tx) => {
      await tx.query(LOCK_ADMINS);
      await tx.query(LOCK_USER, [userId]);
      if (await isInSos(tx, userId)) return refused('in_open_sos');
      const { grants } = await freshStanding({ db: tx }, userId);
      const [other] = await tx.query<{ exists: boolean }>(OTHER_ADMIN_EXISTS, [userId]);
      if (grants.includes('admin') && !other?.exists) {
        return refused('forbidden', 'the last administrator stays one');
      }
      await standDown(context, tx, userId);
      await context.endSessions(tx, userId);
      if (!(await eraseIn(tx, userId))) return refused('not_found');
      await standingChanged(context, tx, userId);
      tx.afterCommit(() => {
        context.news.tell({ kind: 'revoked', userId });
        context.onErased(userId);
      });
      return ok(null);
    });

  return {
    async exportOf(by, userId) {
      if (!(await mayDo(by, 'export', userId))) return refused('forbidden');
      const [known] = isUuid(userId) ? await db.query(EMAIL_OF, [userId]) : [];
      if (!known) return refused('not_found');
      const retryAfterMs = exports.waitMs(userId);
      if (retryAfterMs > 0) return { ok: false, code: 'rate_limited', retryAfterMs };
      if (running >= EXPORTS_AT_ONCE) return refused('busy');
      exports.failed(userId);
      tellExport(userId);
      running += 1;
      return ok(
        letGo(personalExport(db, userId, clock.nowMs()), () => {
          running -= 1;
        }),
      );
    },

    async erase(by, userId, { password, code }, from) {
      if (!isUuid(userId) || !(await mayDo(by, 'erase', userId))) return refused('forbidden');
      const [self] = await db.query<{ email: string }>(EMAIL_OF, [by.userId]);
      if (!self) return refused('forbidden');
      const proved = await prove({ email: self.email, password, code }, from);
      if (!proved.ok) return proved;
      const erased = await becomeNobody(userId);
      // What fails now is done by the chore.
      if (erased.ok) {
        await removeDocuments(context).catch((error: unknown) =>
          log.warn(errorFields(error), 'documents of somebody erased are still stored; tried again'),
        );
      }
      return erased;
    },
  };
}

const REMOVED_AT_ONCE = 100;

/** Takes the documents of whoever was erased out of the storage. */
async function removeDocuments({ db, documents }: PeopleContext): Promise<void> {
  for (;;) {
    const due = await db.query<{ storage_key: string }>(DOCUMENTS_TO_REMOVE, [REMOVED_AT_ONCE]);
    for (const { storage_key: key } of due) {
      await documents.remove(key);
      await db.query(DOCUMENT_REMOVED, [key]);
    }
    if (due.length < REMOVED_AT_ONCE) return;
  }
}

const CHORE_EVERY_MS = 60_000;
/** Longer than anything that was on its way when somebody was erased takes to arrive. */
const LATE_S = 3_600;
const ERASED_AT_ONCE = 100;

/** Takes out what came in after somebody was erased, and documents that could not be taken out at once. */
export const erasureChore = (context: PeopleContext): Chore => ({
  name: 'erasure',
  everyMs: CHORE_EVERY_MS,
  async run({ signal }) {
    const lately = await context.db.query<{ id: string }>(ERASED_LATELY, [LATE_S, ERASED_AT_ONCE]);
    for (const { id } of lately) {
      if (signal.aborted) return;
      await context.db.transaction(async (tx) => {
        await tx.query(LOCK_USER, [id]);
        // Somebody who called for help at the last moment is not made nobody before they have it.
        if (!(await isInSos(tx, id))) await eraseIn(tx, id);
      });
    }
    await removeDocuments(context);
  },
});
