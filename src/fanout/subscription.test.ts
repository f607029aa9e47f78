import { describe, expect, test } from 'vitest';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import { MemoryLog } from '../testing/fanout/memory-log.ts';
import { StreamWitness } from '../testing/fanout/stream-witness.ts';
import { until } from '../testing/until.ts';
import { Hub } from './hub.ts';
import type { SharedFrame } from './shared-frame.ts';
import { SUBSCRIPTION_LIMITS, Subscription, type SubscriptionLimits } from './subscription.ts';
import type { Entitlement, LogEvent } from './types.ts';

const STREAM = 'sos:1';
const viewer = { userId: 'u', isDispatcher: false };

function stage(limits: Partial<SubscriptionLimits> = {}) {
  const log = new MemoryLog();
  const hub = new Hub({ log: silentLogger, metrics: noMetrics });
  const may = { read: true };
  const entitlement: Entitlement = {
    prepare: async () => {},
    mayRead: () => may.read,
    project: (_viewer, event) => (event.data === 'secret' ? null : event),
  };
  const parts = {
    hub,
    events: log,
    entitlement,
    snapshots: log,
    metrics: noMetrics,
    limits: { ...SUBSCRIPTION_LIMITS, ...limits },
  };
  const view = (afterSeq: number | null) => {
    const sink = new StreamWitness(afterSeq);
    const subscription = new Subscription(parts, { viewer, stream: STREAM, sink });
    subscription.start(afterSeq);
    return { sink, subscription };
  };
  const happen = (data?: unknown) => hub.publish(log.append(STREAM, data));
  return { log, hub, may, view, happen };
}

test('what is read from the log is sent by the state that it led to, not by what this node has heard so far', async () => {
  const log = new MemoryLog();
  for (let i = 0; i < 3; i++) log.append(STREAM);
  // At number 2 another node took the viewer out, which this one has not heard of.
  let knownSeq = 1;
  const sink = new StreamWitness(1);
  const subscription = new Subscription(
    {
      hub: new Hub({ log: silentLogger, metrics: noMetrics }),
      events: log,
      entitlement: {
        prepare: async (_stream, upToSeq) => {
          knownSeq = Math.max(knownSeq, upToSeq);
        },
        mayRead: () => knownSeq < 2,
        project: (_viewer, event) => event,
      },
      snapshots: log,
      metrics: noMetrics,
      limits: SUBSCRIPTION_LIMITS,
    },
    { viewer, stream: STREAM, sink },
  );
  subscription.start(1);
  await until(() => sink.outcome !== 'open', { timeoutMs: 2_000, what: 'the end' });
  expect([sink.outcome, sink.frames]).toEqual(['ended', []]);
});

const live = (sink: StreamWitness) => until(() => sink.liveAt !== null, { timeoutMs: 2_000, what: 'live' });
const seen = (sink: StreamWitness, seq: number) =>
  until(() => sink.lastSeq === seq, { timeoutMs: 2_000, what: `number ${seq}` });

describe('a viewer', () => {
  test('who resumes gets what was missed, then what happens', async () => {
    const { log, view, happen } = stage({ pageEvents: 2 });
    for (let i = 0; i < 7; i++) log.append(STREAM);
    const { sink } = view(2);
    await live(sink);
    happen();
    expect(sink.lastSeq).toBe(8);
    expect(sink.frames).toEqual([...Array(5).fill('event'), 'subscribed', 'event']);
  });

  test('without a number begins with a snapshot', async () => {
    const { happen, view } = stage();
    happen();
    const { sink } = view(null);
    await live(sink);
    expect(sink.frames).toEqual(['snapshot', 'subscribed']);
  });

  test('of an empty stream from 0 is live at once and gets number 1', async () => {
    const { view, happen } = stage();
    const { sink } = view(0);
    await live(sink);
    happen();
    expect(sink.lastSeq).toBe(1);
  });

  test('does not notice events that come twice or out of order', async () => {
    const { log, hub, view } = stage();
    const { sink } = view(0);
    await live(sink);
    const [one, two, three] = [log.append(STREAM), log.append(STREAM), log.append(STREAM)];
    for (const event of [three, one, three, two, one]) hub.publish(event);
    await seen(sink, 3);
    hub.publish(log.append(STREAM));
    await seen(sink, 4);
    expect(sink.snapshots).toBe(0);
  });

  test('has a hole filled from the log', async () => {
    const { log, view, happen } = stage();
    const { sink } = view(0);
    await live(sink);
    log.append(STREAM);
    log.append(STREAM);
    happen();
    await seen(sink, 3);
    expect(sink.snapshots).toBe(0);
  });

  test.each([
    ['is below what is kept', 3, 4],
    ['is too far behind', 0, 0],
    ['knows a number that was never given', 99, 0],
  ])('who %s gets a snapshot', async (_why, afterSeq, forgotten) => {
    const { log, view } = stage({ backlogEvents: 5 });
    for (let i = 0; i < 8; i++) log.append(STREAM);
    log.forgetUpTo(STREAM, forgotten);
    const { sink } = view(afterSeq);
    await live(sink);
    expect([sink.snapshots, sink.lastSeq]).toEqual([1, 8]);
  });

  test('who is exactly at the edge of what is kept resumes', async () => {
    const { log, view } = stage();
    for (let i = 0; i < 8; i++) log.append(STREAM);
    log.forgetUpTo(STREAM, 4);
    const { sink } = view(4);
    await live(sink);
    expect([sink.snapshots, sink.lastSeq]).toEqual([0, 8]);
  });

  test('whose held events overflow gets a snapshot', async () => {
    const { log, view, happen } = stage({ heldEvents: 3 });
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    log.arrive = async (answer) => gate.then(() => answer);
    const { sink } = view(0);
    for (let i = 0; i < 10; i++) happen();
    release();
    await live(sink);
    expect([sink.snapshots, sink.lastSeq]).toEqual([1, 10]);
  });

  test('who may not see an event gets a snapshot in its place', async () => {
    const { view, happen } = stage();
    const { sink } = view(0);
    await live(sink);
    happen('secret');
    await seen(sink, 1);
    happen();
    await seen(sink, 2);
    expect(sink.frames).toEqual(['subscribed', 'snapshot', 'event']);
  });

  test('who is not entitled is told so and gets nothing', async () => {
    const { may, view, happen } = stage();
    may.read = false;
    happen();
    const { sink } = view(null);
    await until(() => sink.outcome === 'ended', { timeoutMs: 1_000, what: 'the refusal' });
    expect(sink.frames).toEqual([]);
  });

  test('who loses entitlement between two events gets the first and not the second', async () => {
    const { hub, may, view, happen } = stage();
    const { sink } = view(0);
    await live(sink);
    happen();
    may.read = false;
    happen();
    expect([sink.outcome, sink.lastSeq, hub.topics]).toEqual(['ended', 1, 0]);
  });

  test('who loses entitlement while the snapshot is made does not get it', async () => {
    const { may, view, happen } = stage();
    happen();
    const { sink } = view(null);
    may.read = false;
    await until(() => sink.outcome === 'ended', { timeoutMs: 2_000, what: 'the end' });
    expect(sink.frames).toEqual([]);
  });

  test('hears that the store failed, and may come again', async () => {
    const { log, hub, view } = stage();
    log.arrive = () => Promise.reject(new Error('store away'));
    const { sink } = view(3);
    await until(() => sink.outcome === 'failed', { timeoutMs: 2_000, what: 'the failure' });
    expect(hub.topics).toBe(0);
  });

  test('with a full socket is sent nothing until there is room', async () => {
    const { log, view } = stage();
    log.append(STREAM);
    let makeRoom = () => {};
    const sink = new StreamWitness(0);
    sink.waitForRoom = new Promise((resolve) => {
      makeRoom = () => {
        sink.waitForRoom = null;
        resolve();
      };
    });
    const { sink: other } = view(0);
    const full = stageWith(log, sink);
    await live(other);
    expect(sink.frames).toEqual([]);
    makeRoom();
    await live(sink);
    expect(sink.lastSeq).toBe(1);
    full.close();
  });
});

function stageWith(log: MemoryLog, sink: StreamWitness): Subscription {
  const parts = {
    hub: new Hub({ log: silentLogger, metrics: noMetrics }),
    events: log,
    entitlement: {
      prepare: async () => {},
      mayRead: () => true,
      project: (_v: unknown, e: LogEvent) => e,
    },
    snapshots: log,
    metrics: noMetrics,
    limits: SUBSCRIPTION_LIMITS,
  };
  const subscription = new Subscription(parts, { viewer, stream: STREAM, sink });
  subscription.start(0);
  return subscription;
}

describe('while the store is away', () => {
  function withoutStore(stream = STREAM) {
    const stages = stage();
    const store = { isAway: false, unsettled: false };
    const known = { view: { messages: [], reads: [] } as unknown };
    const { log, hub } = stages;
    const down = () => {
      if (store.isAway) throw Object.assign(new Error('away'), { code: 'store_unavailable' });
    };
    const parts = {
      hub,
      events: {
        readAfter: async (...args: Parameters<MemoryLog['readAfter']>) => {
          down();
          return log.readAfter(...args);
        },
        bounds: async (stream: string) => {
          down();
          return log.bounds(stream);
        },
      },
      entitlement: {
        prepare: async () => {},
        mayRead: () => stages.may.read,
        project: (_viewer: unknown, event: LogEvent) => event,
      },
      snapshots: {
        snapshotOf: async (...args: Parameters<MemoryLog['snapshotOf']>) => {
          down();
          return log.snapshotOf(...args);
        },
        knownOf: () => known.view,
      },
      metrics: noMetrics,
      limits: SUBSCRIPTION_LIMITS,
      storeWatch: {
        get isAway() {
          return store.isAway;
        },
        isUnsettled: () => store.unsettled,
        foundAway: () => {},
      },
    };
    const view = (afterSeq: number | null) => {
      const sent: [kind: string, seq: number, isProvisional: boolean][] = [];
      const sink = {
        send: ({ frame: [kind, body] }: SharedFrame) =>
          sent.push([kind, 'seq' in body ? Number(body.seq) : -1, 'isProvisional' in body]),
        room: () => null,
        ended: () => sent.push(['ended', -1, false]),
        failed: () => sent.push(['failed', -1, false]),
      };
      const subscription = new Subscription(parts, { viewer, stream, sink });
      subscription.start(afterSeq);
      return { sent, subscription };
    };
    return { ...stages, store, known, view };
  }
  const foretold: LogEvent = {
    stream: STREAM,
    seq: 9,
    atMs: 0,
    actorId: null,
    type: 'sos.started',
    data: {},
  };
  const settled = <T>(sent: readonly T[], count: number) =>
    until(() => sent.length >= count, { timeoutMs: 2_000, what: `${count} frames` });

  test('a viewer is told what is decided, with the number of the last event, and gets a snapshot when it is back', async () => {
    const { happen, hub, store, view } = withoutStore();
    happen();
    const { sent } = view(0);
    await settled(sent, 2);
    store.isAway = true;
    for (const seq of [2, 3]) hub.foretell({ ...foretold, seq });
    // They are written, and it is said only then that the store is back: they are contained in the snapshot.
    happen();
    happen();
    store.isAway = false;
    hub.restored();
    await settled(sent, 5);
    happen();
    await settled(sent, 6);
    expect(sent).toEqual([
      ['event', 1, false],
      ['subscribed', -1, false],
      ['event', 1, true],
      ['event', 1, true],
      ['snapshot', 3, false],
      ['event', 4, false],
    ]);
  });

  test('who comes then is shown what the node knows, and resumes where they were', async () => {
    const { happen, hub, store, view } = withoutStore();
    for (let i = 0; i < 3; i++) happen();
    store.isAway = true;
    const { sent } = view(2);
    await settled(sent, 2);
    store.isAway = false;
    hub.restored();
    await settled(sent, 3);
    expect(sent).toEqual([
      ['snapshot', 2, true],
      ['subscribed', -1, false],
      ['snapshot', 3, false],
    ]);
  });

  test('who is in the middle of reading goes on with what the node knows', async () => {
    const { happen, log, store, view } = withoutStore();
    for (let i = 0; i < 3; i++) log.append(STREAM);
    const { sent, subscription } = view(3);
    await settled(sent, 1);
    store.isAway = true;
    log.append(STREAM);
    happen();
    await settled(sent, 2);
    expect(sent.at(1)).toEqual(['snapshot', 3, true]);
    expect(subscription.liveSeq).toBe(3);
  });

  test('who may not read it is shown nothing, and what a node does not know fails as ever', async () => {
    const { known, may, store, view } = withoutStore();
    store.isAway = true;
    known.view = null;
    const unknown = view(null);
    await settled(unknown.sent, 1);
    may.read = false;
    const stranger = view(null);
    await settled(stranger.sent, 1);
    expect([unknown.sent, stranger.sent]).toEqual([[['failed', -1, false]], [['ended', -1, false]]]);
  });

  /** Somebody is live, and has the one event that there is. */
  async function viewedUpToOne() {
    const stages = withoutStore();
    stages.happen();
    const { sent } = stages.view(1);
    await settled(sent, 1);
    return { ...stages, sent };
  }

  test('a snapshot is not taken before what another node has decided is written', async () => {
    const { hub, sent, store } = await viewedUpToOne();
    hub.foretell(foretold);
    store.unsettled = true;
    hub.restored();
    await Promise.resolve();
    expect(sent).toHaveLength(2);
    store.unsettled = false;
    hub.restored();
    await settled(sent, 3);
    expect(sent.at(-1)).toEqual(['snapshot', 1, false]);
  });

  test('what is in the store is shown, though nobody said that what was foretold is written', async () => {
    const { happen, hub, sent, store } = await viewedUpToOne();
    hub.foretell(foretold);
    store.unsettled = true;
    happen();
    await Promise.resolve();
    expect(sent).toHaveLength(2);
    store.unsettled = false;
    happen();
    await settled(sent, 3);
    happen();
    await settled(sent, 4);
    expect(sent.slice(2)).toEqual([
      ['snapshot', 3, false],
      ['event', 4, false],
    ]);
  });

  test('a store that is away again and again ends no quiet stream', async () => {
    const { hub, sent } = await viewedUpToOne();
    for (let times = 1; times <= 8; times++) {
      hub.foretell(foretold);
      hub.restored();
      await settled(sent, 1 + 2 * times);
    }
    expect(sent.at(-1)).toEqual(['snapshot', 1, false]);
  });

  test('what another node has decided instead is shown, under a number that something else was foretold with', async () => {
    const { happen, hub, sent, store } = await viewedUpToOne();
    store.isAway = true;
    hub.foretell({ ...foretold, seq: 2, type: 'sos.accepted' });
    happen();
    happen();
    expect(sent.slice(1)).toEqual([
      ['event', 1, true],
      ['event', 1, true],
      ['event', 1, true],
    ]);
  });

  test('an inbox keeps what it was foretold, and what is decided beside it is shown at once', async () => {
    const inbox = 'inbox:somebody';
    const { hub, log, view } = withoutStore(inbox);
    const { sent } = view(0);
    await settled(sent, 1);
    hub.foretell({ ...foretold, stream: inbox, seq: 0 });
    hub.publish(log.append(inbox));
    expect(sent.slice(1)).toEqual([
      ['event', 0, true],
      ['event', 0, true],
    ]);
    hub.restored();
    await settled(sent, 4);
    expect(sent.at(-1)).toEqual(['snapshot', 1, false]);
  });
});
