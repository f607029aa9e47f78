import type { Clock } from './clock.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metric.ts';

/**
 * What a node works with, and goes on without for a while. `store`: PostgreSQL; `redis`: what nodes tell each other by;
 * `journal`: the node's own disk; `objects`: where documents are kept; `mail`: the mail server.
 */
export const ENGINES = ['store', 'redis', 'journal', 'objects', 'mail'] as const;
export type Engine = (typeof ENGINES)[number];

/** Why an engine does not answer, as a code; null: it answers. Saying the same again changes nothing. */
export type EngineReport = (away: string | null) => void;

export interface EngineAway {
  readonly engine: Engine;
  /** What was reported first. */
  readonly reason: string;
  /** By the node's clock. */
  readonly sinceAtMs: number;
}

export interface EngineHealthParts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

interface Absence extends EngineAway {
  /** Monotonic. */
  readonly sinceMs: number;
  /** Monotonic: up to here its seconds are counted. */
  countedMs: number;
}

/**
 * Which engines this node has to do without. Whoever uses one reports how it is, each for themselves: an engine is away as long as
 * anybody says so. Each switch is logged once and counted, and told to those who tell others.
 */
export class EngineHealth {
  readonly #parts: EngineHealthParts;
  readonly #reasons = new Map<Engine, Map<symbol, string>>();
  readonly #absences = new Map<Engine, Absence>();
  readonly #listeners: (() => void)[] = [];

  constructor(parts: EngineHealthParts) {
    this.#parts = parts;
    for (const engine of ENGINES) parts.metrics.gauge('engine_away', 0, { engine });
  }

  /** For one user of an engine, who says from then on how it is; until then it counts as there. */
  reporter(engine: Engine): EngineReport {
    const by = Symbol(engine);
    return (away) => this.#report(engine, by, away);
  }

  /** What is away, in the order of {@link ENGINES}. */
  get away(): readonly EngineAway[] {
    return ENGINES.flatMap((engine) => {
      const absence = this.#absences.get(engine);
      return absence ? [{ engine, reason: absence.reason, sinceAtMs: absence.sinceAtMs }] : [];
    });
  }

  isAway(engine: Engine): boolean {
    return this.#absences.has(engine);
  }

  /** Told of every switch, after it counts. Must be quick and must not throw. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Brings `engine_away_seconds` up to this moment: for whoever reads the metrics. */
  countSeconds(): void {
    for (const absence of this.#absences.values()) this.#countSeconds(absence);
  }

  #report(engine: Engine, by: symbol, away: string | null): void {
    const reasons = this.#reasons.get(engine) ?? new Map<symbol, string>();
    this.#reasons.set(engine, reasons);
    if (away === null) reasons.delete(by);
    else if (!reasons.has(by)) reasons.set(by, away);
    const absence = this.#absences.get(engine);
    if (absence && reasons.size === 0) this.#isBack(absence);
    else if (!absence && away !== null) this.#isGone(engine, away);
  }

  #isGone(engine: Engine, reason: string): void {
    const { clock, log, metrics } = this.#parts;
    const sinceMs = clock.monotonicMs();
    this.#absences.set(engine, { engine, reason, sinceAtMs: clock.nowMs(), sinceMs, countedMs: sinceMs });
    metrics.gauge('engine_away', 1, { engine });
    metrics.count('engine_away_total', { engine });
    log.warn({ engine, reason }, 'an engine does not answer; its stand-in has to do');
    for (const listener of this.#listeners) listener();
  }

  #isBack(absence: Absence): void {
    const { clock, log, metrics } = this.#parts;
    const { engine, sinceMs } = absence;
    this.#countSeconds(absence);
    this.#absences.delete(engine);
    metrics.gauge('engine_away', 0, { engine });
    log.info({ engine, awayMs: Math.round(clock.monotonicMs() - sinceMs) }, 'an engine answers again');
    for (const listener of this.#listeners) listener();
  }

  #countSeconds(absence: Absence): void {
    const { clock, metrics } = this.#parts;
    const nowMs = clock.monotonicMs();
    metrics.count('engine_away_seconds', { engine: absence.engine }, (nowMs - absence.countedMs) / 1_000);
    absence.countedMs = nowMs;
  }
}
