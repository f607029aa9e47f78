import { type ComingOptions, comingTo } from './dispatch/coming.ts';
import type { Dispatch } from './dispatch/service.ts';
import type { Site } from './node-site.ts';
import { ERRORS } from './protocol/errors.ts';
import { StoreUnavailable } from './store/db.ts';
import type { Stores } from './store/open-store.ts';
import { type AlarmDoor, AppAlarms } from './telemetry/apps/alarms.ts';
import { type AppDoor, openAppDoor } from './telemetry/apps/app-door.ts';
import { UnnumberedIngest } from './telemetry/apps/unnumbered.ts';
import { pgDeviceHealth } from './telemetry/pg-device-health.ts';
import { lastSeen } from './telemetry/pg-last-seen.ts';
import { pgUnnumberedStore } from './telemetry/pg-unnumbered.ts';
import { DEFAULT_RULES } from './telemetry/positions/pipeline.ts';
import type { LivePositions } from './telemetry/positions/steps.ts';

type Shown = ComingOptions & { readonly dispatch: Dispatch };

/** Apps that we did not write: what they send goes the way of all positions, and their alarms become calls for help. */
export function buildApps(
  site: Site,
  { db }: Stores,
  { live, ...shown }: Shown & { readonly live: LivePositions },
): AppDoor {
  const { clock, metrics, config, releasers } = site;
  const { maxSpeedMps, maxFixAgeLiveMs } = config;
  const ingest = new UnnumberedIngest({
    store: pgUnnumberedStore(db),
    live,
    clock,
    metrics,
    rules: { ...DEFAULT_RULES, maxSpeedMps, maxFixAgeLiveMs },
  });
  releasers.add('apps', () => ingest.stop());
  const alarms = new AppAlarms({
    door: alarmDoor(shown),
    lastSeen: (userId) => lastSeen(db, userId),
    ageMs: (from, atMs, receivedAtMs) => ingest.ageMs(from, atMs, receivedAtMs),
    log: site.log.named('telemetry'),
    metrics,
  });
  return openAppDoor({ ingest, alarms, coming: comingTo(shown), health: pgDeviceHealth(db) });
}

/** An alarm does not say what happened: as this kind, by the first policy, several are asked who know first aid. */
const KIND = { emergencyType: 'MEDICAL', priority: 'CRITICAL' } as const;

function alarmDoor({ dispatch }: Shown): AlarmDoor {
  return {
    hasOpenSos: (userId) =>
      dispatch.known
        .requestedBy(userId)
        .some(({ requesterId, isDrill }) => requesterId === userId && !isDrill),

    async open({ userId }, sos, receivedAtMs) {
      const by = { userId, isDispatcher: false };
      const opened = await dispatch.execute(by, ['sos.create', { ...KIND, ...sos }], receivedAtMs);
      if (opened.ok) return opened.value.sosId ?? null;
      // In a moment it may be otherwise: the app is to send it again.
      if (ERRORS[opened.code].retryable && opened.code !== 'rate_limited') throw new StoreUnavailable();
      return null;
    },
  };
}
