import type { Dispatch } from './dispatch/service.ts';
import type { Site } from './node-site.ts';
import type { Stores } from './store/open-store.ts';
import { PositionIngest } from './telemetry/lanes/ingest.ts';
import { pgPositionStore } from './telemetry/pg.ts';
import { DEFAULT_RULES } from './telemetry/positions/pipeline.ts';

/** What devices measure, from their lanes to the store. */
export function buildTelemetry(site: Site, { db }: Stores, { roster }: Dispatch): PositionIngest {
  const { telemetryFlushMs: flushMs, maxSpeedMps, maxFixAgeLiveMs } = site.config;
  const telemetry = new PositionIngest({
    ...site,
    store: pgPositionStore(db),
    live: { moved: (userId, lat, lng, atMs) => roster.moved(userId, { lat, lng }, atMs) },
    log: site.log.named('telemetry'),
    settings: { flushMs, rules: { ...DEFAULT_RULES, maxSpeedMps, maxFixAgeLiveMs } },
  });
  site.releasers.add('telemetry', () => telemetry.stop());
  return telemetry;
}
