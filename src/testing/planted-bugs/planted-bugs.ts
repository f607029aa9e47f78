import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { packageRoot } from '../../lib/package-root.ts';
import { PLANTED_BUGS, type PlantedBug } from './bugs.ts';

/** What a run of tests needs; the packages and what is built are only looked at. */
const COPIED = ['src', 'bench', 'migrations', 'package.json', 'tsconfig.json', 'vitest.config.ts'];
const LINKED = ['node_modules', 'dist'];

const reportSchema = z.object({
  testResults: z.array(
    z.object({ assertionResults: z.array(z.object({ title: z.string(), status: z.string() })) }),
  ),
});

interface Outcome {
  readonly name: string;
  readonly isCaught: boolean;
  /** The test passes when nothing is planted. */
  readonly isSound: boolean;
  readonly seconds: number;
}

/** Plants each mistake in a copy of the program, and runs the one test that has to notice it, with it and without it. */
export async function verifyPlantedBugs(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { bug: { type: 'string' }, json: { type: 'boolean', default: false } },
  });
  const asked = PLANTED_BUGS.filter(({ name }) => values.bug === undefined || values.bug === name);
  if (asked.length === 0) {
    process.stderr.write(
      `There is no such bug; there are ${PLANTED_BUGS.map(({ name }) => name).join(', ')}.\n`,
    );
    return 2;
  }
  const folder = copyOfProgram();
  const outcomes: Outcome[] = [];
  try {
    for (const bug of asked) {
      process.stderr.write(`  ${bug.name}: ${bug.what}\n`);
      outcomes.push(await plant(folder, bug));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  for (const outcome of outcomes)
    process.stdout.write(`${values.json ? JSON.stringify(outcome) : sentenceOf(outcome)}\n`);
  return outcomes.every(({ isCaught, isSound }) => isCaught && isSound) ? 0 : 1;
}

function copyOfProgram(): string {
  const folder = mkdtempSync(join(tmpdir(), 'muster-planted-'));
  const from = (name: string) => fileURLToPath(new URL(name, packageRoot));
  for (const name of COPIED) cpSync(from(name), join(folder, name), { recursive: true });
  for (const name of LINKED) symlinkSync(from(name), join(folder, name));
  return folder;
}

async function plant(folder: string, bug: PlantedBug): Promise<Outcome> {
  const startMs = performance.now();
  const isSound = (await statusOf(folder, bug)) === 'passed';
  const sound = bug.edits.map(({ file }) => readFileSync(join(folder, file), 'utf8'));
  for (const { file, find, replace } of bug.edits) {
    const text = readFileSync(join(folder, file), 'utf8');
    if (text.split(find).length !== 2) throw new Error(`${file} does not have once: ${find}`);
    // A function, because a string would have its dollars read.
    writeFileSync(
      join(folder, file),
      text.replace(find, () => replace),
    );
  }
  const isCaught = (await statusOf(folder, bug)) === 'failed';
  for (const [i, { file }] of bug.edits.entries()) writeFileSync(join(folder, file), sound[i] ?? '');
  return { name: bug.name, isCaught, isSound, seconds: Math.round((performance.now() - startMs) / 1_000) };
}

/** What became of the test: failed when it failed on any engine. */
async function statusOf(folder: string, { caughtBy }: PlantedBug): Promise<'passed' | 'failed' | 'not run'> {
  const report = join(folder, 'report.json');
  rmSync(report, { force: true });
  const vitest = fileURLToPath(new URL('node_modules/vitest/vitest.mjs', packageRoot));
  const name = caughtBy.test.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const child = spawn(
    process.execPath,
    [vitest, 'run', caughtBy.file, '-t', name, '--reporter=json', `--outputFile=${report}`],
    { cwd: folder, stdio: 'ignore' },
  );
  await new Promise((resolve) => child.once('exit', resolve));
  const { testResults } = reportSchema.parse(JSON.parse(readFileSync(report, 'utf8')));
  const found = testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ title, status }) => title === caughtBy.test && status !== 'pending' && status !== 'skipped');
  if (found.length === 0) return 'not run';
  return found.some(({ status }) => status === 'failed') ? 'failed' : 'passed';
}

function sentenceOf({ name, isCaught, isSound, seconds }: Outcome): string {
  const said = !isSound ? 'its test fails without it' : isCaught ? 'caught' : 'NOT caught';
  return `${name.padEnd(26)} ${said} (${seconds} s)`;
}
