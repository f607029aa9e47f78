import type { LatLng } from '../../geo/lat-lng.ts';
import type { Clock } from '../../lib/clock.ts';
import { errorFields, type Logger } from '../../lib/log.ts';
import type { Metrics } from '../../lib/metric.ts';
import type { LogEvent } from '../log-event.ts';
import { type Alert, isClosed } from './alert.ts';
import { type AlertOutage, type KeptAlerts, NotKept } from './kept-alerts.ts';
import { type Change, found, noPosition, sosOpened, tick } from './machine.ts';
import type { AlertSettings } from './settings.ts';
import type { Audience, CommandKey } from './store.ts';
import { writingOf } from './writing.ts';

/** The SOS of an alert: its own, or one that the person had already. */
export interface OpenedSos {
  readonly sosId: string;
  readonly isAttached: boolean;
}

export interface AlertsInOutageOptions {
  readonly outage: AlertOutage;
  readonly settings: AlertSettings;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** As far as this node knows. */
  readonly audienceOf: (personId: string) => Audience;
  readonly opensSos: (personId: string) => boolean;
  /** Where somebody is, as far as this node knows. */
  readonly positionOf: (userId: string | null) => { readonly point: LatLng; readonly atMs: number } | null;
  /** Null: nobody knows where they are. Rejects when it could not be opened. */
  readonly openSos: (alert: Alert, audience: Audience, place: LatLng | null) => Promise<OpenedSos | null>;
  /** Tells what is in no store yet. */
  readonly tell: (event: LogEvent) => void;
  /** Writes it to the store, once. Rejects when that is unknown. */
  readonly write: (kept: KeptAlerts) => Promise<void>;
  /** The alert that is in the store now has its SOS. */
  readonly markOpened: (alertId: string, personId: string, opened: OpenedSos) => Promise<void>;
}

/** An SOS that could not be opened is tried again so much later. */
const AGAIN_MS = 2_000;
/** What the store refuses so often for what it is, is not written by trying again. */
const REFUSALS_MAX = 10;

interface Standing {
  alert: Alert;
  cancel: () => void;
}

/**
 * Alerts while the store is away: what was found is on this node's disk before it is acknowledged, those who care are told as far as
 * this node knows them, and the SOS whose time comes is opened. When the store is back it is written there as if it had been found
 * then, and an alert that has its SOS keeps it.
 */
export class AlertsInOutage {
  readonly #options: AlertsInOutageOptions;
  /** By person and condition. */
  readonly #standing = new Map<string, Standing>();
  readonly #opened = new Map<string, OpenedSos>();
  readonly #keys = new Set<string>();
  readonly #people = new Map<string, number>();
  readonly #refusals = new Map<string, number>();

  constructor(options: AlertsInOutageOptions) {
    this.#options = options;
  }

  /** Goes on with what an earlier process has left. */
  start(): void {
    for (const kept of this.#options.outage.log.kept()) this.#begin(kept);
  }

  stop(): void {
    for (const { cancel } of this.#standing.values()) cancel();
  }

  get hasBacklog(): boolean {
    return this.#people.size > 0;
  }

  /** Whether something of this person has to be written first. */
  isAhead(personId: string): boolean {
    return this.#people.has(personId);
  }

  /** Resolves when it is on the disk. Rejects when it can't be. */
  async take(kept: KeptAlerts): Promise<void> {
    if (kept.key && this.#keys.has(keyOf(kept.key))) return;
    if (!(await this.#options.outage.log.append(kept))) throw new NotKept();
    this.#options.metrics.count('alerts_kept_total');
    this.#begin(kept);
  }

  /** Writes to the store what it lacks. False: it is still, or again, away, or something has to be tried again. */
  async reconcile(): Promise<boolean> {
    const { outage, write } = this.#options;
    let isWhole = true;
    for (const kept of outage.log.kept()) {
      try {
        await write(kept);
        for (const alertId of kept.alertIds) await this.#mark(alertId, kept.personId);
      } catch (error) {
        if (isAway(error)) return false;
        if (!this.#isGivenUp(kept, error)) {
          isWhole = false;
          continue;
        }
      }
      outage.log.done(kept.batchId);
      this.#end(kept);
    }
    return isWhole;
  }

  async #mark(alertId: string, personId: string): Promise<void> {
    const opened = this.#opened.get(alertId);
    if (opened) await this.#options.markOpened(alertId, personId, opened);
  }

  #isGivenUp({ batchId }: KeptAlerts, error: unknown): boolean {
    const { log, metrics } = this.#options;
    const refusals = (this.#refusals.get(batchId) ?? 0) + 1;
    this.#refusals.set(batchId, refusals);
    if (refusals < REFUSALS_MAX) return false;
    log.error(errorFields(error), 'an alert that was kept can not be written although the store answers');
    if (!isOfTheData(error)) return false;
    metrics.count('alerts_findings_dropped', { severity: 'unwritable' });
    return true;
  }

  #begin(kept: KeptAlerts): void {
    const { personId, key, steps, alertIds, atMs } = kept;
    this.#people.set(personId, (this.#people.get(personId) ?? 0) + 1);
    if (key) this.#keys.add(keyOf(key));
    const { settings, opensSos } = this.#options;
    const around = { nowMs: atMs, settings, opensSos: opensSos(personId) };
    for (const [i, step] of steps.entries()) {
      const name = `${personId} ${step.condition}`;
      const open = this.#standing.get(name)?.alert ?? null;
      const identity = { newId: () => alertIds[i] ?? kept.batchId, personId };
      const change = found(open, step, identity, around);
      if (change) this.#happened(name, change, atMs);
    }
  }

  #end({ personId, key, batchId }: KeptAlerts): void {
    this.#refusals.delete(batchId);
    if (key) this.#keys.delete(keyOf(key));
    const left = (this.#people.get(personId) ?? 1) - 1;
    if (left > 0) {
      this.#people.set(personId, left);
      return;
    }
    this.#people.delete(personId);
    // From now on the store says how it stands.
    for (const [name, { alert, cancel }] of this.#standing) {
      if (alert.personId !== personId) continue;
      cancel();
      this.#standing.delete(name);
      this.#opened.delete(alert.alertId);
    }
  }

  #happened(name: string, change: Change, atMs: number): void {
    const { audienceOf, tell } = this.#options;
    const { alert, entries } = writingOf(change, audienceOf(change.alert.personId));
    for (const { kind, streamId, type, actorId, data } of entries)
      tell({ stream: `${kind}:${streamId}`, seq: 0, atMs, actorId, type, data });
    this.#standing.get(name)?.cancel();
    if (isClosed(alert)) this.#standing.delete(name);
    else this.#standing.set(name, { alert, cancel: this.#timerOf(name, alert) });
  }

  #timerOf(name: string, { sos }: Alert): () => void {
    const { clock } = this.#options;
    if (sos.state !== 'pending' || sos.dueAtMs === null) return () => {};
    return clock.after(Math.max(0, sos.dueAtMs - clock.nowMs()), () => void this.#due(name));
  }

  async #due(name: string): Promise<void> {
    const { audienceOf, clock, log, metrics, openSos, positionOf, settings } = this.#options;
    const standing = this.#standing.get(name);
    if (!standing) return;
    const { alert } = standing;
    const audience = audienceOf(alert.personId);
    const last = positionOf(audience.userId);
    const isKnown = last && clock.nowMs() - last.atMs <= settings.positionMaxAgeMs;
    try {
      const opened = await openSos(alert, audience, alert.point ?? (isKnown ? last.point : null));
      if (opened) this.#opened.set(alert.alertId, opened);
      metrics.count('alerts_sos', { outcome: opened ? 'opened' : 'no_position' });
      if (this.#standing.get(name) !== standing) return;
      const nowMs = clock.nowMs();
      const due = tick(alert, { nowMs: Math.max(nowMs, alert.sos.dueAtMs ?? nowMs), settings });
      const then = opened ? sosOpened(due.alert, opened, nowMs) : noPosition(due.alert, nowMs);
      this.#happened(name, { ...then, before: alert, events: [...due.events, ...then.events] }, nowMs);
    } catch (error) {
      log.warn(errorFields(error), 'the SOS of an alert could not be opened yet');
      if (this.#standing.get(name) === standing)
        standing.cancel = clock.after(AGAIN_MS, () => void this.#due(name));
    }
  }
}

const keyOf = ({ actorId, commandId }: CommandKey) => `${actorId} ${commandId}`;

const isAway = (error: unknown) => (error as { code?: unknown } | null)?.code === 'store_unavailable';

/** SQLSTATE 22 and 23: the data itself, or what it would break. */
const isOfTheData = (error: unknown) => {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' && /^2[23][0-9A-Z]{3}$/.test(code);
};
