import { expect, test } from 'vitest';
import { ManualClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import { LEASE_MS, Leases } from './nodes/leases.ts';
import type { PersonRow } from './packed-people.ts';
import { StandIn } from './stand-in.ts';

const row = (userId: string, version = 1): PersonRow => ({
  userId,
  version,
  connections: 1,
  point: { lat: 1, lng: 2 },
  locatedAtMs: 1_000,
});

/** What the store holds for all nodes. */
class Tables {
  readonly nodes = new Map<string, number>();
  readonly rows = new Map<string, { nodeId: string; row: PersonRow; at: number }>();
  isAway = false;
  #at = 0;
  readonly #clock: ManualClock;

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  of() {
    let told = 0;
    const asked = () => {
      if (this.isAway) throw new Error('away');
    };
    return {
      beat: async (nodeId: string) => {
        asked();
        const isNew = !this.nodes.has(nodeId);
        const now = this.#clock.monotonicMs();
        this.nodes.set(nodeId, now);
        for (const [id, atMs] of this.nodes) if (now - atMs >= 60_000) this.sweep(id);
        const others = [...this.nodes].filter(([id]) => id !== nodeId);
        return { ages: new Map(others.map(([id, atMs]) => [id, now - atMs])), isNew };
      },
      leave: async () => {},
      write: async (nodeId: string, rows: readonly PersonRow[]) => {
        asked();
        for (const one of rows)
          this.rows.set(`${one.userId}/${nodeId}`, { nodeId, row: one, at: ++this.#at });
      },
      clear: async () => {},
      changed: async () => {
        asked();
        const newer = [...this.rows.values()].filter(({ at }) => at > told);
        told = this.#at;
        return newer.map(({ nodeId, row: one }) => [nodeId, one] as const);
      },
      startOver: () => {
        told = 0;
      },
    };
  }

  sweep(nodeId: string): void {
    this.nodes.delete(nodeId);
    for (const [key, held] of this.rows) if (held.nodeId === nodeId) this.rows.delete(key);
  }
}

function nodeOn(tables: Tables, clock: ManualClock, nodeId: string) {
  const leases = new Leases(clock, nodeId);
  const seen = new Set<string>();
  leases.onGone((gone) => {
    for (const key of [...seen]) if (key.endsWith(`@${gone}`)) seen.delete(key);
  });
  const standIn: StandIn = new StandIn({
    table: tables.of(),
    leases,
    nodeId,
    placeElsewhere: (from, { userId }) => seen.add(`${userId}@${from}`),
    onSwept: () => standIn.write([row('ada', 2)]),
    clock,
    log: silentLogger,
    metrics: noMetrics,
  });
  return { standIn, leases, seen };
}

/** So many seconds, each with what it leads to. */
async function pass(clock: ManualClock, seconds: number) {
  for (let n = 0; n < seconds; n++) {
    clock.advance(1_000);
    for (let turn = 0; turn < 10; turn++) await new Promise((next) => setImmediate(next));
  }
}

async function two() {
  const clock = new ManualClock();
  const tables = new Tables(clock);
  const [a, b] = [nodeOn(tables, clock, 'a'), nodeOn(tables, clock, 'b')];
  await a.standIn.start();
  await b.standIn.start();
  a.standIn.write([row('ada')]);
  await pass(clock, 5);
  expect([...b.seen]).toEqual(['ada@a']);
  return { clock, tables, a, b };
}

test('who was known of another node is known again when the store is back, without having moved', async () => {
  const { clock, tables, b } = await two();
  tables.isAway = true;
  await pass(clock, LEASE_MS / 1_000 + 3);
  b.leases.sweep();
  expect([...b.seen]).toEqual([]);
  tables.isAway = false;
  await pass(clock, 8);
  expect([...b.seen]).toEqual(['ada@a']);
});

test('also when it was away for so long that a node was swept away, with everybody on it', async () => {
  const { clock, tables, b } = await two();
  tables.isAway = true;
  await pass(clock, LEASE_MS / 1_000 + 3);
  b.leases.sweep();
  tables.sweep('a');
  tables.isAway = false;
  await pass(clock, 8);
  expect([...b.seen]).toEqual(['ada@a']);
  expect(tables.rows.get('ada/a')?.row.version).toBe(2);
});
