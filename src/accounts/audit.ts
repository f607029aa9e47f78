import type { Clock } from '../lib/clock.ts';
import { errorFields, type Logger } from '../lib/log.ts';
import type { Metrics } from '../lib/metric.ts';
import type { Db } from '../store/db.ts';
import { takeDue } from './audit-due.ts';
import { type AuditEntry, type ChainedEntry, chained, dated, NO_HASH, weightOf } from './audit-entry.ts';
import { AuditQueue } from './audit-queue.ts';
import { APPEND_AUDIT, AUDIT_HEAD, MOVE_HEAD, NEWEST_AUDIT } from './sql/audit.ts';

export interface AuditOptions {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly newId: () => string;
  readonly limits?: Partial<AuditLimits>;
}

export interface AuditLimits {
  /** What waits at most, an entry about many people counted once for each; one more is lost, counted, and said so in the chain. */
  readonly queueEntries: number;
  readonly batchEntries: number;
  /** So many people are in a batch at most, or one entry about more. */
  readonly batchPeople: number;
  /** How many times as long as a batch took the writer rests before the next one: the store is there for others. */
  readonly restsPerWrite: number;
  /** How long entries are gathered before they are written together. */
  readonly gatherMs: number;
  readonly retryMs: number;
  /** How long `stop` waits for the database. */
  readonly stopMs: number;
}

const LIMITS: AuditLimits = {
  queueEntries: 100_000,
  batchEntries: 50,
  batchPeople: 5_000,
  restsPerWrite: 3,
  gatherMs: 100,
  retryMs: 1_000,
  stopMs: 3_000,
};

/**
 * Appends to `accounts.audit_log`, one chain per run of a node, in batches by one writer, so that nobody ever waits for
 * it: not a sign-in, not an SOS, not another node. What can't be written yet waits in a bounded queue, and a batch whose
 * outcome is unknown is sent again as it was. When the queue is full an entry goes to the log of the node, and the
 * chain says afterwards how many did.
 */
export class AuditLog {
  readonly #options: AuditOptions;
  readonly #limits: AuditLimits;
  readonly #chain: string;
  readonly #queue = new AuditQueue();
  #head: { readonly seq: number; readonly hash: Buffer } | null = null;
  /** Chained already, and perhaps stored: the next attempt sends the very same. */
  #batch: readonly ChainedEntry[] = [];
  /** Ids of `accounts.audit_due` whose entries are taken in and not written yet. */
  readonly #due = new Set<string>();
  #lost = 0;
  #running: Promise<void> | null = null;
  #cancel: (() => void) | null = null;
  /** Ends the rest between two batches. */
  #hurry: (() => void) | null = null;
  #isHurried = false;

  constructor(options: AuditOptions) {
    this.#options = options;
    this.#limits = { ...LIMITS, ...options.limits };
    this.#chain = options.newId();
  }

  /** False while an act that has to be on record can't be promised to get there. */
  get hasRoom(): boolean {
    return this.#queue.weight < this.#limits.queueEntries * 0.9;
  }

  /** Taken in and not written yet, an entry about many people counted once for each. */
  get waiting(): number {
    return this.#queue.weight;
  }

  /** Takes an entry in at once. Never throws, never waits. */
  record(entry: AuditEntry): void {
    const { clock, newId, metrics, log } = this.#options;
    if (entry.dueId && this.#due.has(entry.dueId)) return;
    if (this.#queue.weight + weightOf(entry) > this.#limits.queueEntries) {
      this.#lost += 1;
      metrics.count('audit_queue_full_total');
      const { action, resourceKind, outcome, actorId } = entry;
      log.error({ action, resourceKind, outcome, actorId }, 'an audit entry found no room');
      return;
    }
    if (entry.dueId) this.#due.add(entry.dueId);
    this.#queue.push(dated(entry, newId(), clock.nowMs()));
    this.#wake(this.#limits.gatherMs);
  }

  /** Resolves when everything taken in so far is stored, or when the database does not answer. */
  async flush(): Promise<void> {
    this.#isHurried = true;
    this.#hurry?.();
    await this.#running;
    this.#cancel?.();
    this.#cancel = null;
    await this.#run();
    this.#isHurried = false;
  }

  /** Writes what waits, for as long as the limit says; the rest is counted in the log. */
  async stop(): Promise<void> {
    const { clock, log } = this.#options;
    const ended = new Promise<void>((resolve) => clock.after(this.#limits.stopMs, resolve));
    await Promise.race([this.flush(), ended]);
    this.#cancel?.();
    const left = this.#queue.length + this.#batch.length + this.#lost;
    if (left > 0) log.error({ entries: left }, 'audit entries were not written before the end');
  }

  #wake(delayMs: number): void {
    if (this.#running) return;
    this.#cancel ??= this.#options.clock.after(delayMs, () => {
      this.#cancel = null;
      void this.#run();
    });
  }

  #run(): Promise<void> {
    this.#running ??= this.#drain().finally(() => {
      this.#running = null;
      this.#options.metrics.gauge('audit_queue', this.#queue.length);
      if (this.#queue.length > 0 || this.#batch.length > 0) this.#wake(this.#limits.retryMs);
    });
    return this.#running;
  }

  /** One batch after the other until nothing waits; a failure leaves everything where it is. */
  async #drain(): Promise<void> {
    try {
      while (this.#queue.length > 0 || this.#batch.length > 0 || this.#lost > 0) {
        const startedMs = this.#options.clock.monotonicMs();
        const head = this.#head ?? (await this.#open());
        if (this.#batch.length === 0) this.#batch = this.#nextBatch(head);
        const taken = await this.#write(head, this.#batch);
        for (const { dueId } of this.#batch) if (dueId && !taken?.has(dueId)) this.#due.delete(dueId);
        const last = this.#batch.at(-1);
        if (taken) this.#queue.putBack(this.#batch.filter(({ dueId }) => !dueId || taken.has(dueId)));
        else if (last) this.#head = { seq: last.chainSeq, hash: last.hash };
        this.#batch = [];
        if (this.#queue.length > 0) await this.#rest(this.#options.clock.monotonicMs() - startedMs);
      }
    } catch (error) {
      this.#options.metrics.count('audit_write_failed_total');
      this.#options.log.warn(errorFields(error), 'the audit log could not be written; it is tried again');
    }
  }

  /** Thousands of entries can come at once; nothing else in the store may wait behind them all. */
  #rest(tookMs: number): Promise<void> {
    if (this.#isHurried) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#options.clock.after(tookMs * this.#limits.restsPerWrite, resolve);
      this.#hurry = () => {
        cancel();
        resolve();
      };
    });
  }

  /** The first entry names the newest one of any chain, so that none can be cut off without a trace. */
  async #open(): Promise<{ seq: number; hash: Buffer }> {
    const { db, clock, newId } = this.#options;
    const [newest] = await db.query<{ id: string; hash: Buffer }>(NEWEST_AUDIT);
    const opened = dated(
      {
        actorId: null,
        grants: [],
        action: 'open',
        resourceKind: 'audit_chain',
        resourceId: newest?.id ?? null,
        outcome: 'allowed',
      },
      newId(),
      clock.nowMs(),
    );
    this.#head = { seq: 0, hash: newest?.hash ?? NO_HASH };
    this.#queue.putBack([opened]);
    return this.#head;
  }

  #nextBatch(head: { seq: number; hash: Buffer }): ChainedEntry[] {
    const { newId, clock } = this.#options;
    if (this.#lost > 0) {
      const reason = `${this.#lost} entries found no room`;
      const lost = { actorId: null, grants: [], action: 'lose', resourceKind: 'audit_log', reason } as const;
      this.#queue.push(dated({ ...lost, outcome: 'failed' }, newId(), clock.nowMs()));
      this.#lost = 0;
    }
    let { seq, hash } = head;
    const { batchEntries, batchPeople } = this.#limits;
    return this.#queue.take(batchEntries, batchPeople).map((entry) => {
      seq += 1;
      const next = chained(entry, this.#chain, seq, hash);
      hash = next.hash;
      return next;
    });
  }

  /**
   * Null: it is stored. Else nothing is, because another node has appended some of it, and these are the ids of those entries that
   * are still to be.
   */
  async #write(head: { seq: number }, batch: readonly ChainedEntry[]): Promise<ReadonlySet<string> | null> {
    const last = batch.at(-1);
    if (!last) return null;
    const due = batch.flatMap(({ dueId }) => dueId ?? []);
    const { db, metrics } = this.#options;
    try {
      await db.transaction(async (tx) => {
        const taken = due.length > 0 ? await takeDue(tx, due) : [];
        if (taken.length < due.length) {
          // An attempt whose outcome was unknown has stored it, or somebody else has.
          const [stored] = await tx.query<{ head: number }>(AUDIT_HEAD, [this.#chain]);
          if (stored?.head !== last.chainSeq) throw new TakenElsewhere(new Set(taken.map(({ id }) => id)));
        }
        await tx.query(APPEND_AUDIT, [this.#chain, JSON.stringify(batch.map(rowOf))]);
        const moved = await tx.query(MOVE_HEAD, [this.#chain, head.seq, last.chainSeq, last.hash]);
        if (moved.length === 0) throw new Error('somebody else wrote on the audit chain of this node');
      });
    } catch (error) {
      if (error instanceof TakenElsewhere) return error.left;
      throw error;
    }
    metrics.count('audit_entries_total', {}, batch.length);
    return null;
  }
}

/** Ends a transaction that has written nothing. */
class TakenElsewhere extends Error {
  readonly left: ReadonlySet<string>;
  constructor(left: ReadonlySet<string>) {
    super('another node has appended an entry that waited');
    this.left = left;
  }
}

const rowOf = (entry: ChainedEntry) => ({
  id: entry.id,
  chain_seq: entry.chainSeq,
  at_ms: entry.atMs,
  actor_id: entry.actorId,
  grants: entry.grants,
  action: entry.action,
  resource_kind: entry.resourceKind,
  resource_id: entry.resourceId,
  subject_user_id: entry.subjectUserId,
  subject_user_ids: entry.subjectUserIds,
  resource_ids: entry.resourceIds,
  purpose: entry.purpose,
  outcome: entry.outcome,
  reason: entry.reason,
  address: entry.address,
  prev_hash: entry.prevHash.toString('hex'),
  hash: entry.hash.toString('hex'),
});
