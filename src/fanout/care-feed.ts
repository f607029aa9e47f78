import type { Clock } from '../lib/clock.ts';
import { errorFields, type Logger } from '../lib/log.ts';
import type { Metrics } from '../lib/metric.ts';
import { CALM, type Overload, tickMsAt } from '../lib/overload.ts';
import type { DownBody } from '../protocol/down.ts';
import { SharedFrame } from './shared-frame.ts';
import type { LogEvent } from './types.ts';

export type CareRow = DownBody<'care'>['people'][number];
/** What a sample changes of a row. */
export type Measured = Pick<CareRow, 'values' | 'news2'>;
type AlertRow = CareRow['alerts'][number];

export interface CareViewer {
  readonly userId: string;
  readonly grants: readonly string[];
}

/** A socket, as the feed sees it. */
export interface CareSink {
  send(frame: SharedFrame): void;
  /** False while older frames wait: state is not queued behind them. */
  ready(): boolean;
}

export interface CareFeedParts {
  /** For whom somebody cares at this moment. Rejects when the store does not answer. */
  readonly charges: (userId: string) => Promise<readonly string[]>;
  /** How these people are, whichever node heard of them. Rejects when the store does not answer. */
  readonly rows: (personIds: readonly string[]) => Promise<readonly CareRow[]>;
  /** Where it is kept who was shown whose vital signs. Must be quick. */
  readonly saw: (viewer: CareViewer, personId: string) => void;
  /** How much of what can wait the node gives up; absent: nothing. */
  readonly overload?: () => Overload;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
}

interface Watcher {
  readonly viewer: CareViewer;
  readonly sink: CareSink;
  readonly personIds: Set<string>;
  /** Changed since the last frame, or gone since. At most one entry for each person. */
  readonly owed: Set<string>;
  readonly gone: Set<string>;
  /** Monotonic: as of when it is known for whom they care. */
  checkedMs: number;
  isOpen: boolean;
  hasBegun: boolean;
}

interface Followed {
  row: CareRow;
  readonly watchers: Set<Watcher>;
  /** Monotonic: when a sample last came in on this node, and when an event of an alert did. */
  heardMs: number;
  alertedMs: number;
}

const TICK_MS = 500;
const LOOK_EVERY_MS = 5_000;
/** Nobody is shown anything when it was last known longer ago than this that they may see it. */
const CHECKED_FOR_MS = 15_000;
/** Of whom nothing came in here for so long, another node may have heard. */
const HEARD_HERE_MS = 5_000;
/** A ward on one wall; the rest is left out by name. */
const PEOPLE_MAX = 500;

/**
 * The wall of those who care: each of their people with the newest vital signs, the score and the open alerts, at most two
 * frames a second. Held is one row of each person whom somebody watches here.
 */
export class CareFeed {
  readonly #parts: CareFeedParts;
  readonly #watchers = new Set<Watcher>();
  readonly #followed = new Map<string, Followed>();
  #cancelTick: (() => void) | null = null;
  #cancelLook: (() => void) | null = null;
  #closed = false;

  constructor(parts: CareFeedParts) {
    this.#parts = parts;
  }

  /** Begins once it is known for whom they care. The answer ends it. */
  watch(viewer: CareViewer, sink: CareSink): () => void {
    const watcher: Watcher = {
      viewer,
      sink,
      personIds: new Set(),
      owed: new Set(),
      gone: new Set(),
      checkedMs: Number.NEGATIVE_INFINITY,
      isOpen: true,
      hasBegun: false,
    };
    this.#watchers.add(watcher);
    void this.#check(watcher);
    this.#scheduleLook();
    return () => this.#leave(watcher);
  }

  /** Whether somebody watches this person here. */
  follows(personId: string): boolean {
    return this.#followed.has(personId);
  }

  /** A sample of somebody was judged on this node. Neither waits nor throws. */
  judged(personId: string, measured: Measured): void {
    const followed = this.#followed.get(personId);
    if (!followed) return;
    followed.heardMs = this.#parts.clock.monotonicMs();
    this.#set(followed, { ...followed.row, ...measured });
  }

  /** An event of the log; those of alerts count, whichever node decided them. */
  happened({ stream, data }: LogEvent): void {
    if (!stream.startsWith('alert:')) return;
    const { alert } = data as { readonly alert: AlertRow };
    const followed = this.#followed.get(alert.personId);
    if (!followed) return;
    const { alerts } = followed.row;
    if ((alerts.find(({ alertId }) => alertId === alert.alertId)?.seq ?? 0) >= alert.seq) return;
    followed.alertedMs = this.#parts.clock.monotonicMs();
    const others = alerts.filter(({ alertId }) => alertId !== alert.alertId);
    this.#set(followed, { ...followed.row, alerts: alert.isResolved ? others : [...others, alert] });
  }

  get people(): number {
    return this.#followed.size;
  }

  close(): void {
    this.#closed = true;
    this.#cancelTick?.();
    this.#cancelLook?.();
    this.#watchers.clear();
    this.#followed.clear();
  }

  #set(followed: Followed, row: CareRow): void {
    followed.row = row;
    for (const watcher of followed.watchers) watcher.owed.add(row.personId);
    this.#cancelTick ??= this.#parts.clock.after(this.#tickMs(), () => this.#tick());
  }

  #tickMs(): number {
    const { overload = () => CALM } = this.#parts;
    return tickMsAt(overload().level, TICK_MS);
  }

  #tick(): void {
    this.#cancelTick = null;
    let isOwing = false;
    for (const watcher of this.#watchers) {
      if (watcher.owed.size + watcher.gone.size === 0 || !watcher.hasBegun) continue;
      const isKnown = this.#parts.clock.monotonicMs() - watcher.checkedMs <= CHECKED_FOR_MS;
      if (isKnown && watcher.sink.ready()) this.#sendState(watcher);
      else isOwing = true;
    }
    if (isOwing) this.#cancelTick ??= this.#parts.clock.after(this.#tickMs(), () => this.#tick());
  }

  #sendState(watcher: Watcher): void {
    const people = this.#rowsOf(watcher, watcher.owed);
    const gone = [...watcher.gone];
    watcher.owed.clear();
    watcher.gone.clear();
    watcher.sink.send(new SharedFrame(['care_state', { people, gone }]));
  }

  #rowsOf({ viewer, personIds }: Watcher, ids: Iterable<string>): CareRow[] {
    const rows = [...ids].flatMap((id) => (personIds.has(id) ? (this.#followed.get(id)?.row ?? []) : []));
    for (const { personId } of rows) this.#parts.saw(viewer, personId);
    return rows;
  }

  #scheduleLook(): void {
    if (this.#closed || this.#watchers.size === 0) return;
    this.#cancelLook ??= this.#parts.clock.after(LOOK_EVERY_MS, () => {
      void this.#look().finally(() => {
        this.#cancelLook = null;
        this.#scheduleLook();
      });
    });
  }

  /** Who cares for whom now, what came of those who send to another node, and what was missed of alerts. */
  async #look(): Promise<void> {
    for (const watcher of this.#watchers) await this.#check(watcher);
    const nowMs = this.#parts.clock.monotonicMs();
    const rows = await this.#read([...this.#followed.keys()]);
    for (const { alerts, ...measured } of rows ?? []) {
      const followed = this.#followed.get(measured.personId);
      if (!followed) continue;
      const { alertedMs, heardMs, row } = followed;
      // What has come in here since is newer.
      const next = {
        ...(nowMs - heardMs > HEARD_HERE_MS ? measured : row),
        alerts: alertedMs < nowMs ? alerts : row.alerts,
      };
      if (JSON.stringify(row) !== JSON.stringify(next)) this.#set(followed, next);
    }
  }

  /** Null: the store does not answer; what was known counts a while longer. */
  async #read(personIds: readonly string[]): Promise<readonly CareRow[] | null> {
    if (personIds.length === 0) return [];
    try {
      return await this.#parts.rows(personIds);
    } catch (error) {
      this.#failed(error);
      return null;
    }
  }

  async #check(watcher: Watcher): Promise<void> {
    const asOfMs = this.#parts.clock.monotonicMs();
    try {
      const charges = await this.#parts.charges(watcher.viewer.userId);
      if (charges.length > PEOPLE_MAX) this.#parts.metrics.count('fanout_care_people_left_out');
      const now = new Set(charges.slice(0, PEOPLE_MAX));
      const come = [...now].filter((id) => !watcher.personIds.has(id));
      const rows = await this.#read(come.filter((id) => !this.#followed.has(id)));
      if (!watcher.isOpen || rows === null) return;
      for (const id of watcher.personIds) if (!now.has(id)) this.#drop(watcher, id);
      for (const id of come) this.#join(watcher, id, rows);
      watcher.checkedMs = asOfMs;
    } catch (error) {
      this.#failed(error);
      return;
    }
    if (!watcher.hasBegun) this.#begin(watcher);
    else if (watcher.owed.size + watcher.gone.size > 0)
      this.#cancelTick ??= this.#parts.clock.after(this.#tickMs(), () => this.#tick());
  }

  #begin(watcher: Watcher): void {
    watcher.hasBegun = true;
    watcher.owed.clear();
    watcher.sink.send(new SharedFrame(['care', { people: this.#rowsOf(watcher, watcher.personIds) }]));
  }

  #join(watcher: Watcher, personId: string, rows: readonly CareRow[]): void {
    const row = rows.find((one) => one.personId === personId);
    let followed = this.#followed.get(personId);
    if (!followed) {
      const empty = { personId, values: {}, news2: null, alerts: [] };
      const never = Number.NEGATIVE_INFINITY;
      followed = { row: row ?? empty, watchers: new Set(), heardMs: never, alertedMs: never };
      this.#followed.set(personId, followed);
    }
    followed.watchers.add(watcher);
    watcher.personIds.add(personId);
    watcher.gone.delete(personId);
    watcher.owed.add(personId);
  }

  #drop(watcher: Watcher, personId: string): void {
    watcher.personIds.delete(personId);
    watcher.owed.delete(personId);
    watcher.gone.add(personId);
    const followed = this.#followed.get(personId);
    followed?.watchers.delete(watcher);
    if (followed?.watchers.size === 0) this.#followed.delete(personId);
  }

  #leave(watcher: Watcher): void {
    watcher.isOpen = false;
    this.#watchers.delete(watcher);
    for (const id of [...watcher.personIds]) this.#drop(watcher, id);
  }

  #failed(error: unknown): void {
    this.#parts.metrics.count('fanout_care_look_failed');
    this.#parts.log.warn(errorFields(error), 'who cares for whom is unknown for now');
  }
}
