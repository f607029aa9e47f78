import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { must } from '../../lib/assert.ts';
import { ManualClock, systemClock } from '../../lib/clock.ts';
import { uuidV7Maker } from '../../lib/ids.ts';
import { KeyedQueue } from '../../lib/keyed-queue.ts';
import { silentLogger } from '../../lib/log.ts';
import { noMetrics } from '../../lib/metric.ts';
import { seededRandom } from '../../lib/random.ts';
import { sql } from '../../store/db.ts';
import { engines } from '../../testing/databases.ts';
import { openTestStore } from '../../testing/open-store.ts';
import { until } from '../../testing/until.ts';
import type { PersonCommand } from '../person-command.ts';
import { pgDispatchStore } from '../pg.ts';
import { Dispatch } from '../service.ts';
import type { DispatchStore, LogEvent } from '../store.ts';
import { type Somebody, whatNext } from './behaviour.ts';
import { Chance } from './chance.ts';
import { type Line, MemoryDb } from './memory-db.ts';
import { memoryDispatchStore } from './memory-store.ts';
import { drawnTraits, somewhere } from './people.ts';
import { drawnPolicy } from './rules.ts';

const STEPS = 250;
const LINE: Line = { nodeId: 'one', step: async () => {} };

/** Without times and versions: each store has a clock of its own, and had other policies before. */
const timeless = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (key, inner) => {
      if (key === 'policyVersion') return 0;
      if (/Ms$/.test(key)) return typeof inner === 'number' ? 0 : inner;
      if (inner instanceof Map) return [...inner].sort(([a], [b]) => (a < b ? -1 : 1));
      return inner instanceof Set ? [...inner].sort() : inner;
    }),
  );

/** One transaction after another, so that both stores are asked in the same order. */
function oneByOne(store: DispatchStore, queue: KeyedQueue): DispatchStore {
  const inTurn = <T>(work: () => Promise<T>) => must(queue.run('all', work), 'room in the queue');
  return {
    ...store,
    create: (...args) => inTurn(() => store.create(...args)),
    change: (...args) => inTurn(() => store.change(...args)),
    changeTwo: (...args) => inTurn(() => store.changeTwo(...args)),
    chat: (...args) => inTurn(() => store.chat(...args)),
    readChat: (...args) => inTurn(() => store.readChat(...args)),
  };
}

/** One node over a store, with ids that come in the same order as those of the other. */
async function nodeOver(store: DispatchStore, told: LogEvent[], seed: number) {
  const clock = new ManualClock(systemClock.nowMs());
  const ids = uuidV7Maker(() => 1_790_000_000_000 + seed, seededRandom(seed));
  const dispatch = await Dispatch.open({
    store,
    nodeId: '01a0c450-0000-7000-8000-000000000001',
    clock,
    newId: ids,
    log: silentLogger,
    metrics: noMetrics,
    publish: (event) => told.push(event),
  });
  return { clock, dispatch, store };
}

describe.each(engines)('the store in memory and the one on %s', (engine) => {
  let opened: Awaited<ReturnType<typeof openTestStore>>;
  beforeAll(async () => {
    opened = await openTestStore(engine);
  });
  afterAll(() => opened?.stop());

  test.each([1, 2, 3])(
    'do and answer the same (seed %i)',
    async (seed) => {
      const chance = new Chance(seededRandom(seed));
      const newId = uuidV7Maker(() => 1_780_000_000_000 + seed, chance.random);
      const roles = ['responder', 'requester', 'dispatcher'] as const;
      const people: Somebody[] = Array.from({ length: 14 }, (_, i) => ({
        userId: newId(),
        role: roles[i < 10 ? 0 : i < 12 ? 1 : 2],
        point: somewhere(chance),
      }));
      const user = sql(
        'test_user',
        `insert into accounts.users (id, email) values ($1::uuid, $1::uuid || '@example.org')`,
      );
      for (const { userId } of people) await opened.db.query(user, [userId]);
      const memory = memoryDispatchStore(new MemoryDb(systemClock.nowMs, () => {}), LINE);
      const policy = drawnPolicy(chance);
      const queues = [new KeyedQueue(1_000), new KeyedQueue(1_000)] as const;
      const stores = [oneByOne(pgDispatchStore(opened.db), queues[0]), oneByOne(memory, queues[1])] as const;
      const told: [LogEvent[], LogEvent[]] = [[], []];
      for (const store of stores) await store.addPolicy(policy, null);
      const [real, other] = [
        await nodeOver(stores[0], told[0], seed),
        await nodeOver(stores[1], told[1], seed),
      ];
      const nodes = [real, other];
      for (const { userId, role, point } of people) {
        if (role !== 'responder') continue;
        const traits = { ...drawnTraits(userId, chance, 1), duty: undefined };
        for (const { dispatch, clock } of nodes) {
          dispatch.roster.setTraits(traits);
          dispatch.roster.connected(userId);
          dispatch.roster.moved(userId, point, clock.nowMs());
        }
      }

      const sosIds = new Set<string>();
      const seen = () => [...sosIds].flatMap((id) => real.dispatch.known.get(id) ?? []);
      const sent: [Somebody, PersonCommand][] = [];
      for (let i = 0; i < STEPS; i++) {
        const person = chance.of(people) as Somebody;
        const fresh = whatNext(person, { chance, newId, people, sos: seen });
        const [by, command] = chance.hits(0.1) ? (chance.of(sent) ?? []) : fresh ? [person, fresh] : [];
        if (!by || !command) continue;
        sent.push([by, command]);
        const actor = { userId: by.userId, isDispatcher: by.role === 'dispatcher' };
        const answers: unknown[] = [];
        for (const { dispatch } of nodes) {
          const { current: _, ...answer } = await dispatch.execute(actor, command, 0);
          if (answer.ok) sosIds.add(answer.value.sosId);
          answers.push(answer);
        }
        expect(answers[1], command[0]).toEqual(answers[0]);
        // What follows by itself, such as other offers that end, ends before the next thing happens.
        await until(() => queues.every(({ keys }) => keys === 0) || null, {
          timeoutMs: 20_000,
          what: 'both at rest',
        });
      }

      expect(sosIds.size).toBeGreaterThan(3);
      for (const sosId of sosIds) {
        expect(timeless(await memory.load(sosId))).toEqual(timeless(await real.store.load(sosId)));
        expect(await memory.chatLog(sosId, 50)).toEqual(await real.store.chatLog(sosId, 50));
      }
      for (const { userId } of people)
        expect(await memory.inbox(userId)).toEqual(await real.store.inbox(userId));
      const open = async (store: DispatchStore) =>
        (await store.loadOpen())
          .map(({ id }) => id)
          .filter((id) => sosIds.has(id))
          .sort();
      expect(await open(memory)).toEqual(await open(real.store));
      expect(timeless(byStream(told[1]))).toEqual(timeless(byStream(told[0])));
      const dispatcher = { userId: people.at(-1)?.userId ?? '', isDispatcher: true };
      for (const sosId of sosIds)
        await real.dispatch.execute(dispatcher, ['sos.cancel', { id: newId(), sosId }], 0);
      for (const { dispatch } of nodes) await dispatch.stop();
    },
    240_000,
  );
});

/** What was told, stream by stream, each in its own order. */
function byStream(events: readonly LogEvent[]): Record<string, unknown[]> {
  const streams: Record<string, unknown[]> = {};
  for (const event of events) {
    const list = streams[event.stream] ?? [];
    streams[event.stream] = list;
    list.push(event);
  }
  return Object.fromEntries(Object.entries(streams).sort(([a], [b]) => (a < b ? -1 : 1)));
}
