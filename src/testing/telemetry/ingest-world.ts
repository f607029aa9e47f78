import { ManualClock } from '../../lib/clock.ts';
import { silentLogger } from '../../lib/log.ts';
import { seededRandom } from '../../lib/random.ts';
import type { KeptAlarm } from '../../telemetry/alarms/steps.ts';
import { type IngestParts, TelemetryIngest } from '../../telemetry/lanes/ingest.ts';
import type { KeptFix } from '../../telemetry/positions/fix.ts';
import type { DeviceAlarm, Sample } from '../../telemetry/vitals/sample.ts';
import type { KeptVitals } from '../../telemetry/vitals/steps.ts';
import { MemoryLaneStore } from './memory-lane-store.ts';

/** One node's intake on simulated time, with stores in memory and everything that it tells written down. */
export function ingestWorld(parts: Partial<IngestParts> = {}) {
  const clock = new ManualClock();
  const stores = {
    positions: new MemoryLaneStore<KeptFix>(),
    vitals: new MemoryLaneStore<KeptVitals>(),
    alarms: new MemoryLaneStore<KeptAlarm>(),
  };
  const moves: { userId: string; lat: number; receivedAtMs: number }[] = [];
  const samples: Sample[] = [];
  const alarms: DeviceAlarm[] = [];
  const gauges = new Map<string, number>();
  const counts = new Map<string, number>();
  const ingest = new TelemetryIngest({
    stores,
    clock,
    random: seededRandom(1),
    log: silentLogger,
    isInvolved: () => false,
    live: { moved: (userId, lat, _lng, receivedAtMs) => moves.push({ userId, lat, receivedAtMs }) },
    vitals: { sampled: (sample) => samples.push(sample) },
    alarms: {
      alarmed: async (alarm) => {
        alarms.push(alarm);
      },
    },
    metrics: {
      count: (name, labels, by = 1) => {
        const key = `${name} ${Object.values(labels ?? {}).join()}`.trim();
        counts.set(key, (counts.get(key) ?? 0) + by);
      },
      gauge: (name, value) => gauges.set(name, value),
      observeMs: () => {},
    },
    ...parts,
  });
  /** Lets time and the stores go on until `condition` holds. */
  const goOn = async (condition: () => boolean, stepMs = 10) => {
    for (let step = 0; !condition(); step++) {
      if (step > 5_000) throw new Error('waited in vain');
      clock.advance(stepMs);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const queueBytes = () => gauges.get('telemetry_queue_bytes') ?? 0;
  return { clock, stores, moves, samples, alarms, counts, ingest, goOn, queueBytes, startMs: clock.nowMs() };
}
