import { createHash } from 'node:crypto';
import { seededRandom } from '../../lib/random.ts';
import type { Violation } from './judge.ts';
import type { PlantedBug } from './planted.ts';
import { World } from './world.ts';

export interface SimulationOptions {
  readonly seed: number;
  /** Only for showing that it would be found. */
  readonly planted?: PlantedBug | null;
  /** Ends at the first violation. */
  readonly stopsEarly?: boolean;
}

export interface SimulationReport {
  readonly seed: number;
  /** Things that fell due, each followed by a look at every invariant. */
  readonly steps: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly violations: readonly Violation[];
  readonly events: number;
  /** By type, how often it stands in the log. */
  readonly eventTypes: Readonly<Record<string, number>>;
  /** Each `STATUS event STATUS` that was seen; `-` before the first event. */
  readonly transitions: readonly string[];
  readonly commands: number;
  /** Of the whole log in the order in which it was committed: the same seed gives the same. */
  readonly logHash: string;
}

const LIVELY_MS = 24_000;
const QUIET_MS = 20_000;

/** One history of several nodes and everybody around them, from one seed. */
export async function simulate(options: SimulationOptions): Promise<SimulationReport> {
  const world = new World(seededRandom(options.seed), options.planted ?? null);
  let steps = 0;
  const onStep = () => {
    steps += 1;
    world.look();
    return !(options.stopsEarly && world.judge.violations.length > 0);
  };
  world.begin();
  await world.timeline.runUntil(world.timeline.nowMs + LIVELY_MS, onStep);
  const goesOn = () => !(options.stopsEarly && world.judge.violations.length > 0);
  if (goesOn()) {
    world.calm();
    await world.timeline.runUntil(world.timeline.nowMs + QUIET_MS, onStep);
    if (goesOn()) world.lookAtTheEnd();
  }
  const hash = createHash('sha256');
  const eventTypes: Record<string, number> = {};
  let events = 0;
  for (const commit of world.db.commits) {
    for (const event of commit.events) {
      hash.update(JSON.stringify(event));
      events += 1;
      eventTypes[event.type] = (eventTypes[event.type] ?? 0) + 1;
    }
  }
  return {
    seed: options.seed,
    steps,
    faults: world.weather.faults,
    violations: world.judge.violations,
    events,
    eventTypes,
    transitions: [...world.judge.transitions].sort(),
    commands: world.db.commands.size,
    logHash: hash.digest('hex'),
  };
}
