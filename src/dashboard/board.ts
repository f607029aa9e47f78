import { sosAfter, sosCreated } from '../client/sos-view.ts';
import type { DownBody, SosView, StreamEvent } from '../protocol/down.ts';
import { Fleet } from './fleet.ts';

export interface ResponderLine {
  readonly id: string;
  readonly verified: boolean;
  readonly available: boolean;
  readonly connected: boolean;
  readonly free: boolean;
  /** By the page's own clock. */
  readonly fixAtMs: number;
}

/** An alert that dispatchers were told of. */
export type AlertLine = NonNullable<DownBody<'feed'>['alerts']>[number];

type Row = DownBody<'state'>['responders'][number];

const CLOSED_KEPT = 200;
/** A snapshot comes in parts; whoever is in none of them within this is not there any more. */
const SNAPSHOT_WITHIN_MS = 3_000;

const isOpen = ({ closedAtMs }: SosView) => closedAtMs === null;

const FLAG = { verified: 1, available: 2, connected: 4, free: 8 } as const;

/** What a dispatcher sees: every open SOS and every responder, kept up to date from the feed. */
export class Board {
  readonly #sos = new Map<string, SosView>();
  /** Everybody on the map, with where they are. */
  readonly fleet = new Fleet();
  /** Known from before the last snapshot and not mentioned since. */
  readonly #unmentioned = new Set<string>();
  #settledAtMs = 0;
  readonly #alerts = new Map<string, AlertLine>();

  /** Open ones, the most urgent and then the oldest first. */
  get openSos(): SosView[] {
    const urgency = { CRITICAL: 0, HIGH: 1, MEDIUM: 2, LOW: 3 };
    return [...this.#sos.values()]
      .filter(isOpen)
      .sort((a, b) => urgency[a.priority] - urgency[b.priority] || a.createdAtMs - b.createdAtMs);
  }

  /** Those that nobody looks after first, of them the most severe and then the oldest. */
  get openAlerts(): AlertLine[] {
    const urgency = { CRITICAL: 0, HIGH: 1, MEDIUM: 2, LOW: 3 };
    const isLookedAfter = ({ state }: AlertLine) => Number(state !== 'open');
    return [...this.#alerts.values()].sort(
      (a, b) =>
        isLookedAfter(a) - isLookedAfter(b) ||
        urgency[a.severity] - urgency[b.severity] ||
        a.openedAtMs - b.openedAtMs,
    );
  }

  /** Connected ones, the freshest fix first. */
  get connectedResponders(): ResponderLine[] {
    return [...this.fleet.each()]
      .map(({ id, flags }) => this.#line(id, flags))
      .filter((responder) => responder.connected)
      .sort((a, b) => b.fixAtMs - a.fixAtMs);
  }

  responder(id: string): ResponderLine | null {
    const flags = this.fleet.flagsOf(id);
    return flags === null ? null : this.#line(id, flags);
  }

  /** A snapshot replaces everything; responders who are in none of its parts are taken away by {@link tick}. */
  replace(feed: DownBody<'feed'>, nowMs: number): void {
    this.#sos.clear();
    for (const { id } of this.fleet.each()) this.#unmentioned.add(id);
    this.#settledAtMs = nowMs + SNAPSHOT_WITHIN_MS;
    this.#alerts.clear();
    for (const alert of feed.alerts ?? []) this.#alerts.set(alert.alertId, alert);
    for (const sos of feed.sos) this.#sos.set(sos.sosId, sos);
    for (const row of feed.responders) this.#place(row, nowMs);
  }

  update(state: DownBody<'state'>, nowMs: number): void {
    for (const id of state.gone) this.fleet.remove(id);
    for (const row of state.responders) this.#place(row, nowMs);
  }

  /** To be called about once a second. */
  tick(nowMs: number): void {
    if (this.#unmentioned.size === 0 || nowMs < this.#settledAtMs) return;
    for (const id of this.#unmentioned) this.fleet.remove(id);
    this.#unmentioned.clear();
  }

  apply(event: StreamEvent): void {
    const [kind, sosId = ''] = event.stream.split(':');
    if (kind === 'alert' && 'alert' in event.data) this.#alert(event.data.alert);
    if (kind !== 'sos') return;
    if (event.type === 'sos.created') {
      this.#sos.set(sosId, sosCreated(sosId, event));
      return;
    }
    const sos = this.#sos.get(sosId);
    if (!sos || (event.seq <= sos.seq && !event.isProvisional)) return;
    this.#sos.set(sosId, sosAfter(sos, event));
    this.#forgetOldest();
  }

  #alert(alert: AlertLine): void {
    if (alert.seq <= (this.#alerts.get(alert.alertId)?.seq ?? 0)) return;
    if (alert.isResolved) this.#alerts.delete(alert.alertId);
    else this.#alerts.set(alert.alertId, alert);
  }

  /** Closed ones are kept for a while, because they can be opened again. */
  #forgetOldest(): void {
    const closed = [...this.#sos.values()].filter((sos) => !isOpen(sos));
    for (const { sosId } of closed.slice(0, Math.max(0, closed.length - CLOSED_KEPT)))
      this.#sos.delete(sosId);
  }

  #place([id, lat, lng, ageMs, flags]: Row, nowMs: number): void {
    this.#unmentioned.delete(id);
    this.fleet.place({ id, lat, lng, flags, fixAtMs: nowMs - ageMs }, nowMs);
  }

  #line(id: string, flags: number): ResponderLine {
    const has = (flag: number) => (flags & flag) !== 0;
    return {
      id,
      verified: has(FLAG.verified),
      available: has(FLAG.available),
      connected: has(FLAG.connected),
      free: has(FLAG.free),
      fixAtMs: this.fleet.fixAtMsOf(id) ?? 0,
    };
  }
}
