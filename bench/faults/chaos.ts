import { parseArgs } from 'node:util';
import { wholeNumber } from '../../src/testing/proof-options.ts';
import { Cleanup } from './cleanup.ts';
import { playAll } from './play.ts';
import { rowOf, tableOf } from './report.ts';
import type { Row } from './run-scenario.ts';
import type { Scenario } from './scenario.ts';
import { SCENARIOS } from './scenarios.ts';

const USAGE = `usage: npm run chaos -- [--scenario NAME[,NAME…]] [--seed N] [--cuts 2] [--json] [--list]

Breaks one thing at a time under three nodes at work, and holds what clients were told against the database.
  --scenario  only these
  --seed      of everybody's choices and of the simulated disk
  --cuts      how often the power is cut in the scenarios of power cuts
  --json      one line of JSON for each scenario instead of the table
  --list      the scenarios, one line each
  --help      print this
Exit code 1: a promise was broken. Histories of broken ones are kept, and where is said.
`;

const OPTIONS = {
  scenario: { type: 'string', multiple: true, default: [] as string[] },
  seed: { type: 'string', default: '1' },
  cuts: { type: 'string', default: '2' },
  json: { type: 'boolean', default: false },
  list: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const say = (line: string) =>
  void process.stderr.write(`${(performance.now() / 1_000).toFixed(0).padStart(5)} s  ${line}\n`);

async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: OPTIONS });
  if (values.help) return print(USAGE);
  if (values.list) return print(SCENARIOS.map(({ name, about }) => `${name.padEnd(18)} ${about}\n`).join(''));
  const chosen = chosenBy(values.scenario.flatMap((names) => names.split(',')));
  const seed = wholeNumber('--seed', values.seed, 0);
  const cuts = wholeNumber('--cuts', values.cuts, 1);
  const cleanup = new Cleanup();
  const asked = endWhenAsked(cleanup);
  const onRow = (row: Row) => void (values.json && print(`${JSON.stringify(rowOf(row))}\n`));
  const rows = await playAll(chosen, { seed, cuts, say, cleanup, onRow });
  if (!values.json) print(tableOf(rows));
  if (asked.code !== null) return asked.code;
  return rows.length > 0 && rows.every(({ passed }) => passed) ? 0 : 1;
}

function chosenBy(names: readonly string[]): readonly Scenario[] {
  if (names.length === 0) return SCENARIOS;
  return names.map((name) => {
    const found = SCENARIOS.find((scenario) => scenario.name === name);
    if (!found) throw new Error(`there is no scenario "${name}"; --list names them`);
    return found;
  });
}

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** Everything that was started ends with the driver, which then says by which signal. Asked a second time it is gone at once. */
function endWhenAsked(cleanup: Cleanup): { readonly code: number | null } {
  const asked: { code: number | null } = { code: null };
  for (const [signal, code] of Object.entries(SIGNALS)) {
    process.once(signal, () => {
      say(`${signal}: ending everything`);
      asked.code ??= code;
      cleanup.end();
    });
  }
  return asked;
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

let code = 1;
try {
  code = await main(process.argv.slice(2));
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
}
// A connection to what was killed may keep a process for minutes.
process.stdout.write('', () => process.exit(code));
