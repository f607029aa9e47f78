import type { OpenedAccounts } from './accounts/accounts.ts';
import { caredFor } from './accounts/cared-for.ts';
import type { HistoryService } from './gateway/services.ts';
import type { Site } from './node-site.ts';
import { RETENTION } from './schema/personal-data.ts';
import type { Stores } from './store/open-store.ts';
import { aggregatesJob } from './telemetry/pg-aggregates.ts';
import { pgHistoryPages } from './telemetry/pg-pages.ts';
import { pgSeriesStore } from './telemetry/pg-series.ts';
import { openPersonRecords } from './telemetry/series/person-records.ts';
import { openSeries } from './telemetry/series/series.ts';

/** What was measured, read again. */
export interface SeriesServices {
  readonly jobs: OpenedAccounts['jobs'];
  readonly history: HistoryService;
}

const DAY_MS = 86_400_000;

export function buildSeries({ clock }: Site, { db }: Stores): SeriesServices {
  const samplesKeptMs = RETENTION.vitals.keepDays * DAY_MS;
  const history = openPersonRecords({
    people: caredFor(db),
    series: openSeries({ store: pgSeriesStore(db), clock, samplesKeptMs }),
    history: pgHistoryPages(db),
  });
  return { jobs: [aggregatesJob()], history };
}
