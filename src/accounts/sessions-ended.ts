import type { Clock } from '../lib/clock.ts';
import type { Metrics } from '../lib/metric.ts';
import type { Db } from '../store/db.ts';
import { ENDED_SINCE, type EndedRow, type EndedSinceRow } from './sql/sessions.ts';
import type { StandingNews } from './standing-news.ts';

/** A transaction that ended a session can commit so much after the time that it wrote. */
const LATE_COMMIT_MS = 60_000;
const ENTRIES_MAX = 100_000;

export interface EndedSessionsParts {
  readonly db: Db;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly news: StandingNews;
  /** How long an access token may be taken: with the grace while the store is away. */
  readonly lifeMs: number;
}

/**
 * The sessions that ended while access tokens of theirs may still be alive. Other nodes' are
 * heard of with the changes of accounts, so that checking a token needs no database and goes on while that is away.
 */
export class EndedSessions {
  readonly #db: Db;
  readonly #clock: Clock;
  readonly #metrics: Metrics;
  readonly #news: StandingNews;
  readonly #lifeMs: number;
  /** By session, when this node heard of it. In that order. */
  readonly #heardAtMs = new Map<string, number>();

  constructor(parts: EndedSessionsParts) {
    this.#db = parts.db;
    this.#clock = parts.clock;
    this.#metrics = parts.metrics;
    this.#news = parts.news;
    this.#lifeMs = parts.lifeMs;
  }

  /** Reads what ended before this node came. Rejects when the database does not answer. */
  async read(): Promise<void> {
    const sinceMs = this.#clock.nowMs() - this.#lifeMs - LATE_COMMIT_MS;
    for (const row of await this.#db.query<EndedSinceRow>(ENDED_SINCE, [sinceMs])) this.add(row);
  }

  has(sessionId: string): boolean {
    return this.#heardAtMs.has(sessionId);
  }

  /** Open connections of the session hear of it too, once. */
  add({ id: sessionId, user_id: userId }: EndedRow): void {
    if (this.#heardAtMs.has(sessionId)) return;
    const nowMs = this.#clock.nowMs();
    this.#heardAtMs.set(sessionId, nowMs);
    this.#news.tell({ kind: 'revoked', userId, sessionId });
    for (const [oldest, heardAtMs] of this.#heardAtMs) {
      const over = nowMs - heardAtMs > this.#lifeMs;
      if (!over && this.#heardAtMs.size <= ENTRIES_MAX) break;
      if (!over) this.#metrics.count('ended_sessions_forgotten');
      this.#heardAtMs.delete(oldest);
    }
  }
}
