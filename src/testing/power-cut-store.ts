import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { silentLogger } from '../lib/log.ts';
import { type Random, seededRandom } from '../lib/random.ts';
import { startEmbedded } from '../store/embedded/embedded.ts';
import { type Acknowledged, connectTo, type Damage, findDamage } from './acknowledged-inserts.ts';
import { installLossyMount, mountLossy, type PowerCut } from './lossy-mount.ts';
import { proofOptions } from './proof-options.ts';
import { until } from './until.ts';
import { WriterProcess } from './writer-process.ts';

export interface PowerCutRound {
  readonly round: number;
  /** From the first acknowledgement to the cut. */
  readonly cutAfterMs: number;
  readonly torn: number;
  /** Single rows and batches acknowledged in this round. */
  readonly acknowledged: number;
  readonly cut: PowerCut;
  /** Time to open again, or undefined when it did not open by itself. */
  readonly reopenMs: number | undefined;
  /** Compared with everything acknowledged in this and the earlier rounds. */
  readonly damage: Damage;
  readonly failure?: string;
}

const LONGEST_LIFE_MS = 3_000;
const SHORTEST_LIFE_MS = 300;
const NUMBERS_PER_ROUND = 100_000_000;
const NO_DAMAGE: Damage = { missingNumbers: [], missingBatches: [], partialBatches: [] };

/**
 * Cuts the power under the embedded database while three writers work, as often as asked, and looks each time
 * whether it opens again by itself and holds all it had acknowledged. In every second round unsynced sectors
 * reach the disk with probability one half, in the others none does. Ends early when it does not open.
 */
export async function cutPower(
  rounds: number,
  seed: number,
  report: (round: PowerCutRound) => void,
): Promise<PowerCutRound[]> {
  const root = mkdtempSync(path.join(os.tmpdir(), 'power-cut-store-'));
  const random = seededRandom(seed);
  const all: Acknowledged = { numbers: [], batches: [] };
  const results: PowerCutRound[] = [];
  try {
    await prepareBacking(path.join(root, 'disk'));
    for (let round = 1; round <= rounds; round++) {
      const result = await cutOnce(root, round, random, all);
      results.push(result);
      report(result);
      if (result.reopenMs === undefined) break;
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  return results;
}

/** Whether a round went as promised. */
export function isUnharmed({ reopenMs, damage }: PowerCutRound): boolean {
  return reopenMs !== undefined && Object.values(damage).every((numbers) => numbers.length === 0);
}

/** A ready database on the real disk: making one through FUSE takes long and proves nothing more. */
async function prepareBacking(backing: string): Promise<void> {
  mkdirSync(backing);
  const embedded = await startEmbedded({ dataDir: path.join(backing, 'data'), log: silentLogger });
  await embedded.stop();
}

async function cutOnce(
  root: string,
  round: number,
  random: Random,
  all: Acknowledged,
): Promise<PowerCutRound> {
  const [backing, directory] = [path.join(root, 'disk'), path.join(root, 'mount')];
  const torn = round % 2 === 0 ? 0.5 : 0;
  const disk = await mountLossy(backing, directory, { torn, seed: Math.floor(random() * 2 ** 31) });
  const writer = new WriterProcess(path.join(directory, 'data'), round * NUMBERS_PER_ROUND, root);
  const cutAfterMs = Math.round(SHORTEST_LIFE_MS + random() * (LONGEST_LIFE_MS - SHORTEST_LIFE_MS));
  try {
    const { numbers, batches } = writer.acknowledged;
    await until(() => numbers.length > 0 && batches.length > 0, {
      timeoutMs: 120_000,
      what: 'the first acknowledgements',
    });
    await new Promise((resolve) => setTimeout(resolve, cutAfterMs));
    const cut = await disk.cut();
    await writer.killAll();
    all.numbers.push(...numbers);
    all.batches.push(...batches);
    await disk.unmount();
    const acknowledged = numbers.length + batches.length;
    return { round, cutAfterMs, torn, acknowledged, cut, ...(await reopen(backing, directory, all)) };
  } finally {
    await writer.killAll();
    await disk.unmount();
  }
}

async function reopen(
  backing: string,
  directory: string,
  all: Acknowledged,
): Promise<Pick<PowerCutRound, 'reopenMs' | 'damage' | 'failure'>> {
  const disk = await mountLossy(backing, directory, { torn: 0, seed: 0 });
  const beganMs = performance.now();
  try {
    const embedded = await startEmbedded({ dataDir: path.join(directory, 'data'), log: silentLogger });
    const reopenMs = Math.round(performance.now() - beganMs);
    const pool = connectTo(embedded);
    const damage = await findDamage(pool, all).finally(() => pool.end());
    await embedded.stop();
    return { reopenMs, damage };
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    return { reopenMs: undefined, damage: NO_DAMAGE, failure };
  } finally {
    await disk.unmount();
  }
}

/** `npm run verify -- power-cut-store [--rounds 6] [--seed N] [--json]`. Answers with the exit code. */
export async function verifyPowerCutStore(args: string[]): Promise<number> {
  const { rounds, seed, json } = proofOptions(args, Date.now());
  const print = (line: string) => process.stdout.write(`${line}\n`);
  await installLossyMount();
  if (!json) print(`seed ${seed}`);
  const results = await cutPower(rounds, seed, (round) => {
    if (!json) print(sentence(round));
  });
  const unharmed = results.every(isUnharmed);
  if (json) print(JSON.stringify({ seed: seed, unharmed, rounds: results }));
  else print(summary(results));
  return unharmed && results.length > 0 ? 0 : 1;
}

function missingIn({ damage }: PowerCutRound): number {
  return damage.missingNumbers.length + damage.missingBatches.length + damage.partialBatches.length;
}

function sentence(round: PowerCutRound): string {
  const { cut, reopenMs } = round;
  const outcome =
    reopenMs === undefined
      ? `did NOT open again: ${round.failure}`
      : `reopened in ${reopenMs} ms, ${missingIn(round)} missing or partial`;
  return (
    `round ${round.round}: cut ${round.cutAfterMs} ms after the first of ${round.acknowledged} acknowledgements, ` +
    `${cut.lostSectors} unsynced sectors lost, ${cut.keptSectors} kept; ${outcome}`
  );
}

function summary(results: readonly PowerCutRound[]): string {
  const reopened = results.filter((round) => round.reopenMs !== undefined).length;
  const acknowledged = results.reduce((sum, round) => sum + round.acknowledged, 0);
  const missing = results.reduce((sum, round) => sum + missingIn(round), 0);
  return `${reopened} of ${results.length} reopened, ${acknowledged} acknowledged, ${missing} missing`;
}
