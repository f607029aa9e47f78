import type { BusMessage } from '../src/fanout/bus.ts';
import { RedisBus } from '../src/fanout/redis/redis-bus.ts';
import { must } from '../src/lib/assert.ts';
import { systemClock } from '../src/lib/clock.ts';
import { silentLogger } from '../src/lib/log.ts';
import { noMetrics } from '../src/lib/metric.ts';
import { redisAddressOf } from '../src/lib/redis-address.ts';
import { NOT_THERE, UuidTable } from '../src/lib/uuid-table.ts';
import { newId } from './on-postgres.ts';

/** The fixes of so few are timed, so that timing them is not the load. Prime: of all nodes, at all times of the second. */
export const TIMED_EVERY_NTH = 19;

/** A longitude that names one fix, and when it was sent, by {@link machineMs}. */
export type Sent = readonly [lng: number, atMs: number];

/** The same in every process of this machine. */
export const machineMs = () => performance.timeOrigin + performance.now();

/** Hears the mirror as any node does: tells by how much the fixes of a few people were behind when they came. */
export async function mirrorListener(redisUrl: string, timed: ReadonlySet<string>) {
  const heardAtMs = new Map<number, number>();
  const handles = new UuidTable();
  for (const [i, userId] of [...timed].entries()) handles.set(userId, i);
  let rows = 0;
  const bus = new RedisBus({
    address: must(redisAddressOf(redisUrl), 'an address of Redis'),
    prefix: 'muster',
    carries: 'rows',
    nodeId: newId(),
    onGap: () => {},
    clock: systemClock,
    log: silentLogger,
    metrics: noMetrics,
  });
  await bus.ready(10_000);
  bus.onMessage((message: BusMessage) => {
    if (message[0] !== 'people') return;
    const atMs = machineMs();
    const [, people] = message;
    rows += people.length;
    // Read where they lie, as a node does: whoever looks at the clock is not to be a tenth of the load.
    for (let i = 0; i < people.length; i++) {
      if (people.handleAt(i, handles) === NOT_THERE) continue;
      const lng = people.lngAt(i);
      if (!heardAtMs.has(lng)) heardAtMs.set(lng, atMs);
    }
  });
  return {
    /** Of everybody, so far. */
    rows: () => rows,
    lagsMs: (sent: readonly Sent[]) =>
      sent.flatMap(([lng, sentAtMs]) => {
        const heardMs = heardAtMs.get(lng);
        return heardMs === undefined ? [] : [heardMs - sentAtMs];
      }),
    stop: () => bus.stop(),
  };
}
