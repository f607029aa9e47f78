/** What PostgreSQL's snapshots say of the transactions between two numbers; those below `xminXid` are all over. */
export interface Snapshot {
  /** The oldest transaction that still ran: everything of those before it is committed, or never will be. */
  readonly xminXid: number;
  /** Above every transaction that had a number then. */
  readonly xmaxXid: number;
}

/** Reads the text of a `pg_snapshot`, `xmin:xmax:running,…`. Numbers are exact up to 2^53 transactions. */
export function snapshotOf(text: string): Snapshot {
  const [xmin = '0', xmax = '0'] = text.split(':');
  return { xminXid: Number(xmin), xmaxXid: Number(xmax) };
}
