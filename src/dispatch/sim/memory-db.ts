import type { SosState } from '../machine/state.ts';
import type { LogEvent, PolicyVersion, StoredResponder } from '../store.ts';
import type { NewEntry, Stored } from '../writing.ts';

/** One way for the wire between a node and the store; it takes time, and may reject or never lead anywhere. */
export type Phase = 'begin' | 'statement' | 'commit' | 'answer';
export interface Line {
  readonly nodeId: string;
  /** Resolves when the server has got there. Rejects when the line is lost: before `answer` nothing was done. */
  step(phase: Phase): Promise<void>;
}

export interface Deadline {
  readonly dueAtMs: number;
  readonly leaseUntilMs: number | null;
}

/** What one transaction made visible, all at once. */
export interface Commit {
  readonly nodeId: string;
  readonly commandKey: string | null;
  readonly events: readonly LogEvent[];
  /** What was written, or looked at and left as it was. */
  readonly states: readonly SosState[];
}

/** A key that exists already (SQLSTATE 23505). */
export class KeyTaken extends Error {
  override readonly name = 'KeyTaken';
}

/** Two transactions wait for each other (SQLSTATE 40P01): this one is undone and run again. */
export class Deadlock extends Error {
  override readonly name = 'Deadlock';
}

/**
 * The tables of dispatch and of the log, in memory, with what PostgreSQL guarantees of them: a transaction sees what is
 * committed when it looks, is seen whole or not at all, waits for the rows that another one has written, and can't write a
 * key that is taken.
 */
export class MemoryDb {
  readonly nowMs: () => number;
  readonly streams = new Map<string, LogEvent[]>();
  readonly commands = new Map<string, Stored>();
  readonly states = new Map<string, SosState>();
  readonly holders = new Map<string, { readonly sosId: string; readonly slot: number }>();
  readonly deadlines = new Map<string, Deadline>();
  /** By SOS and reader: the number of the last message of somebody else that they have read. */
  readonly chatReads = new Map<string, Map<string, number>>();
  readonly policies: PolicyVersion[] = [];
  readonly responders = new Map<string, StoredResponder>();
  /** In the order in which they became visible: what a tail reads. */
  readonly commits: Commit[] = [];
  readonly #locks = new Map<string, { owner: Transaction; readonly waiting: (() => void)[] }>();
  readonly #onCommit: (commit: Commit) => void;

  constructor(nowMs: () => number, onCommit: (commit: Commit) => void) {
    this.nowMs = nowMs;
    this.#onCommit = onCommit;
  }

  headOf(stream: string): number {
    return this.streams.get(stream)?.length ?? 0;
  }

  isLocked(row: string): boolean {
    return this.#locks.has(row);
  }

  /** Runs `work` as one transaction over this line, again after a deadlock. */
  async transaction<T>(line: Line, work: (tx: Transaction) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#once(line, work);
      } catch (error) {
        if (!(error instanceof Deadlock) || tries === DEADLOCK_TRIES) throw error;
      }
    }
  }

  async #once<T>(line: Line, work: (tx: Transaction) => Promise<T>): Promise<T> {
    await line.step('begin');
    const tx = this.begin(line);
    let value: T;
    try {
      value = await work(tx);
      await line.step('commit');
      const commit = tx.apply();
      if (commit) {
        this.commits.push(commit);
        this.#onCommit(commit);
      }
    } finally {
      this.#release(tx);
    }
    await line.step('answer');
    return value;
  }

  protected begin(line: Line): Transaction {
    return new Transaction(this, line);
  }

  /** Waits until nobody else has this row. */
  async lock(tx: Transaction, row: string): Promise<void> {
    for (let lock = this.#locks.get(row); lock && lock.owner !== tx; lock = this.#locks.get(row)) {
      if (this.#waitsFor(lock.owner, tx)) throw new Deadlock();
      tx.waitsFor = row;
      const { waiting } = lock;
      await new Promise<void>((resolve) => waiting.push(resolve));
      tx.waitsFor = null;
    }
    if (!this.#locks.has(row)) this.#locks.set(row, { owner: tx, waiting: [] });
  }

  #waitsFor(one: Transaction, another: Transaction): boolean {
    for (let tx: Transaction | undefined = one; tx?.waitsFor; tx = this.#locks.get(tx.waitsFor)?.owner) {
      if (this.#locks.get(tx.waitsFor)?.owner === another) return true;
    }
    return false;
  }

  #release(tx: Transaction): void {
    for (const [row, lock] of [...this.#locks]) {
      if (lock.owner !== tx) continue;
      this.#locks.delete(row);
      for (const wake of lock.waiting) wake();
    }
  }

  /** Whether the log has this number already: its key, and the last guard. */
  isTaken(stream: string, seq: number): boolean {
    return seq <= this.headOf(stream);
  }
}

const DEADLOCK_TRIES = 5;

/** One transaction: what it writes is its own until it is applied. */
export class Transaction {
  waitsFor: string | null = null;
  readonly #db: MemoryDb;
  readonly #line: Line;
  readonly #events: LogEvent[] = [];
  readonly #states: SosState[] = [];
  readonly #lookedAt: SosState[] = [];
  readonly #reads: (readonly [sosId: string, readerId: string, seq: number])[] = [];
  readonly #heads = new Map<string, number>();
  readonly #holders = new Map<string, { readonly sosId: string; readonly slot: number } | null>();
  readonly #deadlines = new Map<string, number | null>();
  #command: readonly [string, Stored] | null = null;

  constructor(db: MemoryDb, line: Line) {
    this.#db = db;
    this.#line = line;
  }

  async lock(row: string): Promise<void> {
    await this.#line.step('statement');
    await this.#db.lock(this, row);
  }

  statement(): Promise<void> {
    return this.#line.step('statement');
  }

  /** Numbers the entries within their streams, in the order given, and writes them. */
  async append(atMs: number, entries: readonly NewEntry[]): Promise<LogEvent[]> {
    await this.statement();
    for (const stream of [...new Set(entries.map(streamOf))].sort()) await this.#db.lock(this, stream);
    const events = entries.map((entry): LogEvent => {
      const stream = streamOf(entry);
      const seq = (this.#heads.get(stream) ?? this.headFor(stream)) + 1;
      this.#heads.set(stream, seq);
      return { stream, seq, atMs, actorId: entry.actorId, type: entry.type, data: entry.data };
    });
    this.#events.push(...events);
    return events.toSorted(byStreamAndSeq);
  }

  /** The number that the next entry of a stream follows. */
  protected headFor(stream: string): number {
    return this.#db.headOf(stream);
  }

  async saveState(state: SosState, dueAtMs: number | null): Promise<void> {
    await this.lock(`deadline:${state.id}`);
    this.#states.push(state);
    this.#deadlines.set(state.id, dueAtMs);
  }

  /** A look that changed nothing: what was due later stays due then. The answer is when that is. */
  async keepDeadline(state: SosState, dueAtMs: number | null, nowMs: number): Promise<number | null> {
    await this.lock(`deadline:${state.id}`);
    const known = this.#db.deadlines.get(state.id)?.dueAtMs;
    const isAhead = dueAtMs !== null && known !== undefined && known > nowMs;
    const kept = isAhead ? Math.min(known, dueAtMs) : dueAtMs;
    this.#lookedAt.push(state);
    this.#deadlines.set(state.id, kept);
    return kept;
  }

  async saveRead(sosId: string, readerId: string, seq: number): Promise<void> {
    await this.statement();
    this.#reads.push([sosId, readerId, seq]);
  }

  async giveBack(sosId: string, userIds: readonly string[]): Promise<void> {
    await this.statement();
    for (const userId of userIds) {
      await this.#db.lock(this, `holder:${userId}`);
      if (this.#holderOf(userId)?.sosId === sosId) this.#holders.set(userId, null);
    }
  }

  /** How many of them hold no slot anywhere and do so now: one person, one row, and one slot one row. */
  async take(sosId: string, come: readonly (readonly [userId: string, slot: number])[]): Promise<number> {
    await this.statement();
    let taken = 0;
    for (const [userId, slot] of come) {
      await this.#db.lock(this, `holder:${userId}`);
      if (this.#holderOf(userId) || this.#slotTaken(sosId, slot)) continue;
      this.#holders.set(userId, { sosId, slot });
      taken += 1;
    }
    return taken;
  }

  #holderOf(userId: string) {
    return this.#holders.has(userId) ? this.#holders.get(userId) : this.#db.holders.get(userId);
  }

  #slotTaken(sosId: string, slot: number): boolean {
    const all = new Set([...this.#db.holders.keys(), ...this.#holders.keys()]);
    return [...all].some((userId) => {
      const held = this.#holderOf(userId);
      return held?.sosId === sosId && held.slot === slot;
    });
  }

  /** Keeps the answer to a command. Waits for whoever carries out the same one, and then finds the key taken. */
  async storeOutcome(key: string, outcome: Stored): Promise<void> {
    await this.lock(`command:${key}`);
    if (this.#db.commands.has(key)) throw new KeyTaken(`command ${key}`);
    this.#command = [key, outcome];
  }

  /** Makes everything visible at once, or throws and changes nothing. Null: there was nothing to write. */
  apply(): Commit | null {
    const db = this.#db;
    for (const { stream, seq } of this.#events) {
      if (db.isTaken(stream, seq)) throw new KeyTaken(`${stream} ${seq}`);
    }
    for (const event of this.#events) {
      const log = db.streams.get(event.stream);
      if (log) log.push(event);
      else db.streams.set(event.stream, [event]);
    }
    for (const state of this.#states) db.states.set(state.id, state);
    for (const [sosId, dueAtMs] of this.#deadlines) {
      if (dueAtMs === null) db.deadlines.delete(sosId);
      else db.deadlines.set(sosId, { dueAtMs, leaseUntilMs: null });
    }
    for (const [userId, held] of this.#holders) {
      if (held) db.holders.set(userId, held);
      else db.holders.delete(userId);
    }
    for (const [sosId, readerId, seq] of this.#reads) {
      const reads = db.chatReads.get(sosId) ?? new Map<string, number>();
      db.chatReads.set(sosId, reads.set(readerId, seq));
    }
    if (this.#command) db.commands.set(...this.#command);
    const states = [...this.#states, ...this.#lookedAt];
    if (this.#events.length === 0 && states.length === 0 && !this.#command) return null;
    return {
      nodeId: this.#line.nodeId,
      commandKey: this.#command?.[0] ?? null,
      events: this.#events,
      states,
    };
  }
}

const streamOf = ({ kind, streamId }: NewEntry) => `${kind}:${streamId}`;

export const byStreamAndSeq = (a: LogEvent, b: LogEvent) =>
  a.stream < b.stream ? -1 : a.stream > b.stream ? 1 : a.seq - b.seq;
