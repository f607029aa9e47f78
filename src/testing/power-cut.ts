import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { silentLogger } from '../lib/log.ts';
import { seededRandom } from '../lib/random.ts';
import { startEmbedded } from '../store/embedded/embedded.ts';
import { embeddedDirectory } from '../store/open-store.ts';
import { installLossyMount } from './lossy-mount.ts';
import { missingIn } from './power-cut/faults.ts';
import { isUnharmed, type PowerCutRound, PowerCuts } from './power-cut/round.ts';
import { Witness } from './power-cut/witness.ts';
import { proofOptions } from './proof-options.ts';

/**
 * Cuts the power under an embedded engine while people call for help, come and talk, as often as asked, and looks each
 * time whether it starts again by itself and holds all that it had acknowledged. In every second round unsynced sectors
 * reach the disk with probability one half, in the others none does. Ends early at the first round that fails.
 */
export async function cutPower(
  rounds: number,
  seed: number,
  report: (round: PowerCutRound) => void,
): Promise<PowerCutRound[]> {
  const root = mkdtempSync(path.join(os.tmpdir(), 'power-cut-'));
  const site = { root, backing: path.join(root, 'disk'), directory: path.join(root, 'mount') };
  const cuts = new PowerCuts(site, seededRandom(seed), new Witness());
  const results: PowerCutRound[] = [];
  try {
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

/** A ready database on the real disk: making one through FUSE takes long and proves nothing more. */
async function prepareBacking(backing: string): Promise<void> {
  mkdirSync(backing);
  const embedded = await startEmbedded({ dataDir: embeddedDirectory(backing), log: silentLogger });
  await embedded.stop();
}

/** `npm run verify -- power-cut [--rounds 6] [--seed N] [--json]`. Answers with the exit code. */
export async function verifyPowerCut(args: string[]): Promise<number> {
  const { rounds, seed, json } = proofOptions(args, Date.now());
  const print = (line: string) => process.stdout.write(`${line}\n`);
  await installLossyMount();
  if (!json) print(`seed ${seed}`);
  const results = await cutPower(rounds, seed, (round) => {
    if (!json) print(sentence(round));
  });
  const unharmed = results.length === rounds && results.every(isUnharmed);
  if (json) print(JSON.stringify({ seed: seed, unharmed, rounds: results }));
  else print(summary(results));
  return unharmed && rounds > 0 ? 0 : 1;
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
