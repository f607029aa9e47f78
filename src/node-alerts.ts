import type { Access } from './accounts/access-service.ts';
import type { OpenedAccounts } from './accounts/accounts.ts';
import { caredFor } from './accounts/cared-for.ts';
import { whoIsTold } from './accounts/who-is-told.ts';
import type { Config } from './config.ts';
import type { Answered } from './dispatch/answered.ts';
import { type AlertOrder, keyForAlert } from './dispatch/person-command.ts';
import { pgShifts } from './dispatch/pg-shifts.ts';
import type { Dispatch } from './dispatch/service.ts';
import type { Hub } from './fanout/hub.ts';
import type { Entitlement, LogEvent, Snapshots, Viewer } from './fanout/types.ts';
import type { AlertService } from './gateway/services.ts';
import { splitStream } from './journal/event-log.ts';
import type { Clock } from './lib/clock.ts';
import { perObject } from './lib/per-object.ts';
import type { Deciders } from './node-deciders.ts';
import { whereItIsDecided } from './node-dispatch.ts';
import { channelsOf } from './node-outside.ts';
import type { Outage } from './node-provisional.ts';
import type { Site } from './node-site.ts';
import { deliveryWriter } from './notify/pg.ts';
import type { Db } from './store/db.ts';
import { type AlertReading, alertReading } from './telemetry/alerts/alert-reading.ts';
import { Alerts, type AlertsOptions, type SosForAlerts } from './telemetry/alerts/alerts.ts';
import { AlertBoard, coarseEvent } from './telemetry/alerts/board.ts';
import type { KeptAlerts } from './telemetry/alerts/kept-alerts.ts';
import { ALERT_DEFAULTS, type AlertSettings } from './telemetry/alerts/settings.ts';
import type { Asking } from './telemetry/alerts/standing.ts';
import { LruMap } from './telemetry/lanes/lru-map.ts';
import { pgAlertReads } from './telemetry/pg-alert-reads.ts';
import { pgAlerts } from './telemetry/pg-alerts.ts';

interface Rooms {
  readonly db: Db;
  readonly alertDb: Db;
  readonly dispatch: Dispatch;
  readonly hub: Hub;
  readonly accounts: Pick<OpenedAccounts, 'grantsOf' | 'lastGrantsOf'>;
  readonly outage: Outage;
  readonly deciders: Deciders;
}

export interface BuiltAlerts {
  /** Who is told of findings and of alarms of devices. */
  readonly alerts: Alerts;
  readonly service: AlertService;
  readonly reading: AlertReading;
  readonly board: AlertBoard;
}

/** Dispatchers whose inbox has an alert: the rest see it on the feed. */
const DISPATCHERS_TOLD = 50;
const BOARD_AT_START = 1_000;

/** Alerts of this node: what is found, what is asked of them, and the SOS that they open. */
export async function buildAlerts(
  site: Site,
  { db, alertDb, dispatch, hub, accounts, outage, deciders }: Rooms,
): Promise<BuiltAlerts> {
  const { config, metrics, newId } = site;
  const told = whoIsTold(alertDb, channelsOf(config));
  const store = pgAlerts(alertDb, { newId, deliver: deliveryWriter(newId) });
  const shifts = pgShifts(alertDb);
  const alerts = new Alerts({
    ...site,
    store,
    people: caredFor(alertDb),
    reach: (userIds) => told.reach(userIds),
    dispatchers: async () => {
      const onShift = (await shifts.list(true, null, DISPATCHERS_TOLD)).map(({ userId }) => userId);
      const able = await told.withGrant('dispatcher', DISPATCHERS_TOLD, onShift);
      return able.length > 0 ? able : told.withGrant('dispatcher', DISPATCHERS_TOLD);
    },
    isDispatcher: async (userId) => (await told.withGrant('dispatcher', 1, [userId])).length > 0,
    sos: sosForAlerts(dispatch, deciders),
    ...goingOn({ dispatch, hub, accounts, outage, deciders }),
    settings: settingsOf(config),
    log: site.log.named('alerts'),
    publish: (event) => hub.publish(event),
  });
  const { charges } = whoIsTold(db, []);
  const reading = alertReading({ store: pgAlertReads(db), people: caredFor(db), charges });
  const board = new AlertBoard({ metrics });
  // Before any feed listens: what is shown of an event is decided by what the board knows.
  site.releasers.add('alert board', async () => leave());
  const leave = hub.watchAll((event) => board.take(event));
  const nobody = { personIds: [], assignedTo: null, severities: null, before: null };
  const open = { forDispatchers: true, onlyForDispatchers: true, isOpen: true, limit: BOARD_AT_START };
  board.begin((await store.list({ ...nobody, ...open })).toReversed());
  outage.whileThere(async () => {
    if (await alerts.reconcile()) hub.restored();
  });
  deciders.does('alert.take', async (kept) => {
    await alerts.takeForOther(kept as KeptAlerts);
    return {};
  });
  deciders.does(
    'alert.sos',
    (order) => dispatch.raiseForAlert(order as AlertOrder),
    (order) => keyForAlert(order as AlertOrder),
  );
  alerts.start();
  site.releasers.add('alerts', () => alerts.stop());
  const asking = async ({ userId, deviceId }: Asking) => ({
    userId,
    grants: deviceId === undefined ? await accounts.grantsOf(userId) : [],
  });
  const service: AlertService = {
    ...reading,
    execute: async (by, command) => alerts.execute(await asking(by), command),
    list: async (by, asked) => reading.list(await asking(by), asked),
    get: async (by, alertId) => reading.get(await asking(by), alertId),
    setting: async (by, personId) => reading.setting(await asking(by), personId),
    setSetting: async (by, personId, opensSos) => reading.setSetting(await asking(by), personId, opensSos),
  };
  return { alerts, service, reading, board };
}

const SECOND_MS = 1_000;

function settingsOf({ alertCriticalS, alertHighS, alertMediumS, alertSosAfterS }: Config): AlertSettings {
  return {
    ...ALERT_DEFAULTS,
    acknowledgeWithinMs: {
      CRITICAL: alertCriticalS * SECOND_MS,
      HIGH: alertHighS * SECOND_MS,
      MEDIUM: alertMediumS * SECOND_MS,
      LOW: null,
    },
    sosAfterMs: Object.fromEntries(
      Object.entries(alertSosAfterS).map(([condition, s]) => [condition, s * SECOND_MS]),
    ),
  };
}

/** What goes on of alerts while the store is away. */
function goingOn({
  dispatch: { roster },
  hub,
  accounts,
  outage,
  deciders,
}: Pick<Rooms, 'dispatch' | 'hub' | 'accounts' | 'outage' | 'deciders'>): Pick<AlertsOptions, 'outage'> {
  const { alertLog } = outage;
  if (!alertLog) return {};
  return {
    outage: {
      log: alertLog,
      get isAway() {
        return !outage.hasStore;
      },
      elsewhere: async (kept) => (await deciders.elsewhere('alert.take', kept)) !== null,
      // Dispatchers see the SOS that comes of it; the alert when it is in the store.
      foretell: (event) => {
        if (splitStream(event.stream).kind === 'inbox') hub.foretell(event);
      },
      positionOf(userId) {
        const { point = null, locatedAtMs = null } = roster.get(userId) ?? {};
        return point && locatedAtMs !== null ? { point, atMs: locatedAtMs } : null;
      },
      isAccount: (id) => Boolean(accounts.lastGrantsOf(id)) || roster.get(id) !== undefined,
    },
  };
}

function sosForAlerts(dispatch: Dispatch, deciders: Deciders): SosForAlerts {
  const openOf = (userId: string | null, alertId: string) => {
    const state =
      (userId === null ? null : dispatch.known.openOf(userId)) ??
      [...dispatch.known.open()].find((open) => open.alertId === alertId);
    return state ? { sosId: state.id, alertId: state.alertId } : null;
  };
  return {
    openOf,
    async raise({ userId, ...order }) {
      const asked: AlertOrder = { ...order, requesterId: userId };
      const raised = await whereItIsDecided(
        () => deciders.elsewhere('alert.sos', asked) as Promise<Answered | null>,
        () => dispatch.raiseForAlert(asked),
      );
      if (raised.ok) return { sosId: raised.value.sosId, isAttached: false };
      const theirs = raised.code === 'rate_limited' ? openOf(userId, order.alertId) : null;
      if (theirs) return { sosId: theirs.sosId, isAttached: theirs.alertId !== order.alertId };
      throw new Error(`no SOS could be raised: ${raised.code}`);
    },
  };
}

const coarseForAll = perObject(coarseEvent<LogEvent>);

/** Dispatchers see what the board holds, and of it nothing that was measured. */
export function feedEntitlement(entitlement: Entitlement, board: AlertBoard): Entitlement {
  const isAlert = (stream: string) => splitStream(stream).kind === 'alert';
  return {
    ...entitlement,
    mayRead: (viewer, stream) =>
      isAlert(stream)
        ? viewer.isDispatcher && board.knows(splitStream(stream).id)
        : entitlement.mayRead(viewer, stream),
    project: (viewer, event) =>
      isAlert(event.stream) ? coarseForAll(event) : entitlement.project(viewer, event),
  };
}

/** What of an alert somebody is shown; without a message nothing that was measured. */
interface Seen {
  readonly personId: string;
  readonly alertId: string;
  readonly message?: string | null;
}

/** Whoever has just left a care team may be shown what was measured so much longer. */
const CHARGES_KEPT_MS = 5_000;
/** Inboxes whose charges are kept; of others nothing that was measured is shown until they are read. */
const CHARGES_OF_MAX = 50_000;

/**
 * Inboxes begin with the alerts that are open; whoever is shown what was measured is on record. An inbox holds alerts as they
 * were told then: whoever does not care for the person any more reads there that there was one.
 */
export function withAlerts(
  { entitlement, snapshots }: { readonly entitlement: Entitlement; readonly snapshots: Snapshots },
  reading: AlertReading,
  { trail }: Pick<Access, 'trail'>,
  clock: Clock,
): { readonly entitlement: Entitlement; readonly snapshots: Snapshots } {
  const saw = ({ userId, isDispatcher }: Viewer, { personId, alertId, message }: Seen) => {
    if (message === undefined) return;
    const grants = isDispatcher ? ['dispatcher'] : [];
    trail.saw({ userId, grants }, personId, 'care', { resourceKind: 'alert', resourceId: alertId });
  };
  const charges = new LruMap<{ readonly readAtMs: number; readonly ids: ReadonlySet<string> }>(
    CHARGES_OF_MAX,
  );
  return {
    entitlement: {
      ...entitlement,
      async prepare(stream, upToSeq, events = []) {
        const { kind, id } = splitStream(stream);
        const hasAlerts = events.some(({ type }) => type.startsWith('alert.'));
        const known = charges.get(id);
        const isFresh = known && clock.nowMs() - known.readAtMs < CHARGES_KEPT_MS;
        if (kind === 'inbox' && hasAlerts && !isFresh)
          charges.set(id, { readAtMs: clock.nowMs(), ids: new Set(await reading.chargesOf(id)) });
        await entitlement.prepare(stream, upToSeq, events);
      },
      project(viewer, event) {
        if (!event.type.startsWith('alert.')) return entitlement.project(viewer, event);
        const { alert } = event.data as { readonly alert: Seen };
        const known = charges.get(splitStream(event.stream).id);
        // What was written since is for those who cared for the person then: live, nobody's charges are read.
        const sinceMs = (known?.readAtMs ?? clock.nowMs()) - CHARGES_KEPT_MS;
        const isTheirs = event.atMs >= sinceMs || known?.ids.has(alert.personId) === true;
        if (!isTheirs && alert.message !== undefined) return entitlement.project(viewer, coarseEvent(event));
        saw(viewer, alert);
        return entitlement.project(viewer, event);
      },
    },
    snapshots: {
      ...snapshots,
      async snapshotOf(viewer, stream) {
        const snapshot = await snapshots.snapshotOf(viewer, stream);
        const { kind, id } = splitStream(stream);
        if (!snapshot || kind !== 'inbox') return snapshot;
        // Read after the number: what came since is in here too, and its own number says so.
        const alerts = await reading.openFor(id);
        if (alerts.length === 0) return snapshot;
        for (const alert of alerts) saw(viewer, alert);
        return { ...snapshot, view: { ...(snapshot.view as object), alerts } };
      },
    },
  };
}
