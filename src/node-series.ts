import type { OpenedAccounts } from './accounts/accounts.ts';
import { aggregatesJob } from './telemetry/pg-aggregates.ts';

/** What was measured, read again. */
export interface SeriesServices {
  readonly jobs: OpenedAccounts['jobs'];
}

export function buildSeries(): SeriesServices {
  return { jobs: [aggregatesJob()] };
}
