import pg from 'pg';
import type { Logger } from '../lib/log.ts';
import {
  APPLICATION_SCHEMAS,
  OWNERS_FUNCTIONS,
  POOL_NAMES,
  POOL_REACH,
  type PoolName,
  privilegesOn,
  type Reach,
  type Relation,
  schemasOf,
} from '../schema/application-role.ts';
import { MIGRATION_LOCK_KEY } from './migrate.ts';
import { onClient } from './one-client.ts';
import { sqlState } from './pg-db.ts';

export interface RoleParts {
  /** Connects as the owner of the tables. */
  readonly owner: string;
  /** Connects as the login under which the application runs; may be the owner. */
  readonly login: string;
  /** Name of the application's role. */
  readonly role: string;
  readonly log: Logger;
}

/** Of each statement, and of a connection. Granting waits for whoever migrates or grants. */
const ANSWER_TIMEOUT_MS = 10_000;
const GRANT_TIMEOUT_MS = 600_000;

const REFUSED = '42501';
/** duplicate_object, and unique_violation when two make it at once. */
const THERE_ALREADY = new Set(['42710', '23505']);

/**
 * Makes the role that the application runs under (NOLOGIN, owns nothing), gives it what `src/schema` declares and
 * nothing else, and lets the login act as it. Changes nothing that is right already, so that the owner's rights are
 * only needed after a migration. The answer is how to connect under that role; the login as it is, after a warning,
 * when roles can't be made and the login is the owner itself.
 */
export async function asApplication({ owner, login, role, log }: RoleParts): Promise<string> {
  if (await isReady({ owner, login, role, log }, APPLICATION)) return underRole(login, role);
  const grants = `create role ${role} nologin; grant ${role} to ${await nameOf(login)}`;
  if (owner !== login) {
    throw new Error(`the login of DATABASE_URL may not act as "${role}": let a superuser run: ${grants}`);
  }
  log.warn(
    { role },
    `the application runs with all rights of the owner of its tables, because it may not act as a role of its own: let a superuser run: ${grants}`,
  );
  return login;
}

/** How each pool of a node connects. */
export interface Connections extends Readonly<Record<PoolName, string>> {
  readonly main: string;
}

/**
 * The same for every pool of a node: what is for one purpose only works under a role of its own, `<role>_<pool>`, that reaches
 * no more than that. Where such a role can't be made it works under the application's, after a warning.
 */
export async function asPools(parts: RoleParts): Promise<Connections> {
  const { login, role, log } = parts;
  const main = await asApplication(parts);
  const connections = { main, sos: main, alerts: main, probe: main };
  // Whoever may make no role for the application may make none for its pools.
  if (main === login) return connections;
  const none: string[] = [];
  for (const pool of POOL_NAMES) {
    const own = `${role}_${pool}`;
    if (await isReady({ ...parts, role: own }, { reach: POOL_REACH[pool], functions: [] }))
      connections[pool] = underRole(login, own);
    else none.push(own);
  }
  if (none.length > 0)
    log.warn(
      { roles: none.join(', ') },
      `pools work under the role of the whole application, because these can't be made here: start or migrate once as an owner with createrole, or let a superuser run for each: create role … nologin; grant … to ${await nameOf(login)}`,
    );
  return connections;
}

/** What a role is for. */
interface Purpose {
  readonly reach: Reach;
  readonly functions: readonly string[];
}

const APPLICATION: Purpose = { reach: APPLICATION_SCHEMAS, functions: OWNERS_FUNCTIONS };

/** Whether there is the role, with its rights, and the login may act as it. */
async function isReady({ owner, login, role }: RoleParts, purpose: Purpose): Promise<boolean> {
  const isMade = await onClient({ connectionString: owner }, ANSWER_TIMEOUT_MS, async (client) => {
    if (!(await ensureRole(client, role))) return false;
    await ensureGrants(client, role, purpose);
    return true;
  });
  return isMade && mayActAs(owner, login, role);
}

/** The same address, under a role. What the address asks for in its own `options` stays. */
export function underRole(connectionString: string, role: string): string {
  const url = new URL(connectionString);
  const options = [url.searchParams.get('options'), `-c role=${role}`].filter(Boolean).join(' ');
  url.searchParams.set('options', options);
  return url.href;
}

async function ensureRole(client: pg.Client, role: string): Promise<boolean> {
  const found = await client.query<{ rolsuper: boolean }>(
    'select rolsuper from pg_catalog.pg_roles where rolname = $1',
    [role],
  );
  const [known] = found.rows;
  if (known?.rolsuper) throw new Error(`"${role}" is a superuser: name another role for the application`);
  if (known) return true;
  try {
    await client.query(`create role ${pg.escapeIdentifier(role)} nologin`);
    return true;
  } catch (error) {
    if (sqlState(error) === REFUSED) return false;
    if (THERE_ALREADY.has(sqlState(error))) return true;
    throw error;
  }
}

interface Held extends Relation {
  readonly schema: string;
  readonly relation: string;
  readonly held: string[];
}

// Partitions are reached through their parents; only DEFAULT ones are looked into, for rows that came unforeseen.
const RELATIONS = `
  select n.nspname as schema, c.relname as relation, n.nspname || '.' || c.relname as name,
         case when c.relispartition then 'default_partition' when c.relkind = 'v' then 'view' else 'table' end as kind,
         array(select lower(p.privilege_type) from aclexplode(c.relacl) p where p.grantee = r.oid
               union
               select lower(p.privilege_type) || ' ' || a.attname
                 from pg_catalog.pg_attribute a cross join aclexplode(a.attacl) p
                where a.attrelid = c.oid and p.grantee = r.oid
               order by 1) as held
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_roles r on r.rolname = $1
   where n.nspname = any($2) and c.relkind in ('r', 'p', 'v')
     and (not c.relispartition or pg_get_expr(c.relpartbound, c.oid) = 'DEFAULT')
     and not exists (select from pg_catalog.pg_depend d
                      where d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
   order by name`;

/** All in one transaction, on one node at a time. */
async function ensureGrants(client: pg.Client, role: string, purpose: Purpose): Promise<void> {
  await client.query('begin');
  try {
    const lock = {
      text: 'select pg_advisory_xact_lock($1)',
      values: [MIGRATION_LOCK_KEY],
      query_timeout: GRANT_TIMEOUT_MS,
    };
    await client.query(lock);
    for (const statement of await missing(client, role, purpose)) await client.query(statement);
    // Who is not the owner gets an error for some grants, and for others a warning only.
    if ((await missing(client, role, purpose)).length > 0) throw new Error(ONLY_OWNER);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw sqlState(error) === REFUSED ? new Error(ONLY_OWNER, { cause: error }) : error;
  }
}

const ONLY_OWNER =
  'the rights of the application changed, and only the owner of the tables can grant them: ' +
  'start once with MUSTER_MIGRATION_DATABASE_URL';

/** The statements that lead from what the role holds to what it is declared to hold. */
async function missing(
  client: pg.Client,
  role: string,
  { reach, functions: called }: Purpose,
): Promise<string[]> {
  const to = pg.escapeIdentifier(role);
  const { rows: schemas } = await client.query<{ name: string }>(
    `select n.nspname as name from pg_catalog.pg_namespace n
      where n.nspname = any($2) and not has_schema_privilege($1, n.oid, 'usage') order by 1`,
    [role, schemasOf(reach)],
  );
  const { rows: functions } = await client.query<{ signature: string }>(
    `select f.signature from unnest($2::text[]) as f (signature)
      where to_regprocedure(f.signature) is not null
        and not has_function_privilege($1, to_regprocedure(f.signature)::oid, 'execute')`,
    [role, called],
  );
  const { rows: relations } = await client.query<Held>(RELATIONS, [role, APPLICATION_SCHEMAS]);
  return [
    ...schemas.map(({ name }) => `grant usage on schema ${pg.escapeIdentifier(name)} to ${to}`),
    ...functions.map(({ signature }) => `grant execute on function ${signature} to ${to}`),
    ...relations.flatMap((relation) => grantsOn(relation, to, reach)),
  ];
}

function grantsOn(relation: Held, to: string, reach: Reach): string[] {
  const wanted = privilegesOn(relation, reach);
  if (wanted.join() === relation.held.join()) return [];
  const on = `${pg.escapeIdentifier(relation.schema)}.${pg.escapeIdentifier(relation.relation)}`;
  return [
    `revoke all on ${on} from ${to}`,
    ...wanted.map((text) => {
      const [privilege, column] = text.split(' ');
      return `grant ${privilege}${column ? ` (${pg.escapeIdentifier(column)})` : ''} on ${on} to ${to}`;
    }),
  ];
}

/** Whether the login can act as the role; the owner lets it when it may. */
async function mayActAs(owner: string, login: string, role: string): Promise<boolean> {
  if (await canConnect(underRole(login, role))) return true;
  const grant = `grant ${pg.escapeIdentifier(role)} to ${pg.escapeIdentifier(await nameOf(login))}`;
  try {
    await onClient({ connectionString: owner }, ANSWER_TIMEOUT_MS, (client) => client.query(grant));
  } catch (error) {
    if (sqlState(error) === REFUSED) return false;
    if (!THERE_ALREADY.has(sqlState(error))) throw error;
  }
  return canConnect(underRole(login, role));
}

/** invalid_parameter_value and insufficient_privilege: there is no such role, or it is not this login's to take. */
const NOT_ITS_ROLE = new Set(['22023', REFUSED]);

async function canConnect(connectionString: string): Promise<boolean> {
  try {
    await onClient({ connectionString }, ANSWER_TIMEOUT_MS, async () => {});
    return true;
  } catch (error) {
    if (NOT_ITS_ROLE.has(sqlState(error))) return false;
    throw error;
  }
}

const nameOf = (login: string): Promise<string> =>
  onClient({ connectionString: login }, ANSWER_TIMEOUT_MS, async (client) => {
    const { rows } = await client.query<{ name: string }>('select session_user as name');
    return rows[0]?.name ?? '';
  });
