import { type PGlite, protocol } from '@electric-sql/pglite';
import { ReadyFilter } from './ready-filter.ts';

type Database = Pick<
  PGlite,
  'waitReady' | 'exec' | 'isInTransaction' | 'runExclusive' | 'execProtocolRawStream'
> &
  Pick<PGlite, 'execProtocolStream'>;
type RawOptions = Parameters<PGlite['execProtocolRawStream']>[1];
type OwnWork = () => Promise<void>;

const STARTUP = 0;
const TERMINATE = 'X'.charCodeAt(0);
const SYNC = 'S'.charCodeAt(0);
const QUERY = 'Q'.charCodeAt(0);
const FLUSH = 'H'.charCodeAt(0);

/**
 * Stands between pglite-socket and the one session that all its connections share. It has the shape of the
 * database that pglite-socket (0.2.11) is given, and makes up for what was found there:
 *
 * - After an error in Parse, Bind or Execute, PGlite sends ReadyForQuery at once and again for the Sync. The second
 *   one answers the client's next statement before it has run: an insert that failed counts as stored. The gate
 *   executes a series up to its Sync as a whole and lets one ReadyForQuery through, the last.
 * - It ties a connection to the session by BEGIN only, so the series of two connections could interleave and one
 *   run the other's statement. The gate calls an unfinished series a transaction, so nobody gets in between.
 * - A client that goes away after an error and before its Sync leaves a session that ignores all others until a
 *   Sync comes. The gate sends it.
 * - When execution throws, its queue stays locked for ever. Here it ends the process, which the parent restarts.
 * - Session state outlives a connection. A new connection finds it discarded when no other one is open, so that
 *   prepared statements, settings and advisory locks of a lost connection do not stay.
 * - A connection lost by an error (EPIPE, ECONNRESET) keeps its place among `maxConnections` for ever, so the
 *   limit must be far away. The statement of a client that is gone runs to its end; cancel requests are ignored.
 * - Output goes to whoever asked last, also that of `execProtocol` and `execProtocolRaw`. Own queries therefore use
 *   `execProtocolStream`, through `own`, which waits for a moment between the clients' statements.
 */
export class SessionGate {
  readonly waitReady: Promise<void>;
  readonly #db: Database;
  readonly #onBroken: (sentence: string) => never;
  readonly #ownWork: OwnWork[] = [];
  readonly #series: Uint8Array[] = [];
  #flushed = false;
  /** How many connections are open, the one that has just come included. */
  connectionCount: () => Promise<number> = async () => 0;

  constructor(db: Database, onBroken: (sentence: string) => never) {
    this.#db = db;
    this.#onBroken = onBroken;
    this.waitReady = db.waitReady;
  }

  /** Whether the session belongs to one connection at the moment. */
  isInTransaction(): boolean {
    return this.#series.length > 0 || this.#flushed || this.#db.isInTransaction();
  }

  runExclusive<T>(fn: () => Promise<T>): Promise<T> {
    return this.#db.runExclusive(fn);
  }

  /** Called by pglite-socket with `ROLLBACK` when the owner of the session is gone. */
  async exec(sql: string): Promise<void> {
    await this.#db.runExclusive(async () => {
      this.#series.length = 0;
      if (this.#flushed) await this.#send(protocol.serialize.sync());
      this.#flushed = false;
      if (this.#db.isInTransaction()) await this.#send(protocol.serialize.query(sql));
      await this.#doOwnWork();
    });
  }

  /** Takes one message of a client. Called by pglite-socket inside `runExclusive`. */
  async execProtocolRawStream(message: Uint8Array, options: RawOptions): Promise<void> {
    try {
      await this.#take(message, options);
    } catch (error) {
      this.#onBroken(
        `a message could not be executed: ${error instanceof Error ? error.message : 'unknown error'}`,
      );
    }
  }

  /** Runs a statement of our own between those of the clients. Answers with the first column of the first row. */
  own(sql: string): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
      this.#ownWork.push(() => this.#send(protocol.serialize.query(sql)).then(resolve, reject));
      void this.#db.runExclusive(async () => {
        if (!this.isInTransaction()) await this.#doOwnWork();
      });
    });
  }

  /** Resolves when the session works. One that is inside a client's transaction is left alone. */
  probe(): Promise<void> {
    return this.#db.runExclusive(async () => {
      if (!this.isInTransaction()) await this.#send(protocol.serialize.query('select 1'));
    });
  }

  async #take(message: Uint8Array, options: RawOptions): Promise<void> {
    const kind = message[0];
    if (kind === TERMINATE) return;
    if (kind === STARTUP) {
      if (!this.isInTransaction()) await this.#discardSession();
      await this.#db.execProtocolRawStream(message, options);
      return;
    }
    this.#series.push(message);
    if (kind !== SYNC && kind !== QUERY && kind !== FLUSH) return;
    const series = Buffer.concat(this.#series);
    this.#series.length = 0;
    const filter = new ReadyFilter();
    await this.#db.execProtocolRawStream(series, {
      ...options,
      onRawData: (data) => options.onRawData(filter.push(data)),
    });
    this.#flushed = kind === FLUSH;
    if (!this.#flushed && filter.last) options.onRawData(filter.last);
    if (!this.isInTransaction()) await this.#doOwnWork();
  }

  async #discardSession(): Promise<void> {
    if ((await this.connectionCount()) <= 1) await this.#send(protocol.serialize.query('discard all'));
  }

  async #doOwnWork(): Promise<void> {
    for (let next = this.#ownWork.shift(); next; next = this.#ownWork.shift()) await next();
  }

  async #send(message: Uint8Array): Promise<string | undefined> {
    const answers = await this.#db.execProtocolStream(message, { syncToFs: false });
    for (const answer of answers) if (isDataRow(answer)) return answer.fields[0] ?? undefined;
    return undefined;
  }
}

function isDataRow(answer: { name: string }): answer is { name: string; fields: (string | null)[] } {
  return answer.name === 'dataRow';
}
