import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import { uuidV7Maker } from '../lib/ids.ts';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import { seededRandom } from '../lib/random.ts';
import { type Db, sql, type Tx } from '../store/db.ts';
import { openTestStore, type TestStore } from '../testing/open-store.ts';
import { until } from '../testing/until.ts';
import type { PersonCommand } from './person-command.ts';
import { pgDispatchStore } from './pg.ts';
import { Dispatch } from './service.ts';
import { policyWith } from './testing/policy.ts';

const newId = uuidV7Maker(systemClock.nowMs, seededRandom(31));
const CREATE_USER = sql(
  'twins_user',
  `insert into accounts.users (id, email) values ($1::uuid, $1::uuid || '@example.org')`,
);
const WAITING = sql(
  'twins_waiting',
  `select count(*)::int as n from pg_locks where locktype = 'advisory' and not granted
      and database = (select oid from pg_database where datname = current_database())`,
);
const SAID = sql('twins_said', 'select content from dispatch.chat_messages where sos_id = $1');

// Embedded PostgreSQL carries out one transaction at a time, so nothing can happen within one.
describe('one command on two nodes at once, on postgres', () => {
  let store: TestStore;
  let nodes: Awaited<ReturnType<typeof startNode>>[] = [];

  beforeAll(async () => {
    store = await openTestStore('postgres');
    await pgDispatchStore(store.db).addPolicy(policyWith({}), null);
    nodes = [await startNode(), await startNode()];
  });
  afterAll(async () => {
    for (const { dispatch } of nodes) await dispatch.stop();
    await store?.stop();
  });

  async function startNode() {
    const halt = { afterStatement: 0, atHalt: async () => {} };
    const options = { nodeId: newId(), clock: systemClock, newId, log: silentLogger, metrics: noMetrics };
    const dispatch = await Dispatch.open({
      ...options,
      store: pgDispatchStore(halting(store.db, halt)),
      publish: () => {},
    });
    return { dispatch, halt };
  }

  test.each([1, 2])(
    'a message has one answer, also from the node that stood still after statement %i while the SOS was closed',
    async (afterStatement) => {
      const [one, other] = nodes as [(typeof nodes)[0], (typeof nodes)[0]];
      const userId = newId();
      await store.db.query(CREATE_USER, [userId]);
      const ask = ({ dispatch }: typeof one, command: PersonCommand) =>
        dispatch.execute({ userId, isDispatcher: false }, command, 0);
      const point = { lat: 37.7749, lng: -122.4194 };
      const raised = await ask(one, [
        'sos.create',
        { id: newId(), emergencyType: 'MEDICAL', priority: 'HIGH', point },
      ]);
      const sosId = raised.ok ? raised.value.sosId : '';
      await other.dispatch.refresh(sosId);

      const message: PersonCommand = ['chat.send', { id: newId(), sosId, text: 'second floor' }];
      let twin: ReturnType<typeof ask> | undefined;
      other.halt.atHalt = async () => {
        let isAnswered = false;
        twin = ask(one, message).finally(() => {
          isAnswered = true;
        });
        await until(
          async () => {
            const [row] = await store.db.query<{ n: number }>(WAITING);
            return isAnswered || (row?.n ?? 0) > 0;
          },
          { timeoutMs: 5_000, what: 'the twin to be answered or to wait for its turn' },
        );
        expect((await ask(one, ['sos.cancel', { id: newId(), sosId }])).ok).toBe(true);
      };
      other.halt.afterStatement = afterStatement;
      const answer = await ask(other, message);
      expect(answer).toEqual(await twin);
      expect(await store.db.query(SAID, [sosId])).toEqual(answer.ok ? [{ content: 'second floor' }] : []);
    },
  );
});

/** A database whose next transaction stands still once, when it has the answer to that many statements. */
function halting(db: Db, halt: { afterStatement: number; atHalt: () => Promise<void> }): Db {
  return {
    query: (...call) => db.query(...call),
    close: () => db.close(),
    transaction: (work) =>
      db.transaction((tx) => {
        const at = halt.afterStatement;
        halt.afterStatement = 0;
        let done = 0;
        const query: Tx['query'] = async (...call) => {
          const rows = await tx.query(...call);
          done += 1;
          if (done === at) await halt.atHalt();
          return rows as never;
        };
        return work({ ...tx, query });
      }),
  };
}
