import { describe, expect, test } from 'vitest';
import { must } from '../lib/assert.ts';
import { ManualClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import type { BusListener, BusMessage } from './bus.ts';
import { Mirror, type MirrorStore, type OwnPerson } from './mirror.ts';
import { LEASE_MS, Leases } from './nodes/leases.ts';
import type { PersonRow } from './packed-people.ts';

const uuidOf = (n: number) => `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;
const [ADA, BOB, CLEO] = [uuidOf(0xada), uuidOf(0xb0b), uuidOf(0xc1e0)];
const NORTH = { lat: 60, lng: 10 };
const SOUTH = { lat: -30, lng: 20 };
const here = (point = NORTH): OwnPerson => ({ connections: 1, point, locatedAtMs: 1_000 });

/** What nodes share: rows by partition, and a voice that all but the speaker hear. */
class Shared {
  readonly rows = [new Map<string, Uint8Array>(), new Map<string, Uint8Array>()];
  readonly listeners = new Map<string, BusListener[]>();
  readonly epochs: ((partition: number) => void)[] = [];
  isAway = false;

  storeOf(nodeId: string): MirrorStore {
    const isUp = () => !this.isAway;
    return {
      get isUp() {
        return isUp();
      },
      partitions: 2,
      partitionOf: (key) => (key === 'south' ? 1 : 0),
      push: async (partition, message, { put, drop }) => {
        if (this.isAway) return false;
        for (const field of drop) this.rows[partition]?.delete(field);
        for (const [field, value] of put) this.rows[partition]?.set(field, value);
        if (message) this.#tell(nodeId, message);
        return true;
      },
      readRows: async (partition) => {
        if (this.isAway) throw new Error('away');
        return this.rows[partition] ?? new Map();
      },
      onNewEpoch: (listener) => this.epochs.push(listener),
      onMessage: (listener) => {
        this.listeners.set(nodeId, [...(this.listeners.get(nodeId) ?? []), listener]);
        return () => {};
      },
    };
  }

  #tell(from: string, message: BusMessage): void {
    for (const [nodeId, listeners] of this.listeners)
      if (nodeId !== from) for (const listener of listeners) listener(message, from);
  }

  fields(): string[] {
    return this.rows
      .flatMap((rows, partition) => [...rows.keys()].map((field) => `${partition} ${field}`))
      .sort();
  }
}

function nodeOn(shared: Shared, clock: ManualClock, nodeId: string, rowsWaitingMax = 10_000) {
  const own = new Map<string, OwnPerson>();
  const seen = new Map<string, PersonRow>();
  const dropped: string[] = [];
  const stoodIn: PersonRow[] = [];
  let takenBack = 0;
  const leases = new Leases(clock, nodeId);
  const placeElsewhere = (from: string, row: PersonRow) => {
    const key = `${row.userId}@${from}`;
    if ((seen.get(key)?.version ?? 0) < row.version) seen.set(key, row);
  };
  const mirror = new Mirror({
    store: shared.storeOf(nodeId),
    nodeId,
    leases,
    clock,
    log: silentLogger,
    metrics: noMetrics,
    rowsWaitingMax,
    regionOf: ({ lat }) => (lat > 0 ? 'north' : 'south'),
    standIn: {
      write: (rows) => stoodIn.push(...rows),
      takeBack: async () => {
        takenBack += 1;
      },
    },
    people: {
      ownOf: (userId) => own.get(userId) ?? null,
      placeElsewhere,
      takeElsewhere: (from, rows, index) => placeElsewhere(from, must(rows.at(index), 'a row')),
      dropNode: (gone) => {
        dropped.push(gone);
        for (const key of [...seen.keys()]) if (key.endsWith(`@${gone}`)) seen.delete(key);
      },
    },
  });
  const setAll = async (userIds: readonly string[], person: OwnPerson | null) => {
    for (const userId of userIds) {
      if (person) own.set(userId, person);
      else own.delete(userId);
      mirror.changed(userId);
    }
    await mirror.flush();
  };
  const set = (userId: string, person: OwnPerson | null) => setAll([userId], person);
  return { mirror, leases, seen, dropped, stoodIn, set, setAll, takenBack: () => takenBack };
}

function two() {
  const clock = new ManualClock();
  const shared = new Shared();
  const [a, b] = [nodeOn(shared, clock, 'a'), nodeOn(shared, clock, 'b')];
  return { clock, shared, a, b };
}

describe('the mirror between nodes', () => {
  test('tells others who is connected and where, and takes the row out when they leave', async () => {
    const { shared, a, b } = two();
    await a.set(ADA, here());
    expect(b.seen.get(`${ADA}@a`)).toMatchObject({ connections: 1, point: NORTH, locatedAtMs: 1_000 });
    expect(shared.fields()).toEqual([`0 ${ADA}/a`]);
    await a.set(ADA, null);
    expect(b.seen.get(`${ADA}@a`)).toMatchObject({ connections: 0 });
    expect(shared.fields()).toEqual([]);
  });

  test('takes in thousands of rows a breath at a time, each person once and as they were last', async () => {
    const { clock, a, b } = two();
    const everybody = Array.from({ length: 1_000 }, (_, i) => uuidOf(i));
    await a.setAll(everybody, here(NORTH));
    expect(b.seen.size).toBeLessThan(1_000);
    await a.setAll(everybody, here(SOUTH));
    clock.advance(200);
    expect([...b.seen.values()].map(({ point }) => point)).toEqual(everybody.map(() => SOUTH));
  });

  test('leaves what is too much to keep waiting, and reads everything instead', async () => {
    const clock = new ManualClock();
    const shared = new Shared();
    const [a, b] = [nodeOn(shared, clock, 'a'), nodeOn(shared, clock, 'b', 300)];
    const everybody = Array.from({ length: 1_000 }, (_, i) => uuidOf(i));
    // The first word of a node makes the other read everything anyhow.
    for (const point of [NORTH, SOUTH]) {
      await a.setAll(everybody, here(point));
      for (let turn = 0; turn < 20; turn++) {
        clock.advance(20);
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    expect([...b.seen.values()].map(({ point }) => point)).toEqual(everybody.map(() => SOUTH));
  });

  test('moves a row with its person from region to region, and leaves none behind', async () => {
    const { shared, a } = two();
    await a.set(ADA, here(NORTH));
    await a.set(ADA, here(SOUTH));
    expect(shared.fields()).toEqual([`1 ${ADA}/a`]);
  });

  test('a node that comes later reads what the others know, of those that live', async () => {
    const { clock, shared, a } = two();
    await a.set(ADA, here());
    const late = nodeOn(shared, clock, 'late');
    expect(await late.mirror.read()).toBe(true);
    // Nothing is known of a's lease yet.
    expect(late.seen.size).toBe(0);
    late.leases.heard(new Map([['a', 1_000]]));
    await late.mirror.read();
    expect(late.seen.get(`${ADA}@a`)).toMatchObject({ point: NORTH });
  });

  test('what a node said ends with its lease, and counts again when it is back', async () => {
    const { clock, a, b } = two();
    await a.set(ADA, here());
    clock.advance(LEASE_MS);
    b.leases.sweep();
    expect([b.dropped, b.seen.size]).toEqual([['a'], 0]);
    // Late words of a node whose lease has run out count for nothing ...
    await a.set(BOB, here());
    expect(b.seen.size).toBe(0);
    // ... until it has renewed it: then all its rows are read.
    b.leases.heard(new Map([['a', 0]]));
    await b.mirror.read();
    expect([...b.seen.keys()].sort()).toEqual([`${ADA}@a`, `${BOB}@a`]);
  });

  test('writes its rows again when the store was emptied', async () => {
    const { shared, a } = two();
    await a.set(ADA, here());
    await a.set(CLEO, here(SOUTH));
    for (const rows of shared.rows) rows.clear();
    for (const renewed of shared.epochs) renewed(1);
    await a.mirror.flush();
    expect(shared.fields()).toEqual([`1 ${CLEO}/a`]);
  });

  test('goes by the stand-in while the store is away, and takes that back once it has everything', async () => {
    const { clock, shared, a, b } = two();
    shared.isAway = true;
    await a.set(ADA, here());
    expect(a.stoodIn).toMatchObject([{ userId: ADA, connections: 1 }]);
    expect([b.seen.size, a.takenBack()]).toEqual([0, 0]);
    shared.isAway = false;
    clock.advance(1_000);
    await a.mirror.flush();
    await a.mirror.stop();
    expect([b.seen.size, a.takenBack()]).toEqual([1, 1]);
  });

  test('when the store goes the stand-in is told of everybody once, for nodes that come meanwhile', async () => {
    const { clock, shared, a } = two();
    await a.set(ADA, here());
    await a.set(CLEO, here(SOUTH));
    shared.isAway = true;
    await a.set(BOB, here());
    await a.mirror.flush();
    for (let turn = 0; turn < 5; turn++) {
      clock.advance(1_000);
      await a.mirror.flush();
    }
    expect(a.stoodIn.map(({ userId }) => userId).sort()).toEqual([ADA, BOB, CLEO]);
  });

  test('who moved or left while the store was away leaves no row behind when it is back', async () => {
    const { shared, a, b } = two();
    await a.set(ADA, here(NORTH));
    await a.set(BOB, here(NORTH));
    shared.isAway = true;
    await a.set(ADA, here(SOUTH));
    await a.set(BOB, null);
    shared.isAway = false;
    await a.mirror.flush();
    await a.mirror.flush();
    expect(shared.fields()).toEqual([`1 ${ADA}/a`]);
    expect(b.seen.get(`${BOB}@a`)).toMatchObject({ connections: 0 });
    expect(a.takenBack()).toBe(1);
  });
});
