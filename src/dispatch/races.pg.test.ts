import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { destination } from '../geo/lat-lng.ts';
import { splitStream } from '../journal/event-log.ts';
import { startTail } from '../journal/tail.ts';
import { systemClock } from '../lib/clock.ts';
import { uuidV7Maker } from '../lib/ids.ts';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import { seededRandom } from '../lib/random.ts';
import { sql } from '../store/db.ts';
import { engines } from '../testing/databases.ts';
import { type Audit, audit } from '../testing/dispatch/audit.ts';
import { type Crowd, live, type Person, type Role, send } from '../testing/dispatch/crowd.ts';
import { effectFaults } from '../testing/dispatch/effects.ts';
import { faultyDb } from '../testing/dispatch/faulty-db.ts';
import { openTestStore } from '../testing/open-store.ts';
import { until } from '../testing/until.ts';
import { pgDispatchStore } from './pg.ts';
import { Dispatch } from './service.ts';
import type { LogEvent } from './store.ts';
import { policyWith, slotsFor, wavesOf } from './testing/policy.ts';

const SEED = Number(process.env.FC_SEED ?? 20_261_121);
/** Commands of each person. */
const STEPS = Number(process.env.FC_RUNS ?? 15);
const PEOPLE: Readonly<Record<Role, number>> = { responder: 10, requester: 6, dispatcher: 1 };
const RATES = { before: 0.02, during: 0.03, afterCommit: 0.05 };
const POLICY = policyWith({
  ...wavesOf(3),
  slots: slotsFor(2),
  reservesMax: 1,
  waveTimerMs: 60,
  offerTtlMs: 250,
  retryMs: 120,
  noMovementMs: 200,
  nudgeGraceMs: 100,
});
const HERE = { lat: 37.7749, lng: -122.4194 };

const CREATE_USER = sql(
  'races_user',
  `insert into accounts.users (id, email) values ($1::uuid, $1::uuid || '@example.org')`,
);
const COMMANDS = sql('races_commands', 'select command_id from journal.commands');
const nameOf = ({ stream, seq }: { stream: string; seq: number }) => `${stream}#${seq}`;

describe.each(engines)(`two nodes over a database that loses answers, on %s, FC_SEED=${SEED}`, (engine) => {
  const random = seededRandom(SEED);
  const newId = uuidV7Maker(systemClock.nowMs, random);
  let store: Awaited<ReturnType<typeof openTestStore>>;
  let nodes: Awaited<ReturnType<typeof startNode>>[] = [];
  let deadlocks = 0;

  beforeAll(async () => {
    const count = (name: string) => {
      if (name === 'store_transaction_again') deadlocks += 1;
    };
    store = await openTestStore(engine, { metrics: { ...noMetrics, count } });
    await pgDispatchStore(store.db).addPolicy(POLICY, null);
    nodes = [await startNode(), await startNode()];
  });
  afterAll(async () => {
    for (const node of nodes) await node.stop();
    await store?.stop();
  });

  test('whatever races and gets lost, the log, the rows, the memories and the answers agree', async () => {
    const people = await crowdOf();
    const crowd: Crowd = {
      nodes: nodes.map((node) => node.dispatch),
      random,
      newId,
      here: HERE,
      answered: [],
      contradictions: [],
    };
    for (const node of nodes) node.db.faulty = true;
    await Promise.all(people.map((person) => live(crowd, person, STEPS)));
    for (const node of nodes) node.db.faulty = false;
    const known = await settled();
    const stored = new Set(
      (await store.db.query<{ command_id: string }>(COMMANDS)).map((row) => row.command_id),
    );
    expect(deadlocks).toBe(0);
    expect(crowd.contradictions).toEqual([]);
    expect(known.faults).toEqual([]);
    expect(effectFaults(known, crowd.answered, stored)).toEqual([]);
    await expectSameAnswers(crowd, stored);
    const done = new Set(crowd.answered.filter((a) => a.outcome).map((a) => a.command[0]));
    expect([...done]).toEqual(expect.arrayContaining(['sos.create', 'offer.accept', 'chat.send']));
  }, 240_000);

  /** A moment at which nothing is written, every node has been told everything, and the memories equal the log. */
  async function settled(): Promise<Audit> {
    for (const node of nodes) await node.dispatch.stop();
    return until(
      async () => {
        for (const node of nodes) await node.tail.poll();
        const found = await audit(store.db, isDeepStrictEqual);
        for (const { told, dispatch } of nodes) {
          for (const e of found.events)
            if (!told.has(nameOf({ stream: `${e.kind}:${e.stream_id}`, seq: e.seq })))
              throw new Error(`${e.type} was not told`);
          for (const [id, state] of found.states)
            if (!isDeepStrictEqual(dispatch.known.get(id), state))
              throw new Error(`${id} is remembered wrongly`);
        }
        return found;
      },
      { timeoutMs: 10_000, what: 'both nodes to know all that the log holds' },
    );
  }

  async function expectSameAnswers(crowd: Crowd, stored: ReadonlySet<string>): Promise<void> {
    const before = crowd.answered.filter((a) => a.outcome && stored.has(a.command[1].id));
    const again: Crowd = { ...crowd, answered: [] };
    for (const { person, command } of before) await send(again, person, command);
    expect(again.answered.map((a) => a.outcome)).toEqual(before.map((a) => a.outcome));
  }

  async function crowdOf(): Promise<Person[]> {
    const people: Person[] = [];
    for (const role of ['responder', 'requester', 'dispatcher'] as const) {
      for (let i = 0; i < PEOPLE[role]; i++) {
        const userId = newId();
        await store.db.query(CREATE_USER, [userId]);
        people.push({ userId, role });
        if (role !== 'responder') continue;
        for (const { dispatch } of nodes) {
          dispatch.roster.setTraits({ userId, skills: ['CPR'], verified: true, available: true, asOfMs: 1 });
          dispatch.roster.connected(userId);
          dispatch.roster.moved(userId, destination(HERE, i * 30, 100 + i * 100), systemClock.nowMs());
        }
      }
    }
    return people;
  }

  async function startNode() {
    const db = faultyDb(store.db, random, RATES);
    const told = new Set<string>();
    const dispatch = await Dispatch.open({
      store: pgDispatchStore(db),
      nodeId: newId(),
      clock: systemClock,
      newId,
      log: silentLogger,
      metrics: noMetrics,
      publish: (event) => told.add(nameOf(event)),
    });
    const tail = await startTail({
      db,
      clock: systemClock,
      log: silentLogger,
      metrics: noMetrics,
      everyMs: 50,
      async onEvent(event: LogEvent) {
        const { kind, id } = splitStream(event.stream);
        if (kind === 'sos' && dispatch.known.isBehind(id, event.seq)) await dispatch.refresh(id);
        told.add(nameOf(event));
      },
    });
    return {
      db,
      dispatch,
      told,
      tail,
      async stop() {
        await tail.stop();
        await dispatch.stop();
      },
    };
  }
});
