import type { Bench } from './bench.ts';

// Loaded when asked for, so that one bench does not pay for the packages of another.
const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  alerts: async () => (await import('./alerts.ts')).alertsBench,
  dashboard: async () => (await import('./dashboard.ts')).dashboardBench,
  dispatch: async () => (await import('./dispatch.ts')).dispatchBench,
  ingest: async () => (await import('./ingest.ts')).ingestBench,
  nodes: async () => (await import('./nodes.ts')).nodesBench,
  codec: async () => (await import('./codec.ts')).codecBench,
  spatial: async () => (await import('./spatial.ts')).spatialBench,
};

const USAGE = `usage: npm run bench -- NAME [--json]

Runs a bench and prints what it measured; exit code 1 when a requirement is not met.
  --json   print one line of JSON last
  --help   print this

`;

async function main(args: readonly string[]): Promise<number> {
  const names = args.filter((arg) => !arg.startsWith('-'));
  const unknown = args.filter((arg) => arg.startsWith('-') && arg !== '--json' && arg !== '--help');
  const load = Object.hasOwn(BENCHES, names[0] ?? '') ? BENCHES[names[0] ?? ''] : undefined;
  if (args.includes('--help') || args.length === 0) return print(USAGE + (await list()), 0);
  if (load === undefined || names.length > 1 || unknown.length > 0) return print(USAGE + (await list()), 2);
  const report = await (await load()).run();
  const lines = args.includes('--json') ? [...report.lines, JSON.stringify(report.row)] : report.lines;
  return print(`${lines.join('\n')}\n`, report.passed ? 0 : 1);
}

async function list(): Promise<string> {
  const benches = await Promise.all(Object.values(BENCHES).map((load) => load()));
  return `${benches.map((bench) => `  ${bench.name.padEnd(12)} ${bench.about}`).join('\n')}\n`;
}

function print(text: string, exitCode: number): number {
  (exitCode === 2 ? process.stderr : process.stdout).write(text);
  return exitCode;
}

process.exitCode = await main(process.argv.slice(2));
