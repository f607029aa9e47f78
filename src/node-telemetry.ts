import type { Dispatch } from './dispatch/service.ts';
import type { Site } from './node-site.ts';
import type { Stores } from './store/open-store.ts';
import { DeviceClocks } from './telemetry/clocks/device-clocks.ts';
import { TelemetryIngest } from './telemetry/lanes/ingest.ts';
import { pgPositionStore } from './telemetry/pg.ts';
import { pgAlarmLane } from './telemetry/pg-alarm-lane.ts';
import { pgClocks } from './telemetry/pg-clocks.ts';
import { pgVitalsLane } from './telemetry/pg-vitals-lane.ts';
import type { LivePositions } from './telemetry/positions/steps.ts';
import type { AlarmWatch, VitalsWatch } from './telemetry/vitals/sample.ts';

/** What devices measure, from their lanes to the store. */
export function buildTelemetry(
  site: Site,
  { db }: Stores,
  dispatch: Dispatch,
  watches: { readonly live: LivePositions; readonly vitals: VitalsWatch; readonly alarms: AlarmWatch },
): TelemetryIngest {
  const { telemetryFlushMs: flushMs, maxSpeedMps, maxFixAgeLiveMs, maxSampleAgeLiveMs } = site.config;
  const telemetry = new TelemetryIngest({
    ...site,
    stores: { positions: pgPositionStore(db), vitals: pgVitalsLane(db), alarms: pgAlarmLane(db) },
    ...watches,
    isInvolved: isInvolved(dispatch),
    log: site.log.named('telemetry'),
    rules: { maxSpeedMps, maxFixAgeLiveMs, maxSampleAgeLiveMs },
    // A server takes large batches in one go; the embedded engine has one connection, which an SOS needs too.
    settings: { flushMs, batchRows: site.config.databaseUrl === null ? 500 : 2_000 },
  });
  site.releasers.add('telemetry', () => telemetry.stop());
  return telemetry;
}

/** Whether somebody is in an open SOS: they asked for it, go there, or are being asked to. */
export const isInvolved =
  ({ roster, known }: Dispatch) =>
  (userId: string): boolean =>
    roster.holding(userId) !== null ||
    known.requestedBy(userId).length > 0 ||
    known.asking(userId).length > 0;

/** How far the clocks of devices are off. */
export function buildDeviceClocks(site: Site, { db }: Stores): DeviceClocks {
  const clocks = new DeviceClocks({ ...site, store: pgClocks(db), log: site.log.named('telemetry') });
  site.releasers.add('device clocks', () => clocks.stop());
  return clocks;
}

/** Tells each of them, in this order. */
export const told = (...all: readonly VitalsWatch[]): VitalsWatch => ({
  sampled: (sample) => {
    for (const watch of all) watch.sampled(sample);
  },
});
