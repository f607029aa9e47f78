import type { Db } from '../store/db.ts';
import type { LaneStore } from './lanes/lane-store.ts';
import { vitalsWriter } from './pg-copy-vitals.ts';
import { countRefused, pgLaneStore } from './pg-lane.ts';
import type { VitalsWriter } from './row-writer.ts';
import type { KeptVitals } from './vitals/steps.ts';

/** Vital signs of devices in Postgres. */
export function pgVitalsLane(db: Db, writer: VitalsWriter = vitalsWriter): LaneStore<KeptVitals> {
  return pgLaneStore<KeptVitals>(db, {
    lane: 'vitals',
    write: (tx, kept) => writer.write(tx, kept),
    countRefused: countRefused('vitals'),
  });
}
