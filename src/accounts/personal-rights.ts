import { PERSONAL_DATA, type PersonalTable } from '../schema/personal-data.ts';
import { type Db, type Queryable, type Sql, sql } from '../store/db.ts';

/** Everything kept about one person, by table; what is secret of it is left out. */
export interface PersonalExport {
  readonly userId: string;
  readonly exportedAt: string;
  readonly tables: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>;
}

type AboutSomebody = PersonalTable & { readonly subject: string };
const aboutSomebody = PERSONAL_DATA.filter((t): t is AboutSomebody => t.subject !== null);

const selectOf = ({ table, subject }: AboutSomebody): Sql =>
  sql(`personal_export_${table}`, `select to_jsonb(t) as row from ${table} t where t.${subject} = $1`);

function eraseOf({ table, subject, onErase }: AboutSomebody): Sql | null {
  const name = `personal_erase_${table}`;
  if (onErase === 'delete') return sql(name, `delete from ${table} where ${subject} = $1`);
  if ('set' in onErase) return sql(name, `update ${table} set ${onErase.set} where ${subject} = $1`);
  return null;
}

/** All that is kept about a person, for that person. */
export async function exportPerson(db: Queryable, userId: string, nowMs: number): Promise<PersonalExport> {
  const tables: Record<string, Record<string, unknown>[]> = {};
  for (const table of aboutSomebody) {
    const rows = await db.query<{ row: Record<string, unknown> }>(selectOf(table), [userId]);
    const withheld = new Set(table.withheld);
    if (rows.length === 0) continue;
    tables[table.table] = rows.map(({ row }) =>
      Object.fromEntries(Object.entries(row).filter(([column]) => !withheld.has(column))),
    );
  }
  return { userId, exportedAt: new Date(nowMs).toISOString(), tables };
}

const STORAGE_KEYS = sql(
  'personal_storage_keys',
  `select storage_key from accounts.volunteer_documents where volunteer_id = $1
   union all select storage_key from accounts.professional_documents where professional_id = $1`,
);
const EXISTS = sql('personal_exists', 'select 1 as one from accounts.users where id = $1 for update');

/**
 * Makes a person nobody: what describes them is taken out or blanked, ids stay, so that the timelines of incidents stay
 * whole. One transaction. Answers where documents of theirs are stored, for taking them out too; null: no such person.
 */
export async function erasePerson(
  db: Db,
  userId: string,
): Promise<{ storageKeys: readonly string[] } | null> {
  return db.transaction(async (tx) => {
    if ((await tx.query(EXISTS, [userId])).length === 0) return null;
    const keys = await tx.query<{ storage_key: string }>(STORAGE_KEYS, [userId]);
    for (const table of aboutSomebody) {
      const statement = eraseOf(table);
      if (statement) await tx.query(statement, [userId]);
    }
    return { storageKeys: keys.map((row) => row.storage_key) };
  });
}
