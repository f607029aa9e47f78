import { endOnSignal } from '../src/testing/end-on-signal.ts';
import type { BenchReport } from './bench.ts';

interface Bench {
  /** One line for the list of benches. */
  readonly about: string;
  readonly run: () => Promise<BenchReport>;
}

// Loaded when asked for, so that one bench does not pay for the packages of another.
const BENCHES: Readonly<Record<string, Bench>> = {
  alerts: {
    about:
      "from a sample that crosses a limit to the alert at the care team's socket, 2,000 patients streaming",
    run: async () => (await import('./alerts.ts')).run(),
  },
  codec: {
    about: 'msgpack against JSON: bytes, encoding and decoding of positions and of an event',
    run: async () => (await import('./codec.ts')).run(),
  },
  dashboard: {
    about: 'how long the dispatchers’ page stands still at most while 10,000 responders move on its map',
    run: async () => (await import('./dashboard.ts')).run(),
  },
  dispatch: {
    about: 'from the frame of an SOS to the first offer frame, at 50 SOS/s and 20,000 responders',
    run: async () => (await import('./dispatch.ts')).run(),
  },
  ingest: {
    about: 'positions and vital signs stored a second and the wait for the acknowledgement, on both engines',
    run: async () => (await import('./ingest.ts')).run(),
  },
  nodes: {
    about: 'how much later another node knows: events and positions, three nodes, 20,000 responders who move',
    run: async () => (await import('./nodes.ts')).run(),
  },
  records: {
    about:
      'records in a table of 1,000,000 rows: the engine against handlers written by hand, at most 1.3 times',
    run: async () => (await import('./records.ts')).run(),
  },
  spatial: {
    about: 'the responder index against geokdbush: 100,000 points, queries and moves per second',
    run: async () => (await import('./spatial.ts')).run(),
  },
};

const USAGE = `usage: npm run bench -- NAME [--json]

Runs a bench and prints what it measured; exit code 1 when a requirement is not met.
  --json   print one line of JSON last
  --help   print this

`;

async function main(args: readonly string[]): Promise<number> {
  const names = args.filter((arg) => !arg.startsWith('-'));
  const unknown = args.filter((arg) => arg.startsWith('-') && arg !== '--json' && arg !== '--help');
  const bench = Object.hasOwn(BENCHES, names[0] ?? '') ? BENCHES[names[0] ?? ''] : undefined;
  if (args.includes('--help') || args.length === 0) return print(USAGE + list(), 0);
  if (bench === undefined || names.length > 1 || unknown.length > 0) return print(USAGE + list(), 2);
  const report = await bench.run();
  const lines = args.includes('--json') ? [...report.lines, JSON.stringify(report.row)] : report.lines;
  return print(`${lines.join('\n')}\n`, report.passed ? 0 : 1);
}

function list(): string {
  const lines = Object.entries(BENCHES).map(([name, { about }]) => `  ${name.padEnd(12)} ${about}`);
  return `${lines.join('\n')}\n`;
}

function print(text: string, exitCode: number): number {
  (exitCode === 2 ? process.stderr : process.stdout).write(text);
  return exitCode;
}

endOnSignal();
process.exitCode = await main(process.argv.slice(2));
