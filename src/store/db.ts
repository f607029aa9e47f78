/**
 * One SQL statement with a name of its own. The name becomes a prepared statement where the engine can hold them
 * (embedded PGlite can't: its connections share one session). Parameters are `$n`, never spliced in.
 */
export interface Sql {
  /** What its times are counted under, too. */
  readonly name: string;
  readonly text: string;
  /**
   * Under which name it is prepared, when that is not `name`; null: not at all. No connection ever gives back what it has prepared,
   * so statements that are made from what somebody asks have to be few, or none.
   */
  readonly preparedAs?: string | null;
}

export const sql = (name: string, text: string): Sql => ({ name, text });

export interface Queryable {
  /** Rows come with `int8` as number and `timestamptz` as milliseconds. Throws {@link StoreUnavailable}. */
  query<Row>(statement: Sql, params?: readonly unknown[]): Promise<Row[]>;
}

export interface Tx extends Queryable {
  /**
   * A `copy … from stdin (format binary)` with all of its data, see `copy-rows.ts`. Absent where the engine can't:
   * embedded PGlite takes none over its socket.
   */
  readonly copy?: (statement: Sql, data: Uint8Array) => Promise<void>;
  /** Runs once the transaction is durable, in order of registration; never after a rollback. */
  afterCommit(effect: () => void): void;
}

export interface Db extends Queryable {
  /**
   * Runs `work` in a READ COMMITTED transaction on the primary and commits. A deadlock or serialisation failure
   * runs it again, so it must have no effect of its own but through `tx`.
   */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/**
 * The store did not answer, in time or at all. Whether the statement took effect is *unknown*: the caller sends
 * it again with the same id.
 */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
  readonly code = 'store_unavailable';
  /** What the server itself said of it, as SQLSTATE; empty: it said nothing. */
  readonly sqlState: string;

  constructor(message?: string, sqlState = '') {
    super(message);
    this.sqlState = sqlState;
  }
}
