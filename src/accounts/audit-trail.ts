import type { Clock } from '../lib/clock.ts';
import type { Metrics } from '../lib/metric.ts';
import type { Tx } from '../store/db.ts';
import type { AuditLog } from './audit.ts';
import { keepDue } from './audit-due.ts';
import { type AuditEntry, subjectsOf } from './audit-entry.ts';
import { SightQueue } from './sight-queue.ts';
import { Sights } from './sights.ts';
import { type UnknownCaller, UnknownCallers } from './unknown-callers.ts';
import { UnusualReading } from './unusual-reading.ts';

export interface AuditTrailOptions {
  readonly newId: () => string;
  readonly log: Pick<AuditLog, 'record' | 'hasRoom' | 'waiting'>;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** So many people whom somebody may look at in an hour, outside dispatch, before an alarm is raised. */
  readonly unusualSubjectsPerHour: number;
  readonly onUnusualReading: (viewerId: string, subjects: number) => void;
}

/** Why somebody was shown a person's exact position or record. Dispatch is watched by what it does, not by how many. */
export type Purpose = 'dispatch' | 'rescue' | 'care' | 'break_glass' | 'administration';

export interface Viewer {
  readonly userId: string;
  readonly grants: readonly string[];
}

/** What somebody is shown of somebody else; `resourceId` is the SOS that it is the place of. */
interface Seen {
  readonly resourceKind: string;
  readonly resourceId?: string | undefined;
}

const POSITION: Seen = { resourceKind: 'position' };
const sightOf = (
  { userId: actorId, grants }: Viewer,
  purpose: Purpose,
  what: Seen & Partial<AuditEntry>,
): AuditEntry => ({ actorId, grants, action: 'read', purpose, outcome: 'allowed', ...what });

const MINUTE_MS = 60_000;
const REFUSALS_MAX = 10_000;
const SIGHTS_MAX = 50_000;
/** A map that stays open shows the same thousands again and again: that is one look for so long. */
const ON_MAP_MS = 15 * MINUTE_MS;
const ON_MAP_MAX = 500_000;

/**
 * What is written to the audit log, kept within bounds: a refusal once per actor, action and minute, a sight once per
 * viewer, subject, SOS, purpose and minute, on the map of everybody once per quarter of an hour, however often it happens. What a
 * dispatcher sees in a second stands in entries together.
 * Nothing here waits or throws.
 */
export class AuditTrail {
  readonly #options: AuditTrailOptions;
  readonly #unusual: UnusualReading;
  readonly #unknown: UnknownCallers;
  readonly #refusals = new Set<string>();
  /** By viewer and purpose, whom they have seen in this minute, and in which SOS, or on the map for the first time. */
  readonly #seen = new Map<string, Set<string>>();
  /** The same of the map, which is of no SOS. */
  readonly #onMap = new Sights(ON_MAP_MS, ON_MAP_MAX);
  /** Sights of this minute for which there was no room, by the same key. */
  readonly #unnamed = new Map<string, { viewer: Viewer; purpose: Purpose; sights: number }>();
  readonly #queue: SightQueue;
  #sights = 0;
  #minute = -1;

  constructor(options: AuditTrailOptions) {
    this.#options = options;
    this.#unusual = new UnusualReading(options);
    this.#queue = new SightQueue({
      waitingInLog: () => options.log.waiting,
      record: (entry) => this.record(entry),
      clock: options.clock,
    });
    this.#unknown = new UnknownCallers({ ...options, record: (entry) => this.record(entry) });
  }

  /** False while an act that has to be on record can't be promised to get there. */
  get hasRoom(): boolean {
    return this.#options.log.hasRoom;
  }

  /** Takes an entry as it is; one that says whose record was read counts for unusual reading. */
  record(entry: AuditEntry): void {
    this.#options.log.record(entry);
    const { actorId, action, outcome, purpose } = entry;
    if (!actorId || action !== 'read' || outcome !== 'allowed' || purpose === 'dispatch') return;
    for (const subject of subjectsOf(entry)) if (subject !== actorId) this.#unusual.saw(actorId, subject);
  }

  /** Takes entries of acts that must be on record whatever happens: in the transaction of the act. */
  recordIn(tx: Tx, entries: readonly AuditEntry[]): Promise<void> {
    const { newId, clock } = this.#options;
    return keepDue(tx, entries, {
      newId,
      nowMs: () => clock.nowMs(),
      record: (entry) => this.record(entry),
    });
  }

  /** Somebody was refused something: written once per actor (or address), action and minute. */
  refused(entry: Omit<AuditEntry, 'outcome'>): void {
    this.#turn();
    const who = entry.actorId ?? entry.address ?? '';
    const key = `${who}/${entry.resourceKind}/${entry.action}`;
    this.#options.metrics.count('access_refused_total', { resource: entry.resourceKind });
    if (this.#refusals.has(key)) return;
    if (this.#refusals.size >= REFUSALS_MAX) {
      this.#options.metrics.count('audit_refusals_overflow_total');
      return;
    }
    this.#refusals.add(key);
    this.record({ ...entry, outcome: 'refused' });
  }

  /** Somebody whom nobody knows was refused: written once a minute per address, door and code, with a count. */
  unknown(caller: UnknownCaller): void {
    this.#unknown.refused(caller);
  }

  /** Hands on what still waits, for its minute to end or for others. */
  flush(): void {
    this.#unknown.flush();
    this.#queue.flush();
  }

  /** The same at the end, when nothing can wait any more. */
  end(): void {
    this.flush();
    if (this.#queue.size === 0) return;
    const reason = `${this.#queue.size} sights were not written before the end`;
    this.record({
      actorId: null,
      grants: [],
      action: 'lose',
      resourceKind: 'position',
      outcome: 'failed',
      reason,
    });
  }

  /** Somebody is shown the exact position or the record of somebody else; `resourceId` is the SOS that it is the place of. */
  saw(
    viewer: Viewer,
    subjectId: string,
    purpose: Purpose,
    {
      resourceKind = 'position',
      resourceId,
    }: { resourceKind?: string; resourceId?: string | undefined } = {},
  ): void {
    this.#turn();
    this.#sawOne(`${viewer.userId}/${purpose}/${resourceKind}`, viewer, subjectId, purpose, {
      resourceKind,
      resourceId,
    });
  }

  /**
   * The same of the exact positions of many, in no SOS: a map shows thousands at once, of whom most were seen before. Those who
   * are new in the next moment stand in entries together.
   */
  sawAll(viewer: Viewer, subjectIds: readonly string[], purpose: Purpose): void {
    this.#turn();
    const key = `${viewer.userId}/${purpose}/position`;
    const nowMs = this.#options.clock.nowMs();
    const seen = this.#onMap.of(key, nowMs);
    const sight = sightOf(viewer, purpose, POSITION);
    for (const subjectId of subjectIds) {
      if (seen?.has(subjectId) || subjectId === viewer.userId) continue;
      const added = this.#onMap.add(key, subjectId, nowMs);
      if (added === 'known' || (added === 'new' && this.#seen.get(key)?.has(subjectId))) continue;
      if (added === 'new' && this.#queue.gather(key, sight, subjectId)) this.#seenBy(key).add(subjectId);
      else this.#countUnnamed(key, viewer, purpose);
    }
  }

  #sawOne(key: string, viewer: Viewer, subjectId: string, purpose: Purpose, what: Seen): void {
    if (viewer.userId === subjectId) return;
    const { resourceId } = what;
    const sight = resourceId === undefined ? subjectId : `${subjectId}/${resourceId}`;
    if (this.#seen.get(key)?.has(sight)) return;
    if (this.#sights >= SIGHTS_MAX) {
      this.#countUnnamed(key, viewer, purpose);
      return;
    }
    this.#seenBy(key).add(sight);
    this.#sights += 1;
    if (!this.#take(key, viewer, subjectId, purpose, what)) this.#countUnnamed(key, viewer, purpose);
  }

  /** Dispatchers are told of every SOS, all of them at the same moment. */
  #take(
    key: string,
    viewer: Viewer,
    subjectUserId: string,
    purpose: Purpose,
    { resourceKind, resourceId }: Seen,
  ): boolean {
    if (purpose !== 'dispatch' || resourceId === undefined)
      return this.#queue.push(sightOf(viewer, purpose, { resourceKind, resourceId, subjectUserId }));
    const sight = sightOf(viewer, purpose, { resourceKind });
    return this.#queue.gather(`${key}/sos`, sight, subjectUserId, resourceId);
  }

  #seenBy(key: string): Set<string> {
    const seen = this.#seen.get(key) ?? new Set();
    this.#seen.set(key, seen);
    return seen;
  }

  #countUnnamed(key: string, viewer: Viewer, purpose: Purpose): void {
    this.#options.metrics.count('audit_sights_overflow_total');
    const unnamed = this.#unnamed.get(key) ?? { viewer, purpose, sights: 0 };
    unnamed.sights += 1;
    this.#unnamed.set(key, unnamed);
  }

  /** Begins a new minute, and says of the one that ended what could not be said one by one. */
  #turn(): void {
    const minute = Math.floor(this.#options.clock.nowMs() / MINUTE_MS);
    if (minute === this.#minute) return;
    this.#minute = minute;
    this.#refusals.clear();
    this.#seen.clear();
    this.#sights = 0;
    for (const { viewer, purpose, sights } of this.#unnamed.values()) {
      const reason = `${sights} more sights in one minute, of people who are not named`;
      this.#queue.push(sightOf(viewer, purpose, { ...POSITION, reason }));
    }
    this.#unnamed.clear();
  }
}
