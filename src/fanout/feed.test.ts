import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ManualClock } from '../lib/clock.ts';
import type { Engine } from '../lib/engine-health.ts';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import { CALM, type Overload } from '../lib/overload.ts';
import type { DownBody } from '../protocol/down.ts';
import { MemoryLog } from '../testing/fanout/memory-log.ts';
import { DispatchFeed, type FeedSink } from './feed.ts';
import { Hub } from './hub.ts';
import type { SharedFrame } from './shared-frame.ts';
import type { Entitlement, LogEvent } from './types.ts';

const viewer = { userId: 'd', isDispatcher: true };

class Watcher implements FeedSink {
  readonly frames: SharedFrame[] = [];
  isReady = true;
  hasEnded = false;
  send(frame: SharedFrame): void {
    this.frames.push(frame);
  }
  ready(): boolean {
    return this.isReady;
  }
  ended(): void {
    this.hasEnded = true;
  }
  /** What came, in short: `feed`, `1` for event 1, `state:a,b`. */
  get story(): string[] {
    return this.frames.map(({ frame }) => {
      if (frame[0] === 'event') return String(frame[1].seq);
      return frame[0] === 'state' ? `state:${frame[1].responders.map((r) => r[0]).join()}` : frame[0];
    });
  }
}

function stage() {
  const log = new MemoryLog();
  const clock = new ManualClock();
  const hub = new Hub({ log: silentLogger, metrics: noMetrics });
  const may = { watch: true };
  const load: { now: Overload } = { now: CALM };
  const store = { isAway: false, unsettled: new Set<string>() };
  const missing: Engine[] = [];
  const involved = new Set<string>();
  const open = new Map<string, number>();
  const seen: string[] = [];
  /** By handle. */
  const ids: string[] = [];
  const entitlement: Entitlement = {
    prepare: async () => {},
    mayRead: () => true,
    project: (_viewer, event) => event,
  };
  const source = {
    rowCalls: 0,
    requesters: [] as (string | null)[],
    responders: [] as [string, number, number, number, number][],
    feedSnapshot: () =>
      ({
        feed: 'dispatch',
        sos: [
          ...[...open].map(([sosId, seq]) => ({ sosId, seq, requesterId: null })),
          ...source.requesters.map((requesterId, n) => ({ sosId: `of ${n}`, seq: 0, requesterId })),
        ],
        responders: source.responders,
      }) as unknown as DownBody<'feed'>,
    responderRows: (handles: Iterable<number>) => {
      source.rowCalls += 1;
      const responders = [...handles].map((handle): [string, number, number, number, number] => [
        source.responderIdOf(handle),
        0,
        0,
        0,
        0,
      ]);
      return { responders, gone: [] };
    },
    responderIdOf: (handle: number) => ids[handle] ?? '',
  };
  const feed = new DispatchFeed({
    hub,
    events: log,
    entitlement,
    mayWatch: () => may.watch,
    isInvolved: (userId) => involved.has(userId),
    overload: () => load.now,
    storeWatch: {
      get isAway() {
        return store.isAway;
      },
      isUnsettled: (stream) => store.unsettled.has(stream),
    },
    degraded: () => missing,
    source,
    disclosures: {
      saw: ({ userId }, subjectId, sosId) =>
        seen.push([`${userId} saw ${subjectId}`, ...(sosId ? [sosId] : [])].join(' in ')),
      sawAll: ({ userId }, subjectIds) => seen.push(...subjectIds.map((id) => `${userId} saw ${id}`)),
    },
    clock,
    log: silentLogger,
    metrics: noMetrics,
  });
  const mark = (id: string) => feed.markResponder(ids.includes(id) ? ids.indexOf(id) : ids.push(id) - 1);
  const commit = (id = 'x') => {
    const event = log.append(`sos:${id}`);
    open.set(id, event.seq);
    return event;
  };
  const watch = () => {
    const watcher = new Watcher();
    return Object.assign(watcher, { leave: feed.watch(viewer, watcher) });
  };
  return { log, clock, hub, may, load, store, missing, involved, seen, source, feed, mark, commit, watch };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('events on the feed', () => {
  test('begin after the snapshot and come once', () => {
    const { hub, commit, watch } = stage();
    const one = commit();
    const watcher = watch();
    const two = commit();
    for (const event of [one, two, two, one]) hub.publish(event);
    expect(watcher.story).toEqual(['feed', '2']);
  });

  test('of other streams stay away', () => {
    const { log, hub, watch } = stage();
    const watcher = watch();
    hub.publish(log.append('chat:x'));
    expect(watcher.story).toEqual(['feed']);
  });

  test('that came too early wait for the log', async () => {
    const { hub, commit, watch } = stage();
    const watcher = watch();
    commit();
    commit();
    hub.publish(commit());
    await settled();
    expect(watcher.story).toEqual(['feed', '1', '2', '3']);
  });

  test('that nobody watched are not read from the log later', async () => {
    const { log, hub, commit, watch } = stage();
    hub.publish(commit());
    hub.publish(commit());
    const watcher = watch();
    hub.publish(commit());
    await settled();
    expect([watcher.story, log.reads]).toEqual([['feed', '3'], 0]);
  });

  test('that the log has lost are replaced by a fresh snapshot', async () => {
    const { log, hub, commit, watch } = stage();
    const watcher = watch();
    commit();
    commit();
    log.forgetUpTo('sos:x', 2);
    hub.publish(commit());
    await settled();
    expect(watcher.story).toEqual(['feed', 'feed']);
    hub.publish(commit());
    await settled();
    expect(watcher.story).toEqual(['feed', 'feed', '4']);
  });

  test('are read again after the store was away', async () => {
    const { log, clock, hub, commit, watch } = stage();
    const watcher = watch();
    log.arrive = () => Promise.reject(new Error('away'));
    commit();
    hub.publish(commit());
    await settled();
    log.arrive = (answer) => Promise.resolve(answer);
    clock.advance(1_000);
    await settled();
    expect(watcher.story).toEqual(['feed', '1', '2']);
  });

  test('come once and in order for each SOS, however they are published', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(2), fc.nat(9), fc.boolean()), { maxLength: 60, size: 'max' }),
        async (steps) => {
          const { log, hub, commit, watch } = stage();
          const committed: LogEvent[] = [];
          const watchers = [watch()];
          for (const [sos, back, turn] of steps) {
            committed.push(commit(`s${sos}`));
            const event = committed[Math.max(0, committed.length - 1 - back)];
            if (event) hub.publish(event);
            if (turn) await settled();
            if (back === 5) watchers.push(watch());
          }
          for (const sos of [0, 1, 2]) hub.publish(commit(`s${sos}`));
          await settled();
          await settled();
          for (const watcher of watchers) {
            const last = new Map<string, number>();
            for (const { frame } of watcher.frames) {
              if (frame[0] === 'feed')
                for (const { sosId, seq } of frame[1].sos) last.set(`sos:${sosId}`, seq);
              if (frame[0] !== 'event') continue;
              expect(frame[1].seq).toBe((last.get(frame[1].stream) ?? 0) + 1);
              last.set(frame[1].stream, frame[1].seq);
            }
            for (const sos of [0, 1, 2]) expect(last.get(`sos:s${sos}`)).toBe(log.headOf(`sos:s${sos}`));
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('responders on the feed', () => {
  test('come at most once per tick, each with its newest value only', () => {
    const { clock, watch, mark } = stage();
    const watcher = watch();
    for (const id of ['a', 'b', 'a', 'a']) mark(id);
    clock.advance(249);
    expect(watcher.story).toEqual(['feed']);
    clock.advance(1);
    expect(watcher.story).toEqual(['feed', 'state:a,b']);
    clock.advance(1_000);
    expect(watcher.story).toHaveLength(2);
  });

  test('are one frame for all who are up to date', () => {
    const { clock, source, watch, mark } = stage();
    const watchers = [watch(), watch(), watch()];
    mark('a');
    clock.advance(250);
    expect(source.rowCalls).toBe(1);
    expect(new Set(watchers.map((w) => w.frames[1])).size).toBe(1);
  });

  test('are owed to a slow watcher, once each, and do not hold up the others', () => {
    const { clock, watch, mark } = stage();
    const [slow, quick] = [watch(), watch()];
    slow.isReady = false;
    for (const id of ['a', 'b']) {
      mark(id);
      mark('c');
      clock.advance(250);
    }
    expect(quick.story).toEqual(['feed', 'state:a,c', 'state:b,c']);
    slow.isReady = true;
    clock.advance(250);
    expect(slow.story).toEqual(['feed', 'state:a,c,b']);
  });

  test('are not looked up while nobody watches', () => {
    const { clock, source, watch, mark } = stage();
    watch().leave();
    mark('a');
    clock.advance(1_000);
    expect(source.rowCalls).toBe(0);
  });
});

describe('who is no dispatcher', () => {
  test('is turned away', () => {
    const { may, watch, feed } = stage();
    may.watch = false;
    const watcher = watch();
    expect([watcher.hasEnded, watcher.story, feed.watchers]).toEqual([true, [], 0]);
  });

  test.each(['event', 'state'])('any more gets no %s', (kind) => {
    const { clock, hub, may, feed, commit, watch, mark } = stage();
    const watcher = watch();
    may.watch = false;
    if (kind === 'event') hub.publish(commit());
    mark('a');
    clock.advance(250);
    expect([watcher.hasEnded, watcher.story, feed.watchers]).toEqual([true, ['feed'], 0]);
  });
});

describe('whose positions were shown', () => {
  test('is told for every watcher whom they were sent to, at the moment of sending', () => {
    const { clock, seen, watch, mark } = stage();
    watch();
    const slow = watch();
    slow.isReady = false;
    mark('a');
    clock.advance(250);
    expect(seen).toEqual(['d saw a']);
    slow.isReady = true;
    clock.advance(250);
    expect(seen).toEqual(['d saw a', 'd saw a']);
  });

  test('includes those of the snapshot, and of requesters in which SOS', () => {
    const { seen, source, watch } = stage();
    source.responders = [['r', 0, 0, 0, 0]];
    source.requesters = ['q', null];
    watch();
    expect(seen).toEqual(['d saw q in of 0', 'd saw r']);
  });

  test('is nothing when the watcher may not watch any more', () => {
    const { clock, may, seen, watch, mark } = stage();
    watch();
    mark('a');
    may.watch = false;
    clock.advance(250);
    expect(seen).toEqual([]);
  });
});

test('a frame holds a thousand responders at most, in a snapshot and in what changes', () => {
  const { source, clock, hub, commit, watch, mark } = stage();
  const ids = Array.from({ length: 2_500 }, (_, i) => `r${i}`);
  source.responders = ids.map((id) => [id, 0, 0, 0, 0]);
  const watcher = watch();
  const rowsOf = (from: number) =>
    watcher.frames
      .slice(from)
      .map(({ frame }) => ('responders' in frame[1] ? frame[1].responders : []).length);
  expect([watcher.story[0], rowsOf(0)]).toEqual(['feed', [1_000, 1_000, 500]]);
  for (const id of ids) mark(id);
  clock.advance(250);
  expect(rowsOf(3)).toEqual([1_000]);
  // What happens meanwhile does not wait behind them.
  hub.publish(commit());
  expect(watcher.story.slice(4)).toEqual(['1']);
  clock.advance(50);
  expect(rowsOf(5)).toEqual([1_000, 500]);
});

describe('while a node is overloaded', () => {
  const story = (watcher: Watcher) =>
    watcher.frames.map(({ frame }) =>
      frame[0] === 'state'
        ? `${frame[1].responders.map(([id]) => id).join()}${frame[1].overload ? `level ${frame[1].overload.level}` : ''}`
        : frame[0],
    );

  test('watchers are told, and hear once a second', () => {
    const { clock, load, feed, watch, mark } = stage();
    const watcher = watch();
    load.now = { level: 1, cause: 'event_loop' };
    feed.overloaded();
    mark('a');
    clock.advance(900);
    expect(story(watcher)).toEqual(['feed', 'level 1']);
    clock.advance(100);
    expect(story(watcher)).toEqual(['feed', 'level 1', 'a']);
    expect(story(watch())).toEqual(['feed', 'level 1']);
  });

  test('only those in an open SOS move, and the others follow when it is over', () => {
    const { clock, load, involved, feed, hub, commit, watch, mark } = stage();
    const watcher = watch();
    load.now = { level: 2, cause: 'store' };
    feed.overloaded();
    involved.add('holder');
    for (const id of ['holder', 'a', 'b', 'a']) mark(id);
    hub.publish(commit());
    clock.advance(10_000);
    expect(story(watcher)).toEqual(['feed', 'level 2', 'event', 'holder']);
    load.now = { level: 1, cause: 'store' };
    feed.overloaded();
    clock.advance(1_000);
    expect(story(watcher).slice(4)).toEqual(['level 1', 'a,b']);
  });
});

test('watchers are told what the node has to do without, also those who come meanwhile, and when it is back', () => {
  const { feed, missing, watch } = stage();
  const story = (watcher: Watcher) =>
    watcher.frames.map(({ frame }) => (frame[0] === 'state' ? frame[1].degraded : frame[0]));
  const watcher = watch();
  missing.push('store', 'redis');
  feed.degraded();
  expect(story(watcher)).toEqual(['feed', ['store', 'redis']]);
  expect(story(watch())).toEqual(['feed', ['store', 'redis']]);
  missing.length = 0;
  feed.degraded();
  expect(story(watcher).at(-1)).toEqual([]);
  expect(story(watch())).toEqual(['feed']);
});

test('a watcher who has missed more than is counted one by one is owed a snapshot', () => {
  const { clock, watch, mark } = stage();
  const watcher = watch();
  watcher.isReady = false;
  for (let i = 0; i <= 5_000; i++) mark(String(i));
  clock.advance(1_000);
  mark('late');
  clock.advance(1_000);
  watcher.isReady = true;
  clock.advance(1_000);
  mark('x');
  clock.advance(1_000);
  expect(watcher.story).toEqual(['feed', 'feed', 'state:x']);
});

test('what is decided without the store is told at once, and all of it is shown anew when the store is back', () => {
  const { hub, commit, store, watch } = stage();
  hub.publish(commit());
  const watcher = watch();
  store.isAway = true;
  hub.foretell({ stream: 'sos:x', seq: 2, atMs: 0, actorId: null, type: 'sos.started', data: {} });
  expect(watcher.frames[1]?.frame).toMatchObject(['event', { isProvisional: true }]);
  // It is written now, and then the store is back.
  hub.publish(commit());
  store.isAway = false;
  hub.restored();
  expect(watcher.story).toEqual(['feed', '1', 'feed']);
  hub.publish(commit());
  hub.restored();
  expect(watcher.story).toEqual(['feed', '1', 'feed', '3']);
});

test('what is in the store is shown, though nobody said that what was foretold is written', () => {
  const { hub, commit, store, watch } = stage();
  hub.publish(commit());
  const watcher = watch();
  store.unsettled.add('sos:x');
  hub.foretell({ stream: 'sos:x', seq: 2, atMs: 0, actorId: null, type: 'sos.started', data: {} });
  hub.publish(commit());
  // Somebody is still to write some of it.
  expect(watcher.story).toEqual(['feed', '1']);
  store.unsettled.clear();
  hub.publish(commit());
  hub.publish(commit());
  expect(watcher.story).toEqual(['feed', '1', 'feed', '4']);
});
