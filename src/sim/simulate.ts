import { isLatLng, type LatLng } from '../geo/lat-lng.ts';
import { type Flags, RUN_HELP } from './args.ts';
import { syntheticCity } from './city.ts';
import { type CommandSpec, runCommand } from './command.ts';
import type { CommandIo } from './command-io.ts';
import { MINUTE_MS } from './schedule.ts';
import { UsageError } from './usage-error.ts';

const HELP = `muster simulate [flags]

Makes a city up, the same for the same seed: responders who move from one random place to the next, and emergencies
that happen at random. Plays it against an engine over real sockets and compares at the end what clients saw with
what the database holds.

  --responders N        volunteers on duty (default 50)
  --sos N               emergencies (default 20)
  --duration D          simulated time in which they happen: 90s, 10m, 2h (default 10m)
  --center LAT,LON      middle of the city (default 52.52,13.405)
  --radius-km R         radius of the city (default 3)
  --fix-every SECONDS   simulated time between two fixes of one responder (default 15)
${RUN_HELP}`;

const text = { type: 'string' } as const;

const SPEC: CommandSpec = {
  help: HELP,
  flags: {
    responders: text,
    sos: text,
    duration: text,
    center: text,
    'radius-km': text,
    'fix-every': text,
  },
  prepare(flags) {
    const durationMs = flags.durationMs('duration', '10m');
    const options = {
      responders: flags.whole('responders', 50, 1, 20_000),
      sos: flags.whole('sos', 20, 1, 100_000),
      durationMs,
      seed: flags.whole('seed', 1, 0, 2 ** 32 - 1),
      center: centerOf(flags),
      radiusM: flags.number('radius-km', 3, 0.01, 500) * 1_000,
      fixEveryMs: flags.number('fix-every', 15, 0.1, 3_600) * 1_000,
    };
    return {
      minutes: durationMs / MINUTE_MS,
      scenario: async () => ({ scenario: syntheticCity(options), input: null }),
    };
  },
};

/** `muster simulate`: resolves with the exit code. */
export function simulateCommand(argv: readonly string[], io?: CommandIo): Promise<number> {
  return runCommand(SPEC, argv, io);
}

function centerOf(flags: Flags): LatLng {
  const value = flags.text('center') ?? '52.52,13.405';
  const [lat, lng, ...more] = value.split(',').map(Number);
  if (lat === undefined || lng === undefined || more.length > 0 || !isLatLng(lat, lng)) {
    throw new UsageError(`--center is a place such as 52.52,13.405, not "${value}".`);
  }
  return { lat, lng };
}
