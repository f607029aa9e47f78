import type { Relation } from '../../access/words.ts';
import type { LatLng } from '../../geo/lat-lng.ts';
import { must, unreachable } from '../../lib/assert.ts';
import type { Clock } from '../../lib/clock.ts';
import { Deadlines } from '../../lib/deadlines.ts';
import type { Logger } from '../../lib/log.ts';
import type { Metrics } from '../../lib/metric.ts';
import type { Random } from '../../lib/random.ts';
import { ok, type Result, refused } from '../../lib/result.ts';
import { LruMap } from '../lanes/lru-map.ts';
import type { LogEvent } from '../log-event.ts';
import type { People } from '../people.ts';
import type { Finding, Findings } from '../vitals/finding.ts';
import type { AlarmWatch, DeviceAlarm } from '../vitals/sample.ts';
import type { Alert } from './alert.ts';
import { AlertsInOutage } from './alerts-in-outage.ts';
import { Audiences, type AudiencesOptions } from './audiences.ts';
import { type AlertCommand, aboutOf } from './command.ts';
import { FindingQueue } from './finding-queue.ts';
import type { AlertOutage, KeptAlerts } from './kept-alerts.ts';
import {
  type AlertRefusal,
  acknowledge,
  assign,
  cancelSos,
  type Decision,
  found,
  noPosition,
  resolve,
  sosOpened,
  tick,
} from './machine.ts';
import type { AlertSettings } from './settings.ts';
import { type Asking, mayDo, mayRead, relationsTo, seesAll } from './standing.ts';
import { stepOfAlarm } from './step.ts';
import type { AlertStore, Audience, Batch, Changed, CommandKey, Written } from './store.ts';
import { alertView, coarseAlertView } from './view.ts';

/** Who opens an SOS for somebody. Opening it twice for one alert and `dueAtMs` opens one. */
export interface SosForAlerts {
  /** The open SOS of this person, by their account or raised for this alert before; null: they have none. */
  openOf(
    userId: string | null,
    alertId: string,
  ): { readonly sosId: string; readonly alertId: string | null } | null;
  /** `isAttached`: they have one already, which is this. Rejects when it could not be opened. */
  raise(order: {
    readonly alertId: string;
    /** When its time came: with the alert what tells a second press from the same again. */
    readonly dueAtMs: number;
    readonly userId: string | null;
    readonly point: LatLng;
    readonly description: string;
  }): Promise<{ readonly sosId: string; readonly isAttached: boolean }>;
}

export interface AlertsOptions extends Omit<AudiencesOptions, 'clock'> {
  readonly store: AlertStore;
  readonly sos: SosForAlerts;
  readonly isDispatcher: (userId: string) => Promise<boolean>;
  readonly settings: AlertSettings;
  readonly nodeId: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: () => string;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Tells what was written, after commit. */
  readonly publish: (event: LogEvent) => void;
  /** What goes on while the store is away; absent: findings wait in memory, and alarms with their devices. */
  readonly outage?: OutageOfAlerts;
}

export interface OutageOfAlerts extends AlertOutage {
  /** Tells what is in no store yet. */
  readonly foretell: (event: LogEvent) => void;
  /** Where somebody is, as far as this node knows. */
  readonly positionOf: (userId: string) => { readonly point: LatLng; readonly atMs: number } | null;
  /** Whether there is an account with this id, as far as this node knows. */
  readonly isAccount: (personId: string) => boolean;
}

export type AlertView = ReturnType<typeof coarseAlertView> & Partial<ReturnType<typeof alertView>>;

/** What became of a command, and how the alert stands now for those who may know. */
export type Answered = Result<
  { readonly alertId: string; readonly alert: AlertView },
  AlertRefusal | 'forbidden' | 'not_found' | 'bad_request'
> & { readonly current?: AlertView };

const SWEEP_EVERY_MS = 500;
const REFUSING_EVERY_MS = 60_000;
/** Some hundred bytes each. */
const AUDIENCES_KEPT = 10_000;
const NOBODY_TOLD: Audience = { userId: null, careTeam: [], dispatchers: [], reach: [] };

const isAway = (error: unknown) => (error as { code?: unknown } | null)?.code === 'store_unavailable';

/** Makes alerts of what is found, and carries out what people and time ask of them. */
export class Alerts implements Findings, AlarmWatch {
  readonly #options: AlertsOptions;
  readonly #audiences: Audiences;
  readonly #queue: FindingQueue;
  readonly #deadlines: Deadlines;
  readonly #people: People;
  readonly #inOutage: AlertsInOutage | null;
  /** Who was told last of whom, for when that can't be asked. */
  readonly #lastAudiences = new LruMap<Audience>(AUDIENCES_KEPT);
  /** For whom no machine opens an SOS, as it was last. */
  #refusing: ReadonlySet<string> = new Set();
  #cancelLook = () => {};
  /** Alerts that are being looked at here because they are due. */
  readonly #looking = new Set<string>();

  constructor(options: AlertsOptions) {
    const { people, store, nodeId } = options;
    this.#options = options;
    this.#people = people;
    this.#audiences = new Audiences(options);
    this.#inOutage = options.outage ? this.#goingOn(options.outage) : null;
    this.#queue = new FindingQueue({ ...options, write: (batch) => this.#write(batch, null) });
    this.#deadlines = new Deadlines({
      ...options,
      of: 'alerts',
      claimDue: (limit) => store.claimDue(nodeId, limit),
      onDue: (alertId) => this.#lookAt(alertId),
      sweepEveryMs: SWEEP_EVERY_MS,
    });
  }

  start(): void {
    this.#deadlines.start();
    this.#inOutage?.start();
    if (this.#inOutage) void this.#lookWhoRefuses();
  }

  async stop(): Promise<void> {
    this.#cancelLook();
    await this.#queue.stop();
    this.#inOutage?.stop();
    await this.#deadlines.stop();
  }

  found(finding: Finding): void {
    this.#queue.add(finding);
  }

  waitsFor(personId: string): boolean {
    return this.#queue.waitsFor(personId);
  }

  /** The same alarm again changes nothing, also when its alert is over by then. */
  alarmed(alarm: DeviceAlarm): Promise<void> {
    const { id: commandId, personId } = alarm;
    const key = { actorId: personId, commandId, about: 'alarm' };
    return this.#write({ batchId: this.#options.newId(), personId, steps: [stepOfAlarm(alarm)] }, key);
  }

  /** Idempotent by the command's id. Who may not even know of the alert is told that there is none. */
  async execute(by: Asking, command: AlertCommand): Promise<Answered> {
    const { alertId } = command[1];
    const alert = await this.#options.store.get(alertId);
    if (!alert) return refused('not_found');
    const toPerson = await this.#relationsTo(by, alert.personId);
    if (!mayRead(by, relationsTo(alert, toPerson))) return refused('not_found');
    const audience = await this.#audiences.of(alert.personId);
    if (command[0] === 'alert.assign' && !(await this.#isAssignable(command[1].toId, audience)))
      return refused('bad_request', 'toId: neither in the care team nor a dispatcher');
    const key = { actorId: by.userId, commandId: command[1].id, about: aboutOf(command) };
    const changed = await this.#options.store.change(key, alertId, audience, (now, nowMs) =>
      mayDo(by, command, now, relationsTo(now, toPerson))
        ? decide(now, by.userId, command, nowMs)
        : refused('forbidden'),
    );
    if (changed.kind === 'done') this.#told([changed]);
    return answerOf(changed, seesAll(toPerson) ? alertView : coarseAlertView);
  }

  async #relationsTo(by: Asking, personId: string): Promise<readonly Relation[]> {
    const person = await this.#people.person(personId);
    return person ? this.#people.relations(by.userId, person) : [];
  }

  async #isAssignable(userId: string, { careTeam }: Audience): Promise<boolean> {
    return careTeam.includes(userId) || this.#options.isDispatcher(userId);
  }

  /** The store answers: what was kept meanwhile is written there. True: something was, and all of it is. */
  async reconcile(): Promise<boolean> {
    return this.#inOutage?.hasBacklog === true && this.#inOutage.reconcile();
  }

  /** What another node has found that has no store. Once, however often it is asked. */
  takeForOther(kept: KeptAlerts): Promise<void> {
    return this.#store(kept);
  }

  async #write(batch: Batch, key: CommandKey | null): Promise<void> {
    const { clock, newId, outage } = this.#options;
    const alertIds = batch.steps.map(() => newId());
    const { batchId, personId, steps } = batch;
    const kept = { batchId, personId, steps, key, alertIds, atMs: clock.nowMs() };
    const inOutage = this.#inOutage;
    if (!outage || !inOutage) return this.#store(kept);
    if (!inOutage.isAhead(personId)) {
      try {
        if (!outage.isAway) return await this.#store(kept);
      } catch (error) {
        if (!isAway(error)) throw error;
      }
      if (await outage.elsewhere(kept)) return;
    }
    await inOutage.take(kept);
  }

  async #store({ key, alertIds, ...batch }: KeptAlerts): Promise<void> {
    const { settings, store } = this.#options;
    const audience = await this.#audiences.of(batch.personId);
    this.#lastAudiences.set(batch.personId, audience);
    const written = await store.take(batch, audience, key, (open, step, around) => {
      const newId = () => must(alertIds[batch.steps.indexOf(step)], 'the id of an alert');
      return found(open, step, { newId, personId: batch.personId }, { ...around, settings });
    });
    this.#told(written);
  }

  #goingOn(outage: OutageOfAlerts): AlertsInOutage {
    const { sos, store, settings } = this.#options;
    return new AlertsInOutage({
      ...this.#options,
      outage,
      tell: outage.foretell,
      audienceOf: (personId) =>
        this.#lastAudiences.get(personId) ?? {
          ...NOBODY_TOLD,
          userId: outage.isAccount(personId) ? personId : null,
        },
      opensSos: (personId) => !this.#refusing.has(personId),
      positionOf: (userId) => (userId === null ? null : outage.positionOf(userId)),
      openSos: async ({ alertId, title, sos: { dueAtMs }, lastAtMs }, { userId }, point) => {
        const open = sos.openOf(userId, alertId);
        if (open) return { sosId: open.sosId, isAttached: open.alertId !== alertId };
        const agoMs = Math.max(0, this.#options.clock.nowMs() - lastAtMs);
        const description = descriptionOf(title, agoMs);
        const at = must(dueAtMs, 'the time of an SOS that is being opened');
        return point && sos.raise({ alertId, dueAtMs: at, userId, point, description });
      },
      write: (kept) => this.#store(kept),
      markOpened: async (alertId, personId, opened) => {
        const audience = await this.#audiences.of(personId);
        const changed = await store.change(null, alertId, audience, (now, nowMs) => {
          const due = tick(now, { nowMs: Math.max(nowMs, now.sos.dueAtMs ?? nowMs), settings });
          const then = sosOpened(due.alert, opened, nowMs);
          return ok({ before: now, alert: then.alert, events: [...due.events, ...then.events] });
        });
        if (changed.kind === 'done') this.#told([changed]);
      },
    });
  }

  /** Known when it can't be asked: nobody is to get an SOS by a machine who has said that they want none. */
  async #lookWhoRefuses(): Promise<void> {
    const { clock, store } = this.#options;
    try {
      this.#refusing = new Set(await store.refusing());
    } catch {
      // As it was last.
    }
    this.#cancelLook = clock.after(REFUSING_EVERY_MS, () => void this.#lookWhoRefuses());
  }

  /** Once at a time: dispatch may take seconds over an SOS, and is not asked again meanwhile. */
  async #lookAt(alertId: string): Promise<void> {
    if (this.#looking.has(alertId)) return;
    this.#looking.add(alertId);
    try {
      await this.#due(alertId);
    } finally {
      this.#looking.delete(alertId);
    }
  }

  /** Escalates, and opens the SOS whose time has come. Whichever node does it, it is done once. */
  async #due(alertId: string): Promise<void> {
    const { settings, store } = this.#options;
    const alert = await store.get(alertId);
    if (!alert) return;
    const audience = await this.#audiences.withReach(alert.personId);
    const looked = await store.change(null, alertId, audience, (now, nowMs) =>
      ok(tick(now, { nowMs, settings })),
    );
    if (looked.kind !== 'done') return;
    this.#told([looked]);
    if (looked.alert.sos.state === 'opening') await this.#open(looked.alert, audience);
  }

  async #open(alert: Alert, audience: Audience): Promise<void> {
    const { sos, store } = this.#options;
    const { alertId, title } = alert;
    const { userId } = audience;
    const open = sos.openOf(userId, alertId);
    const place = open ? null : await this.#placeOf(alert, userId);
    const dueAtMs = must(alert.sos.dueAtMs, 'the time of an SOS that is being opened');
    const opened = open
      ? { sosId: open.sosId, isAttached: open.alertId !== alertId }
      : place &&
        (await sos.raise({
          alertId,
          dueAtMs,
          userId,
          ...place,
          description: descriptionOf(title, place.agoMs),
        }));
    const changed = await store.change(null, alertId, audience, (now, nowMs) =>
      ok(opened ? sosOpened(now, opened, nowMs) : noPosition(now, nowMs)),
    );
    this.#options.metrics.count('alerts_sos', { outcome: outcomeOf(opened) });
    if (changed.kind === 'done') this.#told([changed]);
  }

  /** Where the device said that it happened, else where the phone was last, unless that is too long ago. */
  async #placeOf(
    { point, lastAtMs }: Alert,
    userId: string | null,
  ): Promise<{ readonly point: LatLng; readonly agoMs: number } | null> {
    const { clock, settings, store } = this.#options;
    const nowMs = clock.nowMs();
    if (point) return { point, agoMs: Math.max(0, nowMs - lastAtMs) };
    const last = userId === null ? null : await store.lastSeen(userId);
    if (!last) return null;
    const agoMs = Math.max(0, nowMs - last.atMs);
    return agoMs > settings.positionMaxAgeMs ? null : { point: last.point, agoMs };
  }

  #told(written: readonly Written[]): void {
    // One whose SOS is being opened is due already: whoever opens it has it leased, and the sweep finds what they let slip.
    for (const { alert, dueInMs } of written)
      this.#deadlines.set(alert.alertId, alert.sos.state === 'opening' ? null : dueInMs);
    for (const { events } of written) {
      for (const event of events) {
        if (event.stream.startsWith('alert:'))
          this.#options.metrics.count('alerts_events', { type: event.type });
        this.#options.publish(event);
      }
    }
  }

  /** Figures for the metrics page. */
  figures(): { readonly waiting: number; readonly timers: number } {
    return { waiting: this.#queue.size, timers: this.#deadlines.size };
  }
}

function decide(alert: Alert, by: string, command: AlertCommand, nowMs: number): Decision {
  switch (command[0]) {
    case 'alert.acknowledge':
      return acknowledge(alert, by, { isFalseAlarm: command[1].isFalseAlarm ?? false }, nowMs);
    case 'alert.assign':
      return assign(alert, by, command[1].toId, nowMs);
    case 'alert.resolve':
      return resolve(alert, by, command[1].actionTaken ?? null, nowMs);
    case 'alert.cancel_sos':
      return cancelSos(alert, by, nowMs);
    default:
      return unreachable(command);
  }
}

function answerOf(changed: Changed, view: (alert: Alert) => AlertView): Answered {
  switch (changed.kind) {
    case 'done':
    case 'repeated':
      return ok({ alertId: changed.alert.alertId, alert: view(changed.alert) });
    case 'refused':
      return { ...refused(changed.code), current: view(changed.alert) };
    case 'reused':
      return refused('bad_request', 'id: it was given to another command before');
    case 'missing':
      return refused('not_found');
    default:
      return unreachable(changed);
  }
}

const MINUTE_MS = 60_000;

/** For those who come: what it is about, without any value, and how sure the place is. */
function descriptionOf(title: string, agoMs: number): string {
  const minutes = Math.round(agoMs / MINUTE_MS);
  const when = minutes < 1 ? 'just now' : `${minutes} ${minutes === 1 ? 'minute' : 'minutes'} ago`;
  return `Raised by a machine, not by the person: ${title}. Last known to be here ${when}.`;
}

const outcomeOf = (opened: { readonly isAttached: boolean } | null): string =>
  opened === null ? 'no_position' : opened.isAttached ? 'attached' : 'opened';
