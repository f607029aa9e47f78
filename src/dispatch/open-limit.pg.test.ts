import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import { uuidV7Maker } from '../lib/ids.ts';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import { seededRandom } from '../lib/random.ts';
import { sql } from '../store/db.ts';
import { engines } from '../testing/databases.ts';
import { openTestStore, type TestStore } from '../testing/open-store.ts';
import { pgDispatchStore } from './pg.ts';
import { Dispatch } from './service.ts';

const CREATE_USER = sql(
  'open_limit_user',
  `insert into accounts.users (id, email) values ($1::uuid, $1::uuid || '@example.org')`,
);
const newId = uuidV7Maker(systemClock.nowMs, seededRandom(20_261_126));
const NODES = 3;

describe.each(engines)(
  'somebody who calls on three nodes that hear nothing of each other, on %s',
  (engine) => {
    let store: TestStore;
    let nodes: Dispatch[] = [];
    beforeAll(async () => {
      store = await openTestStore(engine);
      nodes = await Promise.all(Array.from({ length: NODES }, openNode));
    });
    afterAll(async () => {
      for (const node of nodes) await node.stop();
      await store?.stop();
    });

    const openNode = () =>
      Dispatch.open({
        store: pgDispatchStore(store.db),
        nodeId: newId(),
        clock: systemClock,
        newId,
        log: silentLogger,
        metrics: noMetrics,
        publish: () => {},
      });
    const somebody = async () => {
      const userId = newId();
      await store.db.query(CREATE_USER, [userId]);
      return userId;
    };
    const call = (node: Dispatch | undefined, userId: string, isDrill = false) => {
      const point = { lat: 10, lng: 20 };
      const order = {
        id: newId(),
        emergencyType: 'MEDICAL',
        priority: 'HIGH',
        point,
        ...(isDrill ? { isDrill } : {}),
      } as const;
      return node?.execute({ userId, isDispatcher: false }, ['sos.create', order], 0);
    };

    test('is heard at once on each of them, and has no more open than a person may and one for each further node', async () => {
      const userId = await somebody();
      const answers = [];
      for (let round = 0; round < 5; round++) {
        answers.push(...(await Promise.all(nodes.map((node) => call(node, userId)))));
        if (round === 0) expect(answers.every((answer) => answer?.ok)).toBe(true);
      }
      const opened = answers.filter((answer) => answer?.ok).length;
      expect(opened).toBeGreaterThanOrEqual(5);
      expect(opened).toBeLessThanOrEqual(5 + NODES - 1);
      expect(answers.find((answer) => answer && !answer.ok)).toMatchObject({ code: 'rate_limited' });
    });

    test('and is called for by a machine as well is not, whichever node hears the machine', async () => {
      const userId = await somebody();
      await call(nodes[0], userId);
      const order = { alertId: newId(), dueAtMs: 1, requesterId: userId } as const;
      const point = { lat: 10, lng: 20 };
      const raised = await nodes[1]?.raiseForAlert({ ...order, point } as never);
      expect(raised).toMatchObject({ ok: false, code: 'rate_limited' });
    });

    test('practises once at a time', async () => {
      const userId = await somebody();
      const first = await call(nodes[0], userId, true);
      const second = await call(nodes[1], userId, true);
      expect([first?.ok, second?.ok]).toEqual([true, false]);
    });
  },
);
