import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import { seededRandom } from '../lib/random.ts';
import { type Db, sql } from '../store/db.ts';
import { engines } from '../testing/databases.ts';
import { Desk, HERE } from '../testing/dispatch/desk.ts';
import { openTestStore } from '../testing/open-store.ts';
import { until } from '../testing/until.ts';
import type { HandOffReceiver, HandOffRequest } from './hand-off.ts';
import { handOffsJob } from './hand-offs.ts';
import { pgHandOffs } from './pg-hand-offs.ts';
import { pgShifts } from './pg-shifts.ts';
import type { LogEvent } from './store.ts';

const DUE_NOW = sql(
  'test_due_now',
  `update dispatch.handoffs set due_at = now() where state = 'needed' and finished_at is null`,
);
const ROWS = sql(
  'test_hand_off_rows',
  `select state, reference, by_user, finished_at is not null as finished, last_error from dispatch.handoffs
    where sos_id = $1 order by created_at, state desc`,
);
const signal = new AbortController().signal;

describe.each(engines)('handing an SOS off to an external service on %s', (engine) => {
  let store: Awaited<ReturnType<typeof openTestStore>>;
  let db: Db;
  let desk: Desk;
  const asked: HandOffRequest[] = [];
  let published: LogEvent[] = [];

  beforeAll(async () => {
    store = await openTestStore(engine);
    db = store.db;
    desk = await Desk.open(db);
  });
  beforeEach(async () => {
    for (const { id: sosId } of desk.dispatch.known.open())
      await desk.ask(desk.dispatcher, 'sos.cancel', { sosId });
    asked.length = 0;
    published = [];
    await desk.restart({
      ladder: [
        { step: 'dispatchers', afterMs: 0 },
        { step: 'hand_off', afterMs: 0 },
      ],
      retryMs: 20,
    });
  });
  afterAll(async () => {
    await desk?.stop();
    await store?.stop();
  });

  const run = async (tell: HandOffReceiver['tell'] = async () => ({ reference: 'E-7' })) => {
    await db.query(DUE_NOW);
    await handOffsJob({
      store: pgHandOffs(db),
      dispatch: desk.dispatch,
      receiver: {
        service: 'rescue.example.org',
        tell: (request) => {
          asked.push(request);
          return tell(request);
        },
      },
      phoneOf: async () => '+4155550100',
      random: seededRandom(1),
      log: silentLogger,
      metrics: noMetrics,
      publish: (event) => published.push(event),
    }).run({ signal });
  };
  /** An SOS that the ladder has brought to the hand-off. */
  const needed = async (isDrill = false) => {
    const call = { emergencyType: 'MEDICAL', priority: 'HIGH', point: HERE } as const;
    const more = { description: 'on the third floor', isDrill };
    // A drill of one's own climbs no ladder; one of dispatchers does.
    const raised = isDrill
      ? await desk.ask(desk.dispatcher, 'sos.raise', { ...call, ...more })
      : await desk.ask(await desk.person(), 'sos.create', { ...call, ...more });
    const sosId = raised.ok ? raised.value.sosId : '';
    await until(() => desk.state(sosId).handOff === 'needed', { timeoutMs: 10_000, what: 'the hand-off' });
    return sosId;
  };
  const rows = (sosId: string) =>
    db.query<{ state: string; finished: boolean; last_error: string | null }>(ROWS, [sosId]);

  test('it is confirmed once the service itself has answered, by nobody and once', async () => {
    const sosId = await needed();
    await run();
    const { handOffId } = asked[0] as HandOffRequest;
    expect(asked).toEqual([
      {
        handOffId,
        sosId,
        emergencyType: 'MEDICAL',
        priority: 'HIGH',
        point: HERE,
        addressText: null,
        callbackNumber: '+4155550100',
        description: 'on the third floor',
        raisedAtMs: desk.state(sosId).createdAtMs,
      },
    ]);
    expect(desk.state(sosId).handOff).toBe('confirmed');
    const event = desk.told.find(({ type }) => type === 'sos.handed_off');
    expect(event).toMatchObject({
      actorId: null,
      data: { service: 'rescue.example.org', state: 'confirmed', reference: 'E-7' },
    });
    await run();
    expect(asked).toHaveLength(1);
    expect((await rows(sosId)).filter(({ state }) => state === 'confirmed')).toMatchObject([
      { reference: 'E-7', by_user: null },
    ]);
    expect(await pgHandOffs(db).waiting(10)).toEqual([]);
  });

  test('one that was confirmed and not noted, because the node died, is sent again and confirmed once', async () => {
    const sosId = await needed();
    const [claimed] = await pgHandOffs(db).claim(1, 1);
    const { handOffId } = claimed as { handOffId: string };
    const answer = { service: 'rescue.example.org', reference: 'E-7' };
    await desk.dispatch.confirmHandOff(sosId, handOffId, answer);
    expect(await desk.dispatch.confirmHandOff(sosId, handOffId, answer)).toMatchObject({ ok: true });
    await run();
    expect(asked).toEqual([]);
    expect(desk.told.filter(({ type }) => type === 'sos.handed_off')).toHaveLength(1);
    expect(await rows(sosId)).toContainEqual(
      expect.objectContaining({ state: 'needed', finished: true, last_error: 'already_confirmed' }),
    );
  });

  test('while it is not answered nothing is claimed, dispatchers hear of it, and it is tried again', async () => {
    await pgShifts(db).begin(desk.dispatcher, desk.newId());
    const sosId = await needed();
    const failing = async () => {
      throw Object.assign(new Error('words of the answer'), { code: 'HAND_OFF_HTTP_503' });
    };
    await run(failing);
    await run(failing);
    expect(desk.state(sosId).handOff).toBe('needed');
    expect(desk.told.map(({ type }) => type)).not.toContain('sos.handed_off');
    expect(await pgHandOffs(db).waiting(10)).toMatchObject([
      { sosId, attempts: 2, lastError: 'HAND_OFF_HTTP_503' },
    ]);
    expect(published).toMatchObject([
      {
        stream: `inbox:${desk.dispatcher}`,
        type: 'hand_off.failing',
        data: { sosId, code: 'HAND_OFF_HTTP_503' },
      },
    ]);
    expect(new Set(asked.map(({ handOffId }) => handOffId)).size).toBe(1);
    await run();
    expect(desk.state(sosId).handOff).toBe('confirmed');
  });

  test('nobody outside hears of a drill, of what is closed, or of what a dispatcher has told them already', async () => {
    const drill = await needed(true);
    const closed = await needed();
    await desk.ask(desk.dispatcher, 'sos.cancel', { sosId: closed });
    const reported = await needed();
    await desk.ask(desk.dispatcher, 'sos.hand_off', { sosId: reported, service: '112' });
    await run();
    expect(asked).toEqual([]);
    expect(desk.state(drill).handOff).toBe('needed');
    expect(desk.state(reported).handOff).toBe('reported');
    expect(await rows(reported)).toContainEqual(
      expect.objectContaining({ state: 'needed', finished: true, last_error: 'already_reported' }),
    );
  });
});
