import type { Relation } from '../../access/words.ts';
import type { LatLng } from '../../geo/lat-lng.ts';
import { must, unreachable } from '../../lib/assert.ts';
import type { Clock } from '../../lib/clock.ts';
import { Deadlines } from '../../lib/deadlines.ts';
import type { Logger } from '../../lib/log.ts';
import type { Metrics } from '../../lib/metric.ts';
import type { Random } from '../../lib/random.ts';
import { ok, type Result, refused } from '../../lib/result.ts';
import type { LogEvent } from '../log-event.ts';
import type { People } from '../people.ts';
import type { Finding, Findings } from '../vitals/finding.ts';
import type { AlarmWatch, DeviceAlarm } from '../vitals/sample.ts';
import type { Alert } from './alert.ts';
import { Audiences, type AudiencesOptions } from './audiences.ts';
import { type AlertCommand, aboutOf } from './command.ts';
import { FindingQueue } from './finding-queue.ts';
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
}

export type AlertView = ReturnType<typeof coarseAlertView> & Partial<ReturnType<typeof alertView>>;

/** What became of a command, and how the alert stands now for those who may know. */
export type Answered = Result<
  { readonly alertId: string; readonly alert: AlertView },
  AlertRefusal | 'forbidden' | 'not_found' | 'bad_request'
> & { readonly current?: AlertView };

const SWEEP_EVERY_MS = 500;

/** Makes alerts of what is found, and carries out what people and time ask of them. */
export class Alerts implements Findings, AlarmWatch {
  readonly #options: AlertsOptions;
  readonly #audiences: Audiences;
  readonly #queue: FindingQueue;
  readonly #deadlines: Deadlines;
  readonly #people: People;
  /** Alerts that are being looked at here because they are due. */
  readonly #looking = new Set<string>();

  constructor(options: AlertsOptions) {
    const { people, store, nodeId } = options;
    this.#options = options;
    this.#people = people;
    this.#audiences = new Audiences(options);
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
  }

  async stop(): Promise<void> {
    await this.#queue.stop();
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

  async #write(batch: Batch, key: CommandKey | null): Promise<void> {
    const { newId, settings, store } = this.#options;
    const identity = { newId, personId: batch.personId };
    const audience = await this.#audiences.of(batch.personId);
    const written = await store.take(batch, audience, key, (open, step, around) =>
      found(open, step, identity, { ...around, settings }),
    );
    this.#told(written);
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
    const last = userId === null ? null : await store.lastPosition(userId);
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
