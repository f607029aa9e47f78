import { randomUUID } from 'node:crypto';
import { type MusterClient, MusterHttp } from '../client/node.ts';
import { systemClock } from '../lib/clock.ts';
import { seededRandom } from '../lib/random.ts';
import { Releasers } from '../lib/releasers.ts';
import { firstAdministrator, namedAdministrator, scalePolicy } from './administrator.ts';
import type { CommandIo } from './command-io.ts';
import { DispatcherView } from './dispatcher-view.ts';
import { eachLimited } from './each-limited.ts';
import type { Interruption } from './interruption.ts';
import { Ledger } from './ledger.ts';
import { OwnEngine } from './own-engine.ts';
import { People, type Person } from './people.ts';
import type { ChoosePolicy } from './policies.ts';
import type { Progress } from './progress.ts';
import { RequesterPool } from './requester-pool.ts';
import { Responder } from './responder.ts';
import type { Scenario } from './scenario.ts';
import { ReplayClock } from './schedule.ts';
import { connect, type World } from './world.ts';

export interface StageOptions {
  readonly speed: number;
  readonly seed: number;
  /** An engine that runs already; null: one of our own. */
  readonly url: string | null;
  /** The database of an engine of our own; null: embedded. */
  readonly databaseUrl: string | null;
  readonly policy: ChoosePolicy;
}

/** Everything that takes part in a run, ready to begin. */
export interface Stage {
  readonly world: World;
  /** Null when the engine is not ours. */
  readonly engine: OwnEngine | null;
  readonly responders: readonly Responder[];
  readonly requesters: RequesterPool;
  readonly dispatcher: DispatcherView;
  /** Takes everybody off the engine and puts its policy back; an engine of our own is stopped, its data kept. */
  leave(): Promise<void>;
  /** Removes what an engine of our own has left. */
  remove(): Promise<void>;
}

/** Accounts made at once: hashing passwords keeps the engine's processors busy. */
const JOINING_AT_ONCE = 4;
const CALLERS_READY = 12;

/** Starts or finds an engine, makes the accounts and connects everybody. Leaves nothing behind when it fails. */
export async function setStage(
  scenario: Scenario,
  options: StageOptions,
  io: CommandIo,
  progress: Progress,
  interruption: Interruption,
): Promise<Stage> {
  const left = new Releasers();
  const removed = new Releasers();
  try {
    const engine = await engineFor(options, io, progress, interruption);
    if (engine) {
      removed.add('engine data', () => engine.remove());
      left.add('engine', () => engine.stop());
    }
    const url = engine?.url ?? options.url ?? '';
    const http = new MusterHttp(url);
    const run = `run-${randomUUID().slice(0, 8)}`;
    const people = new People({ http, run, clock: systemClock, random: Math.random });
    const admin = engine?.setupToken
      ? await firstAdministrator(http, engine.setupToken)
      : await namedAdministrator(people, io.env);
    left.add('policy', await scalePolicy(http, admin, options.policy, options.speed));
    const world = worldOf(url, scenario, options);
    const { client, view } = await watchAsDispatcher(world, admin);
    left.add('dispatcher', () => client.close());
    const responders: Responder[] = [];
    left.add('responders', async () => {
      await Promise.all(responders.map((responder) => responder.close()));
    });
    const requesters = new RequesterPool(world, people);
    left.add('callers', async () => {
      await Promise.all(requesters.all.map((requester) => requester.close()));
    });
    await join(scenario, { world, people, admin, responders }, progress, interruption);
    await requesters.prepare(Math.min(CALLERS_READY, scenario.calls.length));
    return {
      world,
      engine,
      responders,
      requesters,
      dispatcher: view,
      leave: () => releaseAll(left, progress),
      remove: () => releaseAll(removed, progress),
    };
  } catch (error) {
    await releaseAll(left, progress);
    await releaseAll(removed, progress);
    throw error;
  }
}

async function engineFor(
  { url, databaseUrl }: StageOptions,
  io: CommandIo,
  progress: Progress,
  interruption: Interruption,
): Promise<OwnEngine | null> {
  if (url !== null) return null;
  progress.say('Starting an engine …');
  return await OwnEngine.start({
    databaseUrl,
    env: io.env,
    onDeath: (sentence) => interruption.fail(sentence),
  });
}

function worldOf(url: string, scenario: Scenario, { speed, seed }: StageOptions): World {
  const monotonicMs = () => systemClock.monotonicMs();
  return {
    url,
    clock: new ReplayClock(systemClock, speed),
    ledger: new Ledger(monotonicMs),
    timeOfDayMs: scenario.timeOfDayMs,
    monotonicMs,
    problems: new Map(),
    clients: [],
    randomFor: (name) => seededRandom(hashOf(`${seed}/${name}`)),
  };
}

/** FNV-1a: spreads names over the seeds. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

async function watchAsDispatcher(
  world: World,
  admin: Person,
): Promise<{ client: MusterClient; view: DispatcherView }> {
  const client = connect(world, admin);
  const view = new DispatcherView(client, world.ledger);
  await client.ready();
  return { client, view };
}

/** Every responder by the front door: registered, verified, connected, on duty. In the order of the scenario. */
async function join(
  scenario: Scenario,
  at: { world: World; people: People; admin: Person; responders: Responder[] },
  progress: Progress,
  interruption: Interruption,
): Promise<void> {
  let joined = 0;
  await eachLimited(scenario.responders.entries(), JOINING_AT_ONCE, async ([index, { skills }]) => {
    interruption.check();
    const person = await at.people.volunteer(skills, at.admin);
    const responder = new Responder(at.world, person, `responder ${index}`);
    at.responders[index] = responder;
    await responder.begin();
    joined += 1;
    progress.show(() => `${joined} of ${scenario.responders.length} responders on duty`);
  });
  progress.say(`${joined} responders on duty.`);
}

async function releaseAll(releasers: Releasers, progress: Progress): Promise<void> {
  for (const { what, error } of await releasers.releaseAll()) {
    progress.say(
      `Could not leave ${what} in order: ${error instanceof Error ? error.message : 'unknown error'}`,
    );
  }
}
