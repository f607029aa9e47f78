import { Flags } from '../args.ts';
import { type CommandIo, processIo } from '../command-io.ts';
import { Interrupted, Interruption } from '../interruption.ts';
import { percentile } from '../percentile.ts';
import { Progress } from '../progress.ts';
import { UsageError } from '../usage-error.ts';
import { readIcu } from './read-icu.ts';
import { readWristbands } from './read-wristbands.ts';
import { runVitals, type VitalsRun } from './run.ts';
import type { VitalsScenario } from './scenario.ts';

const HELP = `muster replay-vitals --file FILE [flags]

Streams recorded vital signs through an engine of our own, every recorded person a patient with a device and a nurse who
cares for all of them, and computes once more from the database what the samples should have led to: every value that can't
be flagged, every alert, every score of NEWS2.

  --file FILE           the recording
  --format F            icu: the long form of the PhysioNet challenge 2012; wristbands: heart and breathing rate once a
                        second, with the columns Participant, HR, respr, Time(sec). Default: by the first line
  --speed N             so many times as fast (default 1440 for icu, 60 for wristbands); durations and ages by which is
                        judged go along
  --hours H             so much of the recording (default: all)
  --people N            so many of its people, the first (default: all)
  --database-url URL    the database of the engine instead of the embedded one; "env" takes DATABASE_URL
  --json                the last line of output is the report as one JSON object
  --help                this text

Ends with 0 when everything is stored once and agrees; with 1 otherwise; with 2 when a flag or the file can't be used.`;

const FORMATS = { icu: readIcu, wristbands: readWristbands } as const;
type Format = keyof typeof FORMATS;
const SPEED: Readonly<Record<Format, number>> = { icu: 1_440, wristbands: 60 };
const HOUR_MS = 3_600_000;
const COMPLAINTS_SHOWN = 20;

const text = { type: 'string' } as const;
const FLAGS = {
  file: text,
  format: text,
  speed: text,
  hours: text,
  people: text,
  'database-url': text,
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** `muster replay-vitals`: resolves with the exit code. */
export async function replayVitalsCommand(
  argv: readonly string[],
  io: CommandIo = processIo(),
): Promise<number> {
  try {
    const flags = new Flags(argv, FLAGS);
    if (flags.isSet('help')) {
      io.out(HELP);
      return 0;
    }
    return await replay(flags, io);
  } catch (error) {
    io.err(`${error instanceof Error ? error.message : 'Something unknown failed.'}\n`);
    if (error instanceof UsageError) return 2;
    return error instanceof Interrupted ? 130 : 1;
  }
}

async function replay(flags: Flags, io: CommandIo): Promise<number> {
  const path = flags.needed('file');
  const format = await formatOf(path, flags.text('format'));
  const speed = flags.number('speed', SPEED[format], 0.1, 10_000);
  const scenario = partOf(await FORMATS[format](path), {
    untilMs: flags.number('hours', 1_000, 0.001, 1_000) * HOUR_MS,
    people: flags.whole('people', 100_000, 1, 100_000),
  });
  if (scenario.samples.length === 0) throw new UsageError(`${path} has no sample in that part.`);
  const progress = new Progress(io, () => performance.now());
  const interruption = new Interruption();
  const ignoreInterrupts = io.onInterrupt(() => interruption.ask());
  try {
    const databaseUrl = databaseUrlOf(flags.text('database-url'), io.env);
    const run = await runVitals(scenario, { speed, databaseUrl }, io, progress, interruption);
    const report = reportOf(scenario, run, speed);
    for (const line of linesOf(report)) io.out(line);
    if (flags.isSet('json')) io.out(JSON.stringify(report));
    return report.complaints.length === 0 ? 0 : 1;
  } finally {
    ignoreInterrupts();
    progress.end();
  }
}

async function formatOf(path: string, named: string | null): Promise<Format> {
  if (named !== null) {
    if (!Object.hasOwn(FORMATS, named))
      throw new UsageError(`--format is icu or wristbands, not "${named}".`);
    return named as Format;
  }
  return await readIcu(path).then(
    () => 'icu' as const,
    () => 'wristbands' as const,
  );
}

function partOf(scenario: VitalsScenario, part: { untilMs: number; people: number }): VitalsScenario {
  return {
    ...scenario,
    people: scenario.people.slice(0, part.people),
    samples: scenario.samples.filter(
      ({ person, offsetMs }) => person < part.people && offsetMs < part.untilMs,
    ),
  };
}

function databaseUrlOf(named: string | null, env: CommandIo['env']): string | null {
  const url = named === 'env' ? env.DATABASE_URL : named;
  if (url === undefined || url === '') throw new UsageError('--database-url env needs DATABASE_URL.');
  return url;
}

type Report = ReturnType<typeof reportOf>;

function reportOf({ people, rows, rowsRefused }: VitalsScenario, run: VitalsRun, speed: number) {
  const sum = (of: 'sent' | 'acknowledged') => run.streamed.reduce((total, one) => total + one[of], 0);
  const { complaints, ...stored } = run.check;
  return {
    people: people.length,
    rows,
    rowsRefused,
    speed,
    realMs: Math.round(run.realMs),
    samplesSent: sum('sent'),
    samplesAcknowledged: sum('acknowledged'),
    impossible: run.streamed.flatMap(({ impossible }) => [...impossible.values()]).reduce((a, b) => a + b, 0),
    stored,
    heard: run.heard,
    /** From the measuring to the nurse's socket, real milliseconds. */
    alertLatencyMs: { p50: percentile(run.latenciesMs, 0.5), p99: percentile(run.latenciesMs, 0.99) },
    complaints: [
      ...complaints.slice(0, COMPLAINTS_SHOWN),
      ...(complaints.length > COMPLAINTS_SHOWN ? [`… and ${complaints.length - COMPLAINTS_SHOWN} more`] : []),
    ],
  };
}

function linesOf(report: Report): string[] {
  const { stored, alertLatencyMs } = report;
  const heard = Object.entries(report.heard).map(([type, count]) => `${type} ${count}`);
  return [
    '',
    `${report.people} patients, ${report.samplesSent} samples in ${(report.realMs / 1_000).toFixed(0)} s (${report.speed} times as fast)`,
    `acknowledged ${report.samplesAcknowledged}, stored ${stored.samples}`,
    `values that can't be ${report.impossible}, flagged ${stored.doubtful}`,
    `alerts ${stored.alerts}, scores kept ${stored.scores}, each computed again`,
    `the care team heard ${heard.join(', ') || 'nothing'}`,
    `from the measuring to the care team's socket: p50 ${alertLatencyMs.p50 ?? '–'} ms, p99 ${alertLatencyMs.p99 ?? '–'} ms`,
    '',
    ...report.complaints.map((complaint) => `! ${complaint}`),
    report.complaints.length === 0 ? 'All of it agrees.' : 'It does not agree.',
  ];
}
