import { type PGlite, protocol } from '@electric-sql/pglite';

type Database = Pick<
  PGlite,
  'waitReady' | 'exec' | 'isInTransaction' | 'runExclusive' | 'execProtocolRawStream'
> &
  Pick<PGlite, 'execProtocolStream'>;
type RawOptions = Parameters<PGlite['execProtocolRawStream']>[1];
type OwnWork = () => Promise<void>;

const CODE = { startup: 0, sync: 'S'.charCodeAt(0), query: 'Q'.charCodeAt(0), terminate: 'X'.charCodeAt(0) };

/**
 * Stands between pglite-socket and the one session that all its connections share. It has the shape of the
 * database that pglite-socket (0.2.11) is given, and makes up for what was found there:
 *
 * - It schedules single messages and only a BEGIN ties a connection to the session. Parse, Bind, Execute and Sync
 *   of two connections can interleave: one runs the other's statement, or loses an insert that was already
 *   answered because the other failed before the Sync. The gate calls an unfinished series a transaction, so
 *   nobody else gets in before its Sync.
 * - A connection that goes away in a transaction is followed by ROLLBACK, but one that goes away between an error
 *   and its Sync leaves a session that ignores all others until a Sync comes. The gate sends that Sync first.
 * - When execution throws, its queue stays locked for ever. Here it ends the process, which the parent restarts.
 * - Session state outlives a connection. A new connection finds it discarded when no other one is open, so that
 *   prepared statements, settings and advisory locks of a lost connection do not stay.
 * - A connection lost by an error (EPIPE, ECONNRESET) keeps its place among `maxConnections` for ever, so the
 *   limit must be far away. A query of a client that is gone runs to its end; cancel requests are ignored.
 * - Output goes to whoever asked last, also that of `execProtocol` and `execProtocolRaw`. Own queries therefore use
 *   `execProtocolStream`, through `own`, which waits for a moment between the clients' statements.
 */
export class SessionGate {
  readonly waitReady: Promise<void>;
  readonly #db: Database;
  readonly #onBroken: (sentence: string) => never;
  readonly #ownWork: OwnWork[] = [];
  #inSeries = false;
  /** Told by the server; 1 means that the connection just opened is alone. */
  connectionCount: () => number = () => 0;

  constructor(db: Database, onBroken: (sentence: string) => never) {
    this.#db = db;
    this.#onBroken = onBroken;
    this.waitReady = db.waitReady;
  }

  /** Whether the session belongs to one connection at the moment. */
  isInTransaction(): boolean {
    return this.#inSeries || this.#db.isInTransaction();
  }

  runExclusive<T>(fn: () => Promise<T>): Promise<T> {
    return this.#db.runExclusive(fn);
  }

  /** Called by pglite-socket with `ROLLBACK` when the owner of the session is gone. */
  async exec(sql: string): Promise<void> {
    await this.#db.runExclusive(async () => {
      if (this.#inSeries) await this.#send(protocol.serialize.sync());
      this.#inSeries = false;
      if (this.#db.isInTransaction()) await this.#send(protocol.serialize.query(sql));
      await this.#doOwnWork();
    });
  }

  /** Runs one message of a client. Called by pglite-socket inside `runExclusive`. */
  async execProtocolRawStream(message: Uint8Array, options: RawOptions): Promise<void> {
    try {
      if (message[0] === CODE.startup && !this.isInTransaction()) await this.#discardSession();
      await this.#db.execProtocolRawStream(message, options);
      this.#inSeries = continuesSeries(message[0], this.#inSeries);
      if (!this.isInTransaction()) await this.#doOwnWork();
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

  async #discardSession(): Promise<void> {
    if (this.connectionCount() <= 1) await this.#send(protocol.serialize.query('discard all'));
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

function continuesSeries(code: number | undefined, before: boolean): boolean {
  if (code === CODE.sync || code === CODE.query) return false;
  return code === CODE.startup || code === CODE.terminate ? before : true;
}

function isDataRow(answer: { name: string }): answer is { name: string; fields: (string | null)[] } {
  return answer.name === 'dataRow';
}
