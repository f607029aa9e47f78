import { createReadStream, type ReadStream, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { AuditLog } from './accounts/audit.ts';
import { type ImportTarget, importTarget } from './accounts/import-target.ts';
import { type Config, readEnv, toConfig } from './config.ts';
import { importRecords, isUnfit, RECORDS_USAGE } from './import-records-command.ts';
import { systemClock } from './lib/clock.ts';
import { uuidV7Maker } from './lib/ids.ts';
import { silentLogger } from './lib/log.ts';
import { noMetrics } from './lib/metric.ts';
import { parsePairs } from './sim/columns.ts';
import { processIo } from './sim/command-io.ts';
import { Progress } from './sim/progress.ts';
import { parseUtcOffsetMs, timeReader } from './sim/time-format.ts';
import { UsageError } from './sim/usage-error.ts';
import type { Db } from './store/db.ts';
import { openStore } from './store/open-store.ts';
import type { SpeedUnit } from './telemetry/apps/values.ts';
import { dryStore } from './telemetry/import/dry-store.ts';
import type { ImportRow } from './telemetry/import/import-row.ts';
import { type ImportFigures, importPositions } from './telemetry/import/importer.ts';
import {
  CSV_FIELDS,
  type CsvField,
  type CsvOptions,
  CsvUnfit,
  readCsv,
} from './telemetry/import/read-csv.ts';
import { GpxBroken, readGpx } from './telemetry/import/read-gpx.ts';
import { readRec } from './telemetry/import/read-rec.ts';
import { pgUnnumberedStore } from './telemetry/pg-unnumbered.ts';
import { DEFAULT_RULES } from './telemetry/positions/pipeline.ts';

const SPEED_UNITS = ['mps', 'kmh', 'knots', 'mph'] as const satisfies readonly SpeedUnit[];
const FORMATS = ['csv', 'gpx', 'rec'] as const;

const USAGE = `muster import positions --file FILE (--user E | --device ID) [options]

Reads where somebody was from a file into history: a track, an export of another program, or what an OwnTracks recorder
kept. Nobody is moved on the live map by it. Fixes are judged as all others are; what is there already is counted and not
stored again, so that a run that broke off is simply run again (within the 30 days for which positions are kept).

  --file FILE          CSV, GPX, or a recorder's .rec; by its ending, else say
  --format F           csv, gpx or rec
  --user E             whose it is: an e-mail address, or the id of an account
  --device ID          the device that it is filed under; its owner is known by it
  --dry-run            reads and judges everything and stores nothing

CSV, with a header, and with commas, semicolons or tabs:
  --columns F=NAME,…   columns that are called otherwise than usual; F is one of ${Object.keys(CSV_FIELDS).join(', ')}
  --time-format T      unix_s, unix_ms, iso, or a pattern such as "dd.MM.yyyy HH:mm:ss"; not given: epoch seconds or
                       milliseconds, or ISO
  --utc-offset O       of times that name no zone, such as +02:00; not given: UTC
  --speed-unit U       ${SPEED_UNITS.join(', ')}; not given: mps
  --altitude-unit U    m or ft; not given: m
  --only COLUMN=VALUE  only rows that hold this, where a file is about several

An accuracy of 0 and a speed, heading or battery of -1 mean that it is not known.

${RECORDS_USAGE}
The database is the one of DATABASE_URL, else the embedded one in MUSTER_DATA_DIR, whose node must not run meanwhile.
Exit code 0: done. 1: refused or failed; run it again. 2: wrong use.
`;

/** `muster import`. The answer is the exit code. */
export async function importCommand(argv: readonly string[]): Promise<number> {
  if (argv.length === 0 || argv.includes('--help')) {
    (argv.length === 0 ? process.stderr : process.stdout).write(USAGE);
    return argv.length === 0 ? 2 : 0;
  }
  const configured = toConfig(readEnv(process.env));
  if (!configured.ok) {
    process.stderr.write(`${configured.problems.join('\n')}\n`);
    return 2;
  }
  try {
    if (argv[0] === 'records' || argv[0] === 'vitals') return await importRecords(argv, configured.config);
    return await run(parse(argv), configured.config);
  } catch (error) {
    const isWrongUse =
      error instanceof UsageError || error instanceof CsvUnfit || isUnfit(error) || isParseArgs(error);
    process.stderr.write(`${error instanceof Error ? error.message : 'unknown'}\n`);
    return isWrongUse ? 2 : 1;
  }
}

const isParseArgs = (error: unknown): boolean =>
  String((error as { code?: unknown } | null)?.code).startsWith('ERR_PARSE_ARGS');

interface Asked {
  readonly file: string;
  readonly bytes: number;
  readonly format: (typeof FORMATS)[number];
  readonly user: string | null;
  readonly device: string | null;
  readonly isDryRun: boolean;
  readonly csv: CsvOptions;
}

async function run(asked: Asked, config: Config): Promise<number> {
  const stores = await openStore({ ...config, clock: systemClock, log: silentLogger, metrics: noMetrics });
  try {
    const target = await importTarget(stores.db, asked);
    if (!target.ok) {
      process.stderr.write(`${target.detail ?? target.code}\n`);
      return 1;
    }
    // Also of one that breaks off: what was kept until then stays.
    const figures = await importFile(asked, config, stores.db, target.value).finally(async () => {
      if (!asked.isDryRun) await putOnRecord(stores.db, target.value);
    });
    tell(figures, asked);
    return 0;
  } finally {
    await stores.close();
  }
}

async function importFile(asked: Asked, config: Config, db: Db, whose: ImportTarget): Promise<ImportFigures> {
  const progress = new Progress(processIo(), systemClock.monotonicMs);
  const stream = createReadStream(asked.file, 'utf8');
  const { maxSpeedMps } = config;
  try {
    return await importPositions(rowsOf(asked, stream), {
      store: asked.isDryRun ? dryStore() : pgUnnumberedStore(db),
      nowMs: systemClock.nowMs,
      rules: { ...DEFAULT_RULES, maxSpeedMps },
      whose,
      onProgress: ({ rows, kept }) =>
        progress.show(() => `${share(stream.bytesRead, asked.bytes)} read, ${rows} rows, ${kept} kept`),
    });
  } finally {
    progress.end();
    stream.destroy();
  }
}

/** What of a file can be read before it breaks off is imported; then it is said where. */
async function* rowsOf({ format, csv }: Asked, stream: ReadStream): AsyncGenerator<ImportRow> {
  if (format === 'gpx') {
    try {
      yield* readGpx(stream);
    } catch (error) {
      if (!(error instanceof GpxBroken)) throw error;
      process.stderr.write(`The file is ${error.message}. What came before that is imported.\n`);
    }
    return;
  }
  const lines = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY });
  yield* format === 'csv' ? readCsv(lines, csv) : readRec(lines);
}

const share = (part: number, whole: number): string =>
  `${whole === 0 ? 100 : Math.min(100, Math.floor((100 * part) / whole))} %`;

function tell(figures: ImportFigures, { isDryRun }: Asked): void {
  const { rows, kept, duplicate, refused, others, first, fromMs, toMs } = figures;
  const say = (line: string) => process.stdout.write(`${line}\n`);
  const time = (ms: number | null) => (ms === null ? '' : new Date(ms).toISOString());
  const left = [...refused].map(([reason, count]) => `${count} ${reason}`);
  say(
    `${rows} rows: ${kept} ${isDryRun ? 'would be kept' : 'kept'}, ${duplicate} there already, ${others} no positions.`,
  );
  if (kept > 0) say(`From ${time(fromMs)} to ${time(toMs)}.`);
  if (left.length > 0) say(`Not used: ${left.join(', ')}.`);
  for (const { line, reason } of first) say(`  line ${line}: ${reason}`);
}

/** Of a person's history an operator has made more than there was: that is on record, and nothing of what it holds. */
async function putOnRecord(db: Db, { userId, deviceId }: ImportTarget): Promise<void> {
  const newId = uuidV7Maker(systemClock.nowMs, Math.random);
  const audit = new AuditLog({ clock: systemClock, log: silentLogger, metrics: noMetrics, db, newId });
  audit.record({
    actorId: null,
    grants: ['operator'],
    action: 'import',
    resourceKind: 'position',
    resourceId: deviceId,
    subjectUserId: userId,
    purpose: 'administration',
    outcome: 'allowed',
  });
  await audit.stop();
}

function parse(argv: readonly string[]): Asked {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      file: { type: 'string' },
      format: { type: 'string' },
      user: { type: 'string' },
      device: { type: 'string' },
      columns: { type: 'string' },
      only: { type: 'string' },
      'time-format': { type: 'string' },
      'utc-offset': { type: 'string' },
      'speed-unit': { type: 'string' },
      'altitude-unit': { type: 'string' },
      'dry-run': { type: 'boolean' },
    },
  });
  if (positionals.length !== 1 || positionals[0] !== 'positions')
    throw new UsageError(
      'muster import knows "positions", "records" and "vitals": see muster import --help.',
    );
  const { file, user = null, device = null } = values;
  if (!file) throw new UsageError('--file is needed: see muster import --help.');
  if (user === null && device === null) throw new UsageError('--user or --device is needed: whose is it?');
  return {
    file,
    bytes: sizeOf(file),
    format: oneOf('--format', FORMATS, values.format ?? endingOf(file)),
    user,
    device,
    isDryRun: values['dry-run'] ?? false,
    csv: {
      columns: columnsOf(values.columns),
      speedUnit: oneOf('--speed-unit', SPEED_UNITS, values['speed-unit'] ?? 'mps'),
      altitudeUnit: oneOf('--altitude-unit', ['m', 'ft'] as const, values['altitude-unit'] ?? 'm'),
      ...onlyOf(values.only),
      ...timeOf(values['time-format'], values['utc-offset']),
    },
  };
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    throw new UsageError(`${file} can't be read.`);
  }
}

const endingOf = (file: string): string => /\.(\w+)$/.exec(file)?.[1]?.toLowerCase() ?? '';

function oneOf<T extends string>(flag: string, known: readonly T[], value: string): T {
  const found = known.find((one) => one === value);
  if (found === undefined) throw new UsageError(`${flag} is one of ${known.join(', ')}.`);
  return found;
}

function columnsOf(text: string | undefined): NonNullable<CsvOptions['columns']> {
  if (text === undefined) return {};
  const columns: Partial<Record<CsvField, string>> = {};
  for (const [field, name] of parsePairs(text, '--columns'))
    columns[oneOf('--columns', Object.keys(CSV_FIELDS) as CsvField[], field)] = name;
  return columns;
}

function onlyOf(text: string | undefined): Pick<CsvOptions, 'only'> {
  if (text === undefined) return {};
  const at = text.indexOf('=');
  if (at < 1) throw new UsageError('--only is COLUMN=VALUE.');
  return { only: { column: text.slice(0, at), value: text.slice(at + 1) } };
}

function timeOf(format: string | undefined, offset: string | undefined): Pick<CsvOptions, 'time'> {
  if (format === undefined && offset === undefined) return {};
  return { time: timeReader(format ?? 'iso', parseUtcOffsetMs(offset ?? 'Z')) };
}
