import type { Flags } from './args.ts';
import { RUN_HELP } from './args.ts';
import { callWords } from './call-types.ts';
import type { CsvSource } from './cells.ts';
import { parseColumns } from './columns.ts';
import { type CommandSpec, type Prepared, runCommand } from './command.ts';
import type { CommandIo } from './command-io.ts';
import { CALLS_COLUMNS, type CallsSource, firstFullDayOfCalls, readCalls } from './csv-calls.ts';
import { firstFullDayOfTracks, readTracks, TRACKS_COLUMNS } from './csv-tracks.ts';
import { Refusals } from './refusals.ts';
import type { Scenario, SimulatedFix } from './scenario.ts';
import { DAY_MS, type DayWindow, MINUTE_MS } from './schedule.ts';
import { playTape } from './tape.ts';
import { timeReader } from './time-format.ts';
import { UsageError } from './usage-error.ts';

const CALLS_COLUMNS_DEFAULT =
  'id=Call Number,unit=Unit ID,receivedAt=Received DtTm,location=Location,type=Call Type,priority=Final Priority';
const TRACKS_COLUMNS_DEFAULT = 'at=unix_s,id=cab,lat=lat,lon=lon';
const SKILLS = ['FIRST_AID', 'CPR', 'DRIVER'];

const HELP = `muster replay --calls FILE --tracks FILE [flags]

Raises every emergency call of a recorded day as an SOS at its time and place, lets every vehicle of a recorded day of
traces answer as a volunteer over a real socket, and compares at the end what clients saw with what the database
holds. Both days begin at their own local midnight, which becomes now.

  --calls FILE          CSV of emergency calls; several rows of one call count as one
  --tracks FILE         CSV of positions of many vehicles, in any order
  --minutes M           how much is replayed (default 1440)
  --from HH:MM          local time of day to begin at (default 00:00)
  --day YYYY-MM-DD      which day of the calls (default: the first that the file covers from end to end)
  --tracks-day ...      the same for the tracks
  --calls-columns MAP   which column is what: id, receivedAt, location ("(lat, lon)") or lat and lon, and if there
                        are any unit, type, priority. Default, for San Francisco:
                        "id=Call Number,unit=Unit ID,receivedAt=Received DtTm,location=Location,
                        type=Call Type,priority=Final Priority"
  --calls-time-format F unix_s, unix_ms, iso or a pattern (default "MM/dd/yyyy hh:mm:ss a")
  --calls-utc-offset O  of times without a zone, and of the local day (default -07:00)
  --calls-types MAP     more words for types, such as "Brand=FIRE,Unfall=ACCIDENT"; unknown words are OTHER
  --calls-priorities M  the same for CRITICAL, HIGH, MEDIUM, LOW; unknown words are MEDIUM
  --tracks-columns MAP  at, id, lat, lon (default "at=unix_s,id=cab,lat=lat,lon=lon")
  --tracks-time-format F  (default unix_s)
  --tracks-utc-offset O   (default -07:00)
${RUN_HELP}`;

const text = { type: 'string' } as const;

const SPEC: CommandSpec = {
  help: HELP,
  flags: {
    calls: text,
    tracks: text,
    minutes: text,
    from: text,
    day: text,
    'tracks-day': text,
    'calls-columns': text,
    'calls-time-format': text,
    'calls-utc-offset': text,
    'calls-types': text,
    'calls-priorities': text,
    'tracks-columns': text,
    'tracks-time-format': text,
    'tracks-utc-offset': text,
  },
  prepare(flags) {
    const calls = callsSource(flags);
    const tracks = tracksSource(flags);
    const minutes = flags.number('minutes', 1_440, 1, 1_440);
    const window = { fromMs: fromMs(flags), durationMs: minutes * MINUTE_MS };
    const days = { calls: dayOf(flags, 'day'), tracks: dayOf(flags, 'tracks-day') };
    return { minutes, scenario: () => read(calls, tracks, window, days) };
  },
};

/** `muster replay`: resolves with the exit code. */
export function replayCommand(argv: readonly string[], io?: CommandIo): Promise<number> {
  return runCommand(SPEC, argv, io);
}

function callsSource(flags: Flags): CallsSource {
  const utcOffsetMs = flags.utcOffsetMs('calls-utc-offset', '-07:00');
  return {
    path: flags.needed('calls'),
    columns: parseColumns(flags.text('calls-columns') ?? CALLS_COLUMNS_DEFAULT, CALLS_COLUMNS),
    time: timeReader(flags.text('calls-time-format') ?? 'MM/dd/yyyy hh:mm:ss a', utcOffsetMs),
    utcOffsetMs,
    words: callWords(flags.text('calls-types') ?? undefined, flags.text('calls-priorities') ?? undefined),
  };
}

function tracksSource(flags: Flags): CsvSource {
  const utcOffsetMs = flags.utcOffsetMs('tracks-utc-offset', '-07:00');
  return {
    path: flags.needed('tracks'),
    columns: parseColumns(flags.text('tracks-columns') ?? TRACKS_COLUMNS_DEFAULT, TRACKS_COLUMNS),
    time: timeReader(flags.text('tracks-time-format') ?? 'unix_s', utcOffsetMs),
    utcOffsetMs,
  };
}

function fromMs(flags: Flags): number {
  const value = flags.text('from') ?? '00:00';
  const match = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(value);
  if (!match) throw new UsageError(`--from is a time of day such as 07:30, not "${value}".`);
  return (Number(match[1]) * 60 + Number(match[2])) * MINUTE_MS;
}

function dayOf(flags: Flags, name: string): number | null {
  const value = flags.text(name);
  if (value === null) return null;
  const atMs = timeReader('yyyy-MM-dd', 0)(value);
  if (atMs === null) throw new UsageError(`--${name} is a day such as 2024-05-01, not "${value}".`);
  return atMs / DAY_MS;
}

async function read(
  callsFrom: CallsSource,
  tracksFrom: CsvSource,
  window: DayWindow,
  days: { calls: number | null; tracks: number | null },
): Promise<Prepared> {
  const refusals = new Refusals();
  const callsDay = days.calls ?? (await firstFullDayOfCalls(callsFrom));
  const calls = await readCalls(callsFrom, callsDay, window, refusals);
  const tracksDay = days.tracks ?? (await firstFullDayOfTracks(tracksFrom));
  const tracks = await readTracks(tracksFrom, tracksDay, window, refusals);
  if (calls.calls.length === 0) throw new UsageError(`${callsFrom.path} has no call in the replayed window.`);
  if (tracks.fixes.length === 0)
    throw new UsageError(`${tracksFrom.path} has no fix in the replayed window.`);
  return {
    scenario: scenarioOf(calls.calls, tracks.vehicles, tracks.fixes, window),
    input: {
      callRows: calls.rows,
      calls: calls.calls.length,
      units: calls.units,
      callRowsOutsideWindow: calls.outsideWindow,
      trackRows: tracks.rows,
      trackRowsOutsideWindow: tracks.outsideWindow,
      rowsRefused: refusals.counts(),
    },
  };
}

function scenarioOf(
  calls: Scenario['calls'],
  vehicles: readonly string[],
  fixes: readonly SimulatedFix[],
  { fromMs: timeOfDayMs, durationMs }: DayWindow,
): Scenario {
  return {
    calls,
    responders: vehicles.map((name) => ({ name, skills: SKILLS })),
    durationMs,
    timeOfDayMs,
    reportsUntil: playTape(fixes, durationMs),
  };
}
