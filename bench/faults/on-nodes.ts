import { must } from '../../src/lib/assert.ts';
import { readStored } from '../../src/testing/power-cut/stored.ts';
import { type Cast, castPeople } from './people.ts';
import { type Drama, hasAll, type Scenario } from './scenario.ts';
import { type Stage, type StageOrder, setStage } from './stage.ts';

const VOLUNTEERS = 24;
const CALLERS = 9;

export interface Scene extends Drama {
  readonly stage: Stage;
  readonly cast: Cast;
}

/** A scenario on three nodes with PostgreSQL and Redis. */
export interface NodesScenario extends Pick<Scenario, 'name' | 'about' | 'recoveryMsMax'> {
  readonly stage?: Partial<StageOrder>;
  /** People besides those at work, for what comes on top. */
  readonly extras?: number;
  readonly inject: (scene: Scene) => Promise<void>;
}

export function onNodes({ stage: order, extras = 0, inject, ...named }: NodesScenario): Scenario {
  return {
    ...named,
    needsLossyDisk: order?.disk === 'lossy',
    async set({ template, folder, random, cleanup }) {
      let people: Cast | null = null;
      const populate = async (url: string) => {
        people = await castPeople(url, { volunteers: VOLUNTEERS, callers: CALLERS, extras }, random);
      };
      const whole = { redis: 'single', disk: 'plain', ...order } as const;
      const stage = await setStage(whole, await template(), folder, populate, cleanup);
      const cast = must(people as Cast | null, 'people');
      return {
        volunteers: cast.volunteers,
        callers: cast.callers,
        nodes: stage.nodes.length,
        urlOf: (node) => `http://127.0.0.1:${stage.nodes[node]?.street.port}`,
        deaths: stage.deaths,
        inject: (drama) => inject({ ...drama, stage, cast }),
        isWhole: async () =>
          (await Promise.all(stage.nodes.map(({ engine }) => hasAll(engine.url)))).every(Boolean),
        read: () => readStored({ connectionString: stage.postgres.url }),
      };
    },
  };
}
