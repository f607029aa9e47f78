import { uuidV7Ms } from '../lib/ids.ts';
import { RETENTION } from '../schema/personal-data.ts';
import { type Db, type Queryable, sql } from '../store/db.ts';
import { hashOf, NO_HASH } from './audit-entry.ts';
import {
  AUDIT_BEYOND_HEAD,
  AUDIT_CHAINS,
  AUDIT_HASH,
  AUDIT_OF_CHAIN,
  type AuditRow,
  type ChainRow,
  entryOf,
} from './sql/audit.ts';

/** Where a chain stops being what was written. */
export interface Broken {
  readonly chain: string;
  readonly chainSeq: number;
  /** The row; null when it is missing. */
  readonly id: string | null;
  /** Ends the sentence "row n of chain c …". */
  readonly what: string;
}

export interface AuditVerdict {
  readonly chains: number;
  readonly rows: number;
  /** The first broken row of each broken chain. */
  readonly broken: readonly Broken[];
}

const ONE_MOMENT = sql('accounts_audit_moment', 'set transaction isolation level repeatable read');
const PAGE_ROWS = 1_000;
/** Each can be about 500 people: so many are read and hashed in about 20 ms, in which a node does nothing else. */
const PAGE_ROWS_OF_MANY = 100;
const LOWEST_ID = '00000000-0000-0000-0000-000000000000';

/**
 * Reads the whole audit log and compares every row with its hash, its predecessor and the head of its chain. Only rows
 * that were kept for long enough may be gone, and only from the beginning of a chain.
 */
export function verifyAudit(db: Db): Promise<AuditVerdict> {
  return db.transaction(async (tx) => {
    // One moment of the database: a node may go on writing, and old rows may be deleted, while this reads.
    await tx.query(ONE_MOMENT);
    return verifyAll(tx);
  });
}

/**
 * The same beside a working node: page by page, so that nobody waits for it. Each chain is looked at as far as its head
 * was; what looks broken is looked at again in one moment of the database, for rows may have come or gone meanwhile.
 */
export function verifyAuditLive(db: Db): Promise<AuditVerdict> {
  return verifyEach(db, async (chain) => {
    const verdict = await verifyChain(db, chain, chain.head);
    if (!verdict.broken && !(await reachesBeyondHead(db, chain))) return verdict;
    return db.transaction(async (tx) => {
      await tx.query(ONE_MOMENT);
      const now = (await chainsOf(tx)).find((one) => one.chain === chain.chain);
      return now ? verifyChain(tx, now) : verdict;
    });
  });
}

const verifyAll = (db: Queryable) => verifyEach(db, (chain) => verifyChain(db, chain));

async function verifyEach(
  db: Queryable,
  verify: (chain: ChainRow) => Promise<ChainVerdict>,
): Promise<AuditVerdict> {
  const chains = await chainsOf(db);
  const broken: Broken[] = [];
  let rows = 0;
  for (const chain of chains) {
    const verdict = await verify(chain);
    rows += verdict.rows;
    if (verdict.broken) broken.push(verdict.broken);
  }
  return { chains: chains.length, rows, broken };
}

const chainsOf = (db: Queryable) => db.query<ChainRow>(AUDIT_CHAINS, [RETENTION.audit.keepDays]);

async function reachesBeyondHead(db: Queryable, { chain }: ChainRow): Promise<boolean> {
  const [row] = await db.query<{ beyond: boolean }>(AUDIT_BEYOND_HEAD, [chain]);
  return row?.beyond ?? true;
}

interface ChainVerdict {
  readonly rows: number;
  readonly broken: Broken | null;
}

/** `upTo`: rows of a higher number are left alone; they came while it was read. */
async function verifyChain(
  db: Queryable,
  chain: ChainRow,
  upTo = Number.POSITIVE_INFINITY,
): Promise<ChainVerdict> {
  let rows = 0;
  let before: AuditRow | null = null;
  let pageRows = PAGE_ROWS_OF_MANY;
  for (;;) {
    const from: readonly unknown[] = [chain.chain, before?.chain_seq ?? 0, before?.id ?? LOWEST_ID, pageRows];
    const page: AuditRow[] = await db.query<AuditRow>(AUDIT_OF_CHAIN, from);
    for (const row of page) {
      if (row.chain_seq > upTo) return { rows, broken: wrongWithHead(chain, before) };
      const what = await wrongWith(db, chain, row, before);
      if (what) return { rows, broken: what };
      before = row;
      rows += 1;
    }
    if (page.length < pageRows) return { rows, broken: wrongWithHead(chain, before) };
    // Where none of a page was about many, hardly any of the next will be.
    const isOfMany = page.some((row) => row.subject_user_ids !== null);
    pageRows = isOfMany ? PAGE_ROWS_OF_MANY : PAGE_ROWS;
  }
}

async function wrongWith(
  db: Queryable,
  of: ChainRow,
  row: AuditRow,
  before: AuditRow | null,
): Promise<Broken | null> {
  const { chain, low, head } = of;
  const due = before ? before.chain_seq + 1 : low;
  const broken = (what: string): Broken => ({ chain, chainSeq: row.chain_seq, id: row.id, what });
  if (row.chain_seq > due) return { chain, chainSeq: due, id: null, what: 'is missing' };
  if (row.chain_seq < due) return broken('was put in beside another of its number');
  if (row.chain_seq > head) return broken('was added behind the head of its chain');
  const from = before ? before.hash : of.low_hash;
  if (from && !row.prev_hash.equals(from)) return broken('does not follow from the row before it');
  if (!hashOf(entryOf(row), chain, row.chain_seq, row.prev_hash).equals(row.hash))
    return broken('was changed after it was written');
  if (!before && low > 1 && !isOldEnough(of)) return broken('comes after rows that were deleted too early');
  if (row.chain_seq !== 1) return null;
  return (await isLinked(db, row, of.kept_from))
    ? null
    : broken('names a row of an earlier chain that is not there');
}

/** Rows before the first one are gone: whether they could be so old, by what the chain says and by when it began. */
function isOldEnough({
  chain,
  low_hash: hash,
  forgotten_at: newestMs,
  kept_from: keptFromMs,
}: ChainRow): boolean {
  if (hash === null || newestMs === null || newestMs >= keptFromMs) return false;
  return uuidV7Ms(chain) <= newestMs;
}

/** The first row of a chain names the newest row there was, which may have been kept for long enough since. */
async function isLinked(
  db: Queryable,
  { resource_id: named, prev_hash: hash }: AuditRow,
  keptFromMs: number,
): Promise<boolean> {
  if (named === null) return hash.equals(NO_HASH);
  const [row] = await db.query<{ id: string; hash: Buffer }>(AUDIT_HASH, [named]);
  return row ? row.hash.equals(hash) : uuidV7Ms(named) < keptFromMs;
}

function wrongWithHead(
  { chain, low, head, head_hash: hash }: ChainRow,
  last: AuditRow | null,
): Broken | null {
  const reached = last?.chain_seq ?? low - 1;
  if (reached < head) return { chain, chainSeq: reached + 1, id: null, what: 'is missing' };
  if (!last || last.hash.equals(hash)) return null;
  return { chain, chainSeq: reached, id: last.id, what: 'is not the row that the head of its chain names' };
}
