import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Cleanup } from '../../bench/faults/cleanup.ts';
import { onNodes } from '../../bench/faults/on-nodes.ts';
import { playAll } from '../../bench/faults/play.ts';
import { rowOf } from '../../bench/faults/report.ts';
import { powerCut } from '../../bench/faults/scenarios-postgres.ts';
import { silentLogger } from '../lib/log.ts';
import { seededRandom } from '../lib/random.ts';
import { startEmbedded } from '../store/embedded/embedded.ts';
import { embeddedDirectory } from '../store/open-store.ts';
import { installLossyMount } from './lossy-mount.ts';
import { asNodesLeaveIt } from './node-database.ts';
import { missingIn } from './power-cut/faults.ts';
import { isUnharmed, type PowerCutRound, PowerCuts } from './power-cut/round.ts';
import { Witness } from './power-cut/witness.ts';
import { wholeNumber } from './proof-options.ts';

/**
 * Cuts the power under an embedded engine while people call for help, come and talk, as often as asked, and looks each
 * time whether it starts again by itself and holds all that it had acknowledged. In every second round unsynced sectors
 * reach the disk with probability one half, in the others none does. Ends early at the first round that fails.
 */
export async function cutPower(
  rounds: number,
  seed: number,
  report: (round: PowerCutRound) => void,
  prepareBacking: (backing: string) => Promise<unknown> = makeDatabase,
): Promise<PowerCutRound[]> {
  const root = mkdtempSync(path.join(os.tmpdir(), 'power-cut-'));
  const site = { root, backing: path.join(root, 'disk'), directory: path.join(root, 'mount') };
  const cuts = new PowerCuts(site, seededRandom(seed), new Witness());
  const results: PowerCutRound[] = [];
  try {
    mkdirSync(site.backing);
    await prepareBacking(site.backing);
    for (let round = 1; round <= rounds; round++) {
      const result = await cuts.once(round);
      results.push(result);
      report(result);
      if (!isUnharmed(result)) break;
    }
  } finally {
    await cuts.end();
    rmSync(root, { recursive: true, force: true });
  }
  return results;
}

/** The database of a node on the real disk: making one through FUSE takes long and proves nothing more. */
async function makeDatabase(backing: string): Promise<void> {
  const embedded = await startEmbedded({ dataDir: embeddedDirectory(backing), log: silentLogger });
  try {
    await asNodesLeaveIt(embedded.connection);
  } finally {
    await embedded.stop();
  }
}

const MODES = ['both', 'embedded', 'server'] as const;

/**
 * `npm run verify -- power-cut [--times 6] [--mode both|embedded|server] [--seed N] [--json]`. `server`: PostgreSQL beside three
 * nodes. Answers with the exit code.
 */
export async function verifyPowerCut(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      times: { type: 'string', default: '6' },
      mode: { type: 'string', default: 'both' },
      seed: { type: 'string', default: `${Date.now() % 1_000_000}` },
      json: { type: 'boolean', default: false },
    },
  });
  const mode = MODES.find((one) => one === values.mode);
  if (!mode) throw new Error(`--mode: ${JSON.stringify(values.mode)} is none of ${MODES.join(', ')}.`);
  const order = {
    times: wholeNumber('--times', values.times, 1),
    seed: wholeNumber('--seed', values.seed, 0),
    json: values.json,
  };
  await installLossyMount();
  if (!order.json) print(`seed ${order.seed}`);
  const embedded = mode === 'server' || (await cutEmbedded(order));
  const server = mode === 'embedded' || (await cutServer(order));
  return embedded && server ? 0 : 1;
}

interface CutOrder {
  readonly times: number;
  readonly seed: number;
  readonly json: boolean;
}

const print = (line: string) => process.stdout.write(`${line}\n`);

async function cutEmbedded({ times, seed, json }: CutOrder): Promise<boolean> {
  const results = await cutPower(times, seed, (round) => {
    if (!json) print(sentence(round));
  });
  const unharmed = results.length === times && results.every(isUnharmed);
  if (json) print(JSON.stringify({ mode: 'embedded', seed, unharmed, rounds: results }));
  else print(`embedded: ${summary(results)}`);
  return unharmed;
}

/** Every cut is seen by the same clients, and what they were told in any life of it has to be there at the end. */
async function cutServer({ times, seed, json }: CutOrder): Promise<boolean> {
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const scenario = onNodes(powerCut);
  const [row] = await playAll([scenario], { seed, cuts: times, say, cleanup: new Cleanup() });
  if (!row) return false;
  const reopened = row.over;
  if (json) print(JSON.stringify({ mode: 'server', seed, ...rowOf(row) }));
  else {
    print(`server: ${reopened} of ${times} reopened, ${row.acknowledged} acknowledged, ${row.lost} missing`);
    for (const { sentence: found } of row.findings.slice(0, FAULTS_SHOWN)) print(`  ${found}`);
  }
  return row.passed && reopened === times;
}

const FAULTS_SHOWN = 10;

function sentence(round: PowerCutRound): string {
  const { cut, reopenMs, recoveryMs, acknowledged, faults, failure } = round;
  const firstAnswer = recoveryMs === undefined ? 'no answer' : `first answer ${recoveryMs} ms after the cut`;
  const outcome =
    reopenMs === undefined
      ? 'did NOT start again'
      : `ready again in ${reopenMs} ms, ${firstAnswer}, ${missingIn(faults)} missing`;
  const line =
    `round ${round.round}: cut after ${round.cutAfterMs} ms, ${acknowledged.commands} commands and ` +
    `${acknowledged.fixes} fixes acknowledged, ${cut.lostSectors} unsynced sectors lost, ${cut.keptSectors} kept; ${outcome}`;
  const troubles = [...(failure ? [failure] : []), ...faults.map((one) => `${one.kind}: ${one.sentence}`)];
  const shown = troubles.slice(0, FAULTS_SHOWN);
  if (troubles.length > shown.length) shown.push(`… and ${troubles.length - shown.length} more`);
  return [line, ...shown.map((trouble) => `  ${trouble}`)].join('\n');
}

function summary(results: readonly PowerCutRound[]): string {
  const reopened = results.filter((round) => round.reopenMs !== undefined).length;
  const acknowledged = results.reduce(
    (sum, round) => sum + round.acknowledged.commands + round.acknowledged.fixes,
    0,
  );
  const faults = results.flatMap((round) => round.faults);
  const line = `${reopened} of ${results.length} reopened, ${acknowledged} acknowledged, ${missingIn(faults)} missing`;
  return faults.length > 0 ? `${line}, ${faults.length} faults` : line;
}
