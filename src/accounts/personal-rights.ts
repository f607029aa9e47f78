import { PERSONAL_DATA, rowsAbout } from '../schema/personal-data.ts';
import { type OnErase, PERSONAL_RELATIONS } from '../schema/personal-relations.ts';
import { type Db, type Queryable, type Sql, sql, type Tx } from '../store/db.ts';

interface Erasing {
  readonly table: string;
  /** SQL over the row `t` and the person `$1`. */
  readonly rows: string;
  readonly onErase: OnErase;
}

function textOf({ table, rows, onErase }: Erasing): string[] {
  if (onErase === 'delete') return [`delete from ${table} t where ${rows}`];
  return 'set' in onErase ? [`update ${table} t set ${onErase.set} where ${rows}`] : [];
}

/**
 * Written by nodes by their timers from what they have in memory, in statements that leave out whoever was erased. One that began
 * before that was committed does not see it, so those under way are waited for.
 */
const FROM_MEMORY: readonly string[] = ['dispatch.responders', 'dispatch.presence'];
/**
 * Before anything of them is deleted: who writes such a row that is deleted already would wait for this transaction, which would
 * wait for them.
 */
const AWAIT_WRITERS = sql(
  'personal_await_writers',
  'lock table dispatch.responders, dispatch.presence in share row exclusive mode',
);

const FOUND_IN_TABLES: readonly Erasing[] = PERSONAL_DATA.flatMap((declared) => {
  const rows = rowsAbout(declared);
  return rows === null ? [] : [{ table: declared.table, rows, onErase: declared.onErase }];
});
const isFromMemory = ({ table }: Erasing) => FROM_MEMORY.includes(table);
const named = (texts: readonly string[], of: string): readonly Sql[] =>
  texts.map((text, place) => sql(`personal_erase_${of}${place}`, text));

/** First what is found by an address or by a relation, then the tables in the order of their declaration. */
const ERASE = named(
  [...PERSONAL_RELATIONS, ...FOUND_IN_TABLES.filter((one) => !isFromMemory(one))].flatMap(textOf),
  '',
);
const ERASE_LAST = named(FOUND_IN_TABLES.filter(isFromMemory).flatMap(textOf), 'last_');

const REMOVE_DOCUMENTS_LATER = sql(
  'personal_remove_documents_later',
  `insert into accounts.documents_to_remove (storage_key)
   select storage_key from accounts.volunteer_documents where volunteer_id = $1
    union all select storage_key from accounts.professional_documents where professional_id = $1
   on conflict do nothing
   returning storage_key`,
);
const EXISTS = sql('personal_exists', 'select 1 as one from accounts.users where id = $1 for update');
const IN_SOS = sql(
  'personal_in_sos',
  `select exists (select from dispatch.holders where user_id = $1)
       or exists (select from dispatch.sos_requests where user_id = $1
                     and status in ('PENDING', 'ACCEPTED', 'IN_PROGRESS', 'ESCALATED')) as "inSos"`,
);

/** Whether somebody has called for help that is not over, or is on the way to somebody. */
export async function isInSos(db: Queryable, userId: string): Promise<boolean> {
  const [row] = await db.query<{ inSos: boolean }>(IN_SOS, [userId]);
  return row?.inSos === true;
}

/**
 * Makes a person nobody: what describes them is taken out or blanked, ids stay, so that the timelines of incidents stay
 * whole. Their documents are noted in `accounts.documents_to_remove`. Answers which; null: no such person.
 */
export async function eraseIn(
  tx: Tx,
  userId: string,
): Promise<{ readonly storageKeys: readonly string[] } | null> {
  if ((await tx.query(EXISTS, [userId])).length === 0) return null;
  const noted = await tx.query<{ storage_key: string }>(REMOVE_DOCUMENTS_LATER, [userId]);
  for (const statement of ERASE) await tx.query(statement, [userId]);
  await tx.query(AWAIT_WRITERS);
  for (const statement of ERASE_LAST) await tx.query(statement, [userId]);
  return { storageKeys: noted.map((row) => row.storage_key) };
}

/** {@link eraseIn} in a transaction of its own. */
export const erasePerson = (db: Db, userId: string) => db.transaction((tx) => eraseIn(tx, userId));
