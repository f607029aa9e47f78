import { systemClock } from '../../lib/clock.ts';
import type { CommandIo } from '../command-io.ts';
import { readEmbedded } from '../database-source.ts';
import type { Interruption } from '../interruption.ts';
import { OwnEngine } from '../own-engine.ts';
import type { Progress } from '../progress.ts';
import { checkVitals, type Streamed, type VitalsCheck } from './check.ts';
import type { VitalsScenario } from './scenario.ts';
import { setVitalsStage, type VitalsStage } from './stage.ts';
import { termsAt } from './terms.ts';
import { readVitals, type StoredPerson } from './vitals-reader.ts';

export interface VitalsRunOptions {
  readonly speed: number;
  /** The database of our own engine; null: embedded. */
  readonly databaseUrl: string | null;
}

/** What a run was. */
export interface VitalsRun {
  readonly streamed: readonly Streamed[];
  readonly realMs: number;
  /** By type of event, what the care team heard. */
  readonly heard: Readonly<Record<string, number>>;
  readonly latenciesMs: readonly number[];
  readonly check: VitalsCheck;
}

const TICK_MS = 10;
const FLUSH_WITHIN_MS = 60_000;
/** Findings of the last samples become alerts, and scores rows, within this. */
const SETTLE_MS = 3_000;

/** Streams a recording through an engine of our own and computes again what it has led to. */
export async function runVitals(
  scenario: VitalsScenario,
  { speed, databaseUrl }: VitalsRunOptions,
  io: CommandIo,
  progress: Progress,
  interruption: Interruption,
): Promise<VitalsRun> {
  progress.say('Starting an engine …');
  const terms = termsAt(speed);
  const engine = await OwnEngine.start({
    databaseUrl,
    env: { ...io.env, ...environmentOf(terms) },
    onDeath: (sentence) => interruption.fail(sentence),
  });
  try {
    const stage = await setVitalsStage(
      scenario,
      { url: engine.url, engine, speed },
      io,
      progress,
      interruption,
    );
    const startedMs = systemClock.monotonicMs();
    try {
      await stream(scenario, stage, speed, progress, interruption);
      await settled(stage, progress);
    } finally {
      await stage.leave();
    }
    const realMs = systemClock.monotonicMs() - startedMs;
    interruption.check();
    await engine.stop();
    const streamed = stage.patients.map((patient) => patient.streamed);
    const stored = await read(
      engine,
      databaseUrl,
      streamed.map(({ personId }) => personId),
    );
    return {
      streamed,
      realMs,
      heard: Object.fromEntries(stage.nurse.counts),
      latenciesMs: stage.nurse.latenciesMs,
      check: checkVitals(streamed, stored, terms),
    };
  } finally {
    await engine.remove();
  }
}

const environmentOf = ({ maxAgeMs }: ReturnType<typeof termsAt>) => ({
  MUSTER_NEWS2_STREAM_MAX_AGE_MS: String(maxAgeMs.pulse),
  MUSTER_NEWS2_ROUND_MAX_AGE_MS: String(maxAgeMs.systolic),
  MUSTER_NEWS2_TEMPERATURE_MAX_AGE_MS: String(maxAgeMs.temperature),
});

async function stream(
  { samples }: VitalsScenario,
  { patients }: VitalsStage,
  speed: number,
  progress: Progress,
  interruption: Interruption,
): Promise<void> {
  const startedMs = systemClock.monotonicMs();
  let next = 0;
  while (next < samples.length && !interruption.isOver) {
    const offsetMs = (systemClock.monotonicMs() - startedMs) * speed;
    for (let sample = samples[next]; sample && sample.offsetMs <= offsetMs; sample = samples[next]) {
      patients[sample.person]?.measured(sample.vitals);
      next += 1;
    }
    progress.show(
      () =>
        `${next} of ${samples.length} samples, hour ${(offsetMs / 3_600_000).toFixed(1)} of the recording`,
    );
    await interruption.wait(TICK_MS);
  }
}

async function settled({ patients }: VitalsStage, progress: Progress): Promise<void> {
  progress.say('Coming to rest …');
  const waiting = new Promise<void>((resolve) => setTimeout(resolve, FLUSH_WITHIN_MS).unref());
  await Promise.race([Promise.all(patients.map((patient) => patient.flushed())), waiting]);
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
}

function read(
  engine: OwnEngine,
  databaseUrl: string | null,
  personIds: readonly string[],
): Promise<Map<string, StoredPerson>> {
  if (databaseUrl !== null) return readVitals({ connectionString: databaseUrl }, personIds);
  return readEmbedded(engine, (connection) => readVitals(connection, personIds));
}
