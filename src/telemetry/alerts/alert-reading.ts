import { may } from '../../access/may.ts';
import { ok, type Result, refused } from '../../lib/result.ts';
import type { People } from '../people.ts';
import type { Severity } from '../vitals/finding.ts';
import type { Alert } from './alert.ts';
import type { AlertView } from './alerts.ts';
import { type Asking, mayRead, relationsTo, seesAll } from './standing.ts';
import type { AlertQuery, AlertStore, HistoryEntry, PersonSetting } from './store.ts';
import { alertView, coarseAlertView } from './view.ts';

export interface AlertReadingOptions {
  readonly store: Pick<AlertStore, 'get' | 'history' | 'list' | 'setting' | 'setSetting'>;
  readonly people: People;
  /** For whom somebody cares at this moment, as `personId`. Bounded. */
  readonly charges: (userId: string) => Promise<readonly string[]>;
}

/** Which alerts are asked for: of one person, or of all whom it is one's own to know of. */
export interface AlertsAsked {
  readonly personId: string | null;
  readonly isOpen: boolean | null;
  readonly severities: readonly Severity[] | null;
  /** The last id of the page before. */
  readonly before: string | null;
  readonly limit: number;
}

export interface AlertPage {
  readonly alerts: readonly AlertView[];
  /** What to ask for to go on; null: there are no more. */
  readonly next: string | null;
}

/** More open alerts than anybody could look at. */
const INBOX_MAX = 200;

export type AlertReading = ReturnType<typeof alertReading>;

/** What people may read of alerts, and how much of each. */
export function alertReading({ store, people, charges }: AlertReadingOptions) {
  const everybody = {
    personIds: [],
    assignedTo: null,
    forDispatchers: false,
    onlyForDispatchers: false,
  } as const;

  return {
    /** Of those one cares for, one's own, those that were assigned to one; as a dispatcher, what dispatchers were told. */
    async list(by: Asking, { personId, ...asked }: AlertsAsked): Promise<Result<AlertPage, 'not_found'>> {
      const isDispatcher = by.grants.includes('dispatcher');
      if (personId === null) {
        const own = [by.userId, ...(await charges(by.userId))];
        const whose = { personIds: own, assignedTo: by.userId, forDispatchers: isDispatcher };
        return ok(await page({ ...everybody, ...whose, ...asked }, (alert) => own.includes(alert.personId)));
      }
      const person = await people.person(personId);
      if (!person) return refused('not_found');
      const isOwn = seesAll(await people.relations(by.userId, person));
      if (!isOwn && !isDispatcher) return refused('not_found');
      const whose = { personIds: [person.personId], onlyForDispatchers: !isOwn };
      return ok(await page({ ...everybody, ...whose, ...asked }, () => isOwn));
    },

    /** With all that has happened to it. Whoever may know of it only as a dispatcher is shown nothing that was measured. */
    async get(
      by: Asking,
      alertId: string,
    ): Promise<Result<{ readonly alert: AlertView; readonly history: readonly object[] }, 'not_found'>> {
      const alert = await store.get(alertId);
      if (!alert) return refused('not_found');
      const person = await people.person(alert.personId);
      const toPerson = person ? await people.relations(by.userId, person) : [];
      if (!mayRead(by, relationsTo(alert, toPerson))) return refused('not_found');
      const entries = await store.history(alertId);
      if (seesAll(toPerson)) return ok({ alert: alertView(alert), history: entries.map(historyView) });
      return ok({ alert: coarseAlertView(alert), history: entries.map(coarseHistoryView) });
    },

    /** Of whom somebody is shown what was measured: themselves, and those they care for at this moment. */
    async chargesOf(userId: string): Promise<readonly string[]> {
      return [userId, ...(await charges(userId))];
    },

    /** What is open of those one cares for: what an inbox begins with. */
    async openFor(userId: string): Promise<readonly AlertView[]> {
      const own = [userId, ...(await charges(userId))];
      const whose = { ...everybody, personIds: own, assignedTo: userId };
      const asked = { isOpen: true, severities: null, before: null, limit: INBOX_MAX };
      const { alerts } = await page({ ...whose, ...asked }, (alert) => own.includes(alert.personId));
      return alerts;
    },

    async setting(by: Asking, personId: string): Promise<Result<PersonSetting, 'not_found'>> {
      const id = await settable(by, personId, 'read');
      return id === null ? refused('not_found') : ok(await store.setting(id));
    },

    async setSetting(
      by: Asking,
      personId: string,
      opensSos: boolean,
    ): Promise<Result<PersonSetting, 'not_found' | 'forbidden'>> {
      if ((await settable(by, personId, 'read')) === null) return refused('not_found');
      const id = await settable(by, personId, 'change');
      return id === null ? refused('forbidden') : ok(await store.setSetting(id, opensSos, by.userId));
    },
  };

  async function settable(by: Asking, id: string, action: 'read' | 'change'): Promise<string | null> {
    const person = await people.person(id);
    const relations = person ? await people.relations(by.userId, person) : [];
    return person && may(by, action, 'alert_settings', relations).allowed ? person.personId : null;
  }

  async function page(query: AlertQuery, isOwn: (alert: Alert) => boolean): Promise<AlertPage> {
    const alerts = await store.list(query);
    const last = alerts.length === query.limit ? alerts.at(-1) : undefined;
    return {
      alerts: alerts.map((alert) => (isOwn(alert) ? alertView(alert) : coarseAlertView(alert))),
      next: last?.alertId ?? null,
    };
  }
}

/** One thing that happened, with how the alert stood after it in short. */
function historyView({ seq, atMs, actorId, type, data }: HistoryEntry): object {
  const { alert, ...rest } = data as { alert?: Partial<ReturnType<typeof alertView>> };
  const { severity, state, count, message } = alert ?? {};
  return { seq, atMs, actorId, type, severity, state, count, message, ...rest };
}

function coarseHistoryView(entry: HistoryEntry): object {
  const { message: _, ...rest } = historyView(entry) as { readonly message?: unknown };
  return rest;
}
