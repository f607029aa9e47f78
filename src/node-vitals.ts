import { caredFor } from './accounts/cared-for.ts';
import type { Bus } from './fanout/bus.ts';
import type { BedsideService } from './gateway/services.ts';
import type { Site } from './node-site.ts';
import type { Stores } from './store/open-store.ts';
import { pgScores } from './telemetry/pg-scores.ts';
import { pgThresholds } from './telemetry/pg-thresholds.ts';
import { pgNewestSamples, pgVigilStore } from './telemetry/pg-vigil.ts';
import { pgVitalsRecords } from './telemetry/pg-vitals-records.ts';
import { openBedside } from './telemetry/vitals/bedside.ts';
import type { Findings } from './telemetry/vitals/finding.ts';
import { news2Ages } from './telemetry/vitals/score.ts';
import { Vigil } from './telemetry/vitals/vigil.ts';
import type { VigilParts } from './telemetry/vitals/vigil-parts.ts';

export interface VitalsServices {
  /** Judges whatever comes, from whichever lane. */
  readonly vigil: Vigil;
  readonly bedside: BedsideService;
  /** What people and other systems put on record, or take back: judged here, and the other nodes look at it. */
  readonly onRecord: Pick<Vigil, 'sampled' | 'retracted'>;
}

/** After a restart everybody comes at once; so long those who come first can be kept from being judged from nothing. */
const KNOWN_WITHIN_MS = 5_000;

/** Judging vital signs, and what those at somebody's side do with them. What is found goes to `findings`, how they are to `onJudged`. */
export async function buildVitals(
  site: Site,
  { db }: Stores,
  {
    bus,
    ...told
  }: {
    readonly findings: Findings;
    readonly onJudged: NonNullable<VigilParts['onJudged']>;
    readonly bus: Bus;
  },
): Promise<VitalsServices> {
  const people = caredFor(db);
  const log = site.log.named('vitals');
  const { news2StreamMaxAgeMs, news2RoundMaxAgeMs, news2TemperatureMaxAgeMs } = site.config;
  const news2MaxAgeMs = news2Ages(news2StreamMaxAgeMs, news2RoundMaxAgeMs, news2TemperatureMaxAgeMs);
  const settings = { news2MaxAgeMs };
  const vigil = new Vigil({ ...site, ...told, store: pgVigilStore(db), people, log, settings });
  site.releasers.add('vitals', () => vigil.stop());
  const later = new Promise<void>((resolve) => site.clock.after(KNOWN_WITHIN_MS, resolve));
  await Promise.race([vigil.start(), later]);
  const tellOthers = () => bus.tell('vitals', ['look', 'vitals']);
  const onRecord: VitalsServices['onRecord'] = {
    sampled(sample) {
      vigil.sampled(sample);
      tellOthers();
    },
    retracted(personId) {
      tellOthers();
      return vigil.retracted(personId);
    },
  };
  const bedside = openBedside({
    people,
    vigil: {
      ...onRecord,
      known: (personId) => vigil.known(personId),
      thresholdsChanged(personId, thresholds) {
        vigil.thresholdsChanged(personId, thresholds);
        tellOthers();
      },
    },
    thresholds: pgThresholds(db),
    records: pgVitalsRecords(db),
    scores: pgScores(db),
    newest: pgNewestSamples(db),
    clock: site.clock,
  });
  return { vigil, bedside, onRecord };
}

/** Figures of the vigil, for the metrics page. */
export function countVitals({ metrics }: Site, { vigil }: VitalsServices): void {
  const { people, statesWaiting, scoresWaiting } = vigil.figures();
  metrics.gauge('vitals_people', people);
  metrics.gauge('vitals_states_waiting', statesWaiting);
  metrics.gauge('vitals_scores_waiting', scoresWaiting);
}
