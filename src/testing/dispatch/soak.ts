import { parseArgs } from 'node:util';
import { PLANTED_BUGS, type PlantedBug } from '../../dispatch/sim/planted.ts';
import { type SimulationReport, simulate } from '../../dispatch/sim/simulate.ts';
import { wholeNumber } from '../proof-options.ts';

const HELP = `usage: npm run sim:soak -- [--seeds 500] [--seed 1] [--json]

Runs the real dispatch machine and service of several nodes on simulated time, one history per seed, and looks at
invariants 2 to 6 of the design after every step. Then plants five classic mistakes and looks whether each is found.

  --seeds N   how many histories
  --seed S    the first seed; a history that failed is run again exactly by --seed S --seeds 1
  --json      the last line is {"seeds","steps","faults","violations","planted":{mistake: found}}

Ends with 0 when nothing was violated and every mistake was found, with 1 otherwise.
`;

/** A mistake that so many seeds do not show counts as not found. */
const MISTAKE_SEEDS = 60;
const PROGRESS_EVERY = 50;

interface Total {
  seeds: number;
  steps: number;
  faults: number;
  violations: number;
}

/** Answers with the exit code. Throws one sentence for options that do not fit. */
export async function soak(args: string[], write: (text: string) => void): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      seeds: { type: 'string', default: '500' },
      seed: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    write(HELP);
    return 0;
  }
  const seeds = wholeNumber('--seeds', values.seeds, 1);
  const first = wholeNumber('--seed', values.seed, 0);
  const total: Total = { seeds, steps: 0, faults: 0, violations: 0 };
  for (let seed = first; seed < first + seeds; seed++) {
    const report = await simulate({ seed });
    add(total, report);
    for (const line of linesOf(report)) write(line);
    const done = seed - first + 1;
    if (done % PROGRESS_EVERY === 0 || done === seeds)
      write(`${done} of ${seeds} seeds, ${total.steps} steps, ${total.violations} violations\n`);
  }
  const planted: Partial<Record<PlantedBug, boolean>> = {};
  for (const bug of PLANTED_BUGS) {
    const seed = await seedThatFinds(bug);
    planted[bug] = seed !== null;
    write(`planted ${bug}: ${seed === null ? 'not found' : `found with seed ${seed}`}\n`);
  }
  const isFine = total.violations === 0 && Object.values(planted).every(Boolean);
  write(values.json ? `${JSON.stringify({ ...total, planted })}\n` : verdict(total, isFine));
  return isFine ? 0 : 1;
}

function add(total: Total, { steps, faults, violations }: SimulationReport): void {
  total.steps += steps;
  total.faults += Object.values(faults).reduce((sum, count) => sum + count, 0);
  total.violations += violations.length;
}

const linesOf = ({ seed, violations }: SimulationReport) =>
  violations.map(
    ({ invariant, what, atMs }) =>
      `seed ${seed}, at ${atMs}: invariant ${invariant}: ${what}\n  again: npm run sim:soak -- --seed ${seed} --seeds 1\n`,
  );

async function seedThatFinds(planted: PlantedBug): Promise<number | null> {
  for (let seed = 1; seed <= MISTAKE_SEEDS; seed++) {
    const { violations } = await simulate({ seed, planted, stopsEarly: true });
    if (violations.length > 0) return seed;
  }
  return null;
}

const verdict = ({ seeds, steps, faults, violations }: Total, isFine: boolean) =>
  `${isFine ? 'held' : 'BROKEN'}: ${seeds} seeds, ${steps} steps, ${faults} faults, ${violations} violations\n`;
