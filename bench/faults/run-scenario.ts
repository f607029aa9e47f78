import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '../../src/lib/random.ts';
import { eachLimited } from '../../src/sim/each-limited.ts';
import { until } from '../../src/testing/until.ts';
import { check, type Verdict } from './check.ts';
import type { Cleanup } from './cleanup.ts';
import { type Finding, finding } from './finding.ts';
import { History, readHistories } from './history.ts';
import { Caller, settled, Volunteer } from './load.ts';
import { Phone } from './phone.ts';
import type { Scenario, Setting, Someone, Tools } from './scenario.ts';
import { addressOf } from './street.ts';

const WARM_UP_MS = 3_000;
/** Everybody goes on after the fault, so that what it left behind is met. */
const AFTER_MS = 3_000;
/** Clients wait up to 30 s before they try to connect again. */
const SETTLED_WITHIN_MS = 75_000;
const RECOVERY_MS_MAX = 30_000;
/** All that was decided without an engine is written while everybody goes on. */
const WHOLE_WITHIN_MS = 120_000;
const WHOLE_POLL_MS = 200;
const BEGIN_AT_ONCE = 8;

export interface RunOptions extends Pick<Tools, 'template' | 'folder'> {
  readonly seed: number;
  readonly cuts: number;
  readonly say: (line: string) => void;
  /** Also run by whoever ends the driver. */
  readonly cleanup: Cleanup;
}

export interface Row extends Verdict {
  readonly scenario: string;
  readonly faults: readonly string[];
  /** How many of them were over in the end. */
  readonly over: number;
  readonly tookMs: number;
}

const NOTHING: Verdict = {
  acknowledged: 0,
  stored: 0,
  lost: 0,
  doubleHolders: 0,
  gaps: 0,
  stuckSos: 0,
  deadOffers: 0,
  recoveryMs: 0,
  firstOfferMs: { p50: null, p99: null },
  findings: [],
  passed: false,
};

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const sentenceOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** One scenario from nothing to its verdict. One that could not be played is a broken one; what it started has ended. */
export async function runScenario(scenario: Scenario, options: RunOptions): Promise<Row> {
  const startMs = performance.now();
  const { cleanup, say } = options;
  const faults: string[] = [];
  const over: string[] = [];
  say(`${scenario.name}: ${scenario.about}`);
  let verdict: Verdict;
  try {
    verdict = await Promise.race([play(scenario, options, faults, over), cleanup.ended]);
  } catch (error) {
    const found = finding('contradiction', null, `it could not be played: ${sentenceOf(error)}`);
    verdict = { ...NOTHING, findings: [found] };
  } finally {
    await cleanup.run(say);
  }
  const tookMs = Math.round(performance.now() - startMs);
  say(`${scenario.name}: ${verdict.passed ? 'held' : 'BROKEN'} after ${Math.round(tookMs / 1_000)} s`);
  return { scenario: scenario.name, faults, over: over.length, ...verdict, tookMs };
}

async function play(
  scenario: Scenario,
  { template, folder, seed, cuts, say, cleanup }: RunOptions,
  faults: string[],
  over: string[],
): Promise<Verdict> {
  const histories = join(folder, 'histories');
  mkdirSync(histories, { recursive: true });
  const setting = await scenario.set({ template, folder, random: seededRandom(seed), cleanup });
  const driver = new History(histories, 'driver');
  cleanup.add(() => driver.close());
  driver.add({ kind: 'clock', wallMs: Date.now() });
  const { volunteers, callers } = await gather(setting, histories, seed, cleanup);
  say(`${scenario.name}: everybody is at work`);
  await pause(WARM_UP_MS);
  await setting.inject({
    pause,
    cuts,
    fault(what, deadNode) {
      say(`${scenario.name}: ${what}`);
      faults.push(what);
      driver.add({ kind: 'fault', what, deadNode: deadNode ?? null });
    },
    over(what) {
      say(`${scenario.name}: over`);
      over.push(what);
      driver.add({ kind: 'fault_over', what });
    },
    atEnd: (step) => cleanup.add(step),
  });
  await pause(AFTER_MS);
  const isWhole = async () => {
    await pause(WHOLE_POLL_MS);
    return await setting.isWhole();
  };
  await until(isWhole, { timeoutMs: WHOLE_WITHIN_MS, what: 'every node to have all it needs' });
  say(`${scenario.name}: every node has all it needs`);
  const unrest = await settled(volunteers, callers, SETTLED_WITHIN_MS);
  driver.add({ kind: 'settled' });
  await Promise.all([...volunteers, ...callers].map(({ phone }) => phone.close()));
  const stored = await setting.read();
  writeFileSync(join(folder, 'stored.json'), JSON.stringify(stored, plain));
  const limits = { recoveryMsMax: scenario.recoveryMsMax ?? RECOVERY_MS_MAX };
  return withMore(check(readHistories(histories), stored, limits), [
    ...(unrest ? [unrest] : []),
    ...setting.deaths,
  ]);
}

function withMore(verdict: Verdict, sentences: readonly string[]): Verdict {
  const more: Finding[] = sentences.map((sentence) => finding('contradiction', null, sentence));
  const findings = [...verdict.findings, ...more];
  return { ...verdict, findings, passed: findings.length === 0 };
}

/** Volunteers keep to one node each, callers go from one to another. */
async function gather(setting: Setting, folder: string, seed: number, cleanup: Cleanup) {
  const { nodes: count, urlOf } = setting;
  const phone = (role: 'caller' | 'volunteer', { userId, token }: Someone, i: number, nodes: number[]) => {
    const name = `${role}-${i}`;
    const way = { nodes, urlOf, address: addressOf(role === 'caller' ? i : setting.callers.length + i) };
    const made = new Phone({ name, role, userId, token, way, history: new History(folder, name) });
    cleanup.add(() => made.close());
    return made;
  };
  const volunteers = setting.volunteers.map(
    (one, i) => new Volunteer(phone('volunteer', one, i, [i % count]), one.at, seededRandom(seed + i)),
  );
  const callers = setting.callers.map((one, i) => {
    const nodes = Array.from({ length: count }, (_, node) => (node + i) % count);
    return new Caller(phone('caller', one, i, nodes), seededRandom(seed + 1_000 + i));
  });
  await eachLimited(volunteers.values(), BEGIN_AT_ONCE, (one) => one.begin());
  await eachLimited(callers.values(), BEGIN_AT_ONCE, (one) => one.begin());
  return { volunteers, callers };
}

/** Maps and sets as lists. */
const plain = (_: string, value: unknown) =>
  value instanceof Map || value instanceof Set ? [...value] : value;
