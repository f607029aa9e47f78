import type { Access } from './accounts/access-service.ts';
import type { OpenedAccounts } from './accounts/accounts.ts';
import { caredFor } from './accounts/cared-for.ts';
import { VitalsTail } from './fanout/vitals-tail.ts';
import type { HistoryService } from './gateway/services.ts';
import type { Site } from './node-site.ts';
import { RETENTION } from './schema/personal-data.ts';
import type { Stores } from './store/open-store.ts';
import { aggregatesJob } from './telemetry/pg-aggregates.ts';
import { pgHistoryPages } from './telemetry/pg-pages.ts';
import { pgSeriesStore } from './telemetry/pg-series.ts';
import { pgNewestVitals } from './telemetry/pg-tail.ts';
import { entitled } from './telemetry/series/entitled.ts';
import { openPersonRecords } from './telemetry/series/person-records.ts';
import { openSeries } from './telemetry/series/series.ts';
import type { Sample, VitalsWatch } from './telemetry/vitals/sample.ts';
import { VITAL_NAMES } from './telemetry/vitals/vitals.ts';

/** What was measured, read again and followed live. */
export interface SeriesServices {
  readonly jobs: OpenedAccounts['jobs'];
  readonly history: HistoryService;
  readonly tails: VitalsTail;
  /** Hands samples to those who follow their person. */
  readonly watch: VitalsWatch;
}

const DAY_MS = 86_400_000;

export function buildSeries(site: Site, { db }: Stores, { trail }: Access): SeriesServices {
  const people = caredFor(db);
  const samplesKeptMs = RETENTION.vitals.keepDays * DAY_MS;
  const history = openPersonRecords({
    people,
    series: openSeries({ store: pgSeriesStore(db), clock: site.clock, samplesKeptMs }),
    history: pgHistoryPages(db),
  });
  const tails = new VitalsTail({
    ...site,
    log: site.log.named('fanout'),
    newest: pgNewestVitals(db),
    entitled: async (viewer, id) => {
      const person = await entitled(people, viewer, id, 'vitals', 'read');
      return person.ok ? person.value : null;
    },
    saw: (viewer, { personId, userId }) =>
      trail.saw(viewer, userId ?? personId, 'care', { resourceKind: 'vitals', resourceId: personId }),
  });
  site.releasers.add('tails', () => tails.close());
  const watch: VitalsWatch = {
    sampled: (sample) => {
      if (tails.follows(sample.personId)) tails.sampled(tailed(sample));
    },
  };
  return { jobs: [aggregatesJob()], history, tails, watch };
}

function tailed({ personId, recordedAtMs, vitals, doubts }: Sample) {
  const measured = VITAL_NAMES.filter((name) => vitals[name] !== undefined);
  const believed = measured.filter((name) => doubts[name] === undefined);
  const values = Object.fromEntries(believed.map((name) => [name, vitals[name]]));
  return { personId, recordedAtMs, values, doubted: measured.length - believed.length };
}
