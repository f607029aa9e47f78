import fc from 'fast-check';
import { expect, test } from 'vitest';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import { MemoryLog } from '../testing/fanout/memory-log.ts';
import { StreamWitness } from '../testing/fanout/stream-witness.ts';
import { Hub } from './hub.ts';
import { Subscription } from './subscription.ts';
import type { LogEvent } from './types.ts';

const STREAM = 'sos:1';

type Step =
  | { do: 'commit'; publish: boolean }
  | { do: 'publish_again'; which: number }
  | { do: 'join'; afterSeq: number | null }
  | { do: 'forget'; upTo: number }
  | { do: 'turn' };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('commit' as const), publish: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('publish_again' as const), which: fc.nat(40) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('join' as const), afterSeq: fc.option(fc.nat(6)) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forget' as const), upTo: fc.nat(20) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('turn' as const) }) },
);

const limits = fc.record({
  pageEvents: fc.integer({ min: 1, max: 4 }),
  backlogEvents: fc.integer({ min: 3, max: 20 }),
  heldEvents: fc.integer({ min: 1, max: 6 }),
});

test('every viewer sees each number once and in order, or a snapshot, however things interleave', async () => {
  const seen = { events: 0, snapshots: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(step, { minLength: 10, maxLength: 80, size: 'max' }),
      limits,
      async (s, steps, limitsOfRun) => {
        const log = new MemoryLog();
        log.arrive = (answer) => s.schedule(Promise.resolve(answer));
        const hub = new Hub({ log: silentLogger, metrics: noMetrics });
        const committed: LogEvent[] = [];
        const viewers: StreamWitness[] = [];
        const parts = {
          hub,
          events: log,
          entitlement: {
            prepare: async () => {},
            mayRead: () => true,
            project: (_v: unknown, e: LogEvent) => e,
          },
          snapshots: log,
          metrics: noMetrics,
          limits: limitsOfRun,
        };
        const join = (afterSeq: number | null) => {
          const sink = new StreamWitness(afterSeq);
          viewers.push(sink);
          new Subscription(parts, {
            viewer: { userId: 'u', isDispatcher: false },
            stream: STREAM,
            sink,
          }).start(afterSeq);
        };
        const run = async (action: Step) => {
          if (action.do === 'commit') {
            const event = log.append(STREAM);
            committed.push(event);
            if (action.publish) hub.publish(event);
          } else if (action.do === 'publish_again') {
            const event = committed[action.which % Math.max(1, committed.length)];
            if (event) hub.publish(event);
          } else if (action.do === 'join') join(action.afterSeq);
          else if (action.do === 'forget') log.forgetUpTo(STREAM, Math.min(action.upTo, log.headOf(STREAM)));
          else if (s.count() > 0) await s.waitOne();
        };
        log.append(STREAM);
        for (const action of steps) await run(action);
        // The log's tail tells everybody of the last event sooner or later.
        hub.publish(log.append(STREAM));
        await s.waitIdle();
        for (const viewer of viewers) {
          expect(viewer.outcome).toBe('open');
          expect(viewer.lastSeq).toBe(log.headOf(STREAM));
          expect(viewer.liveAt).not.toBeNull();
          seen.snapshots += viewer.snapshots;
          seen.events += viewer.frames.filter((f) => f === 'event').length;
        }
      },
    ),
    { numRuns: 1_500 },
  );
  expect(seen.events).toBeGreaterThan(1_000);
  expect(seen.snapshots).toBeGreaterThan(100);
});
