import { must } from '../lib/assert.ts';
import type { Clock } from '../lib/clock.ts';
import { errorFields, type Logger } from '../lib/log.ts';
import type { Metrics } from '../lib/metric.ts';
import type { BusListener, BusMessage } from './bus.ts';
import { decodePerson, encodePerson } from './bus-codec.ts';
import type { Leases } from './nodes/leases.ts';
import { PackedPeople, type PersonRow } from './packed-people.ts';

/** What this node itself knows of somebody: their sockets here, and the last fix that came in here. */
export type OwnPerson = Omit<PersonRow, 'userId' | 'version'>;

/** The people in memory, as the mirror sees them. */
export interface MirroredPeople {
  /** Null: nothing of them is known here at first hand. */
  ownOf(userId: string): OwnPerson | null;
  placeElsewhere(nodeId: string, row: PersonRow): void;
  /** The same of one of many rows, read where it lies. */
  takeElsewhere(nodeId: string, rows: PackedPeople, index: number): void;
  /** Nothing that this node has said holds any more. */
  dropNode(nodeId: string): void;
}

/** Where rows are kept between nodes. */
export interface MirrorStore {
  /** False: nothing gets through at the moment, and nothing need be tried. */
  readonly isUp: boolean;
  readonly partitions: number;
  partitionOf(key: string): number;
  push(
    partition: number,
    message: BusMessage | null,
    rows: {
      readonly put: readonly (readonly [field: string, value: Uint8Array])[];
      readonly drop: readonly string[];
    },
  ): Promise<boolean>;
  readRows(partition: number): Promise<ReadonlyMap<string, Uint8Array>>;
  onNewEpoch(listener: (partition: number) => void): void;
  onMessage(listener: BusListener): () => void;
}

export interface MirrorOptions {
  readonly store: MirrorStore;
  /** Takes what the store did not. */
  readonly standIn: {
    write(rows: readonly PersonRow[]): void;
    takeBack(): Promise<void>;
  };
  readonly people: MirroredPeople;
  readonly nodeId: string;
  readonly leases: Leases;
  /** The coarse region of a point: people of one region are written together. */
  readonly regionOf: (point: { readonly lat: number; readonly lng: number }) => string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly rowsWaitingMax?: number;
}

const TICK_MS = 100;
/** A batch that was not taken is tried again so much later; rows are kept by person, so nothing piles up. */
const AGAIN_MS = 1_000;
const READ_AT_ONCE = 16;
/** So many rows of others are taken in one breath: a tick brings thousands, and an event must not wait behind them. */
const ROWS_AT_ONCE = 100;
/** However many wait, they are taken in within about so many breaths, with a pause between them for what is urgent. */
const BREATHS = 40;
const PAUSE_MS = 2;
/** So many may wait for their breath; with more, all of them are left and everything is read again. */
const ROWS_WAITING_MAX = 200_000;
const READ_AGAIN_MS = 1_000;

/**
 * Keeps every node's memory of people the same: what this node knows at first hand goes out in one batch per tick and
 * region, what others know comes in. Rows of a node count as long as its lease runs.
 */
export class Mirror {
  readonly #options: MirrorOptions;
  readonly #dirty = new Set<string>();
  /** Told by the stand-in only: to be said again when the store is back. */
  readonly #behind = new Set<string>();
  /** By partition, whose row is still to be taken out of it: they are in another one now. */
  readonly #owedDrops = new Map<number, Set<string>>();
  /** Nodes whose word was heard already: from then on only their lease says that they live. */
  readonly #known = new Set<string>();
  /** Each node's id by itself: one string, however many rows name it. */
  readonly #names = new Map<string, string>();
  /** Where each person's row of this node lies. */
  readonly #partitions = new Map<string, number>();
  /** What others said and is not taken in yet, the oldest first. */
  #waiting: { readonly from: string; readonly rows: PackedPeople }[] = [];
  /** How many rows of the oldest of those are taken in already, and how many of all are not. */
  #taken = 0;
  #left = 0;
  #version = 0;
  #cancelTick: (() => void) | null = null;
  #isStopped = false;
  /** Redis has not taken everything of late. */
  #isBehind = false;
  /** The stand-in has everybody of this node, for nodes that come or come back meanwhile. */
  #isStoodInFor = false;
  #isTakingIn = false;
  #isReading: Promise<boolean> | null = null;
  #readAgain = false;

  constructor(options: MirrorOptions) {
    this.#options = options;
    const { store, people, leases, nodeId } = options;
    store.onMessage((message, from) => {
      if (message[0] === 'people' && from !== nodeId) this.#heard(from, message[1]);
    });
    store.onNewEpoch((partition) => this.#writeAgain(partition));
    leases.onGone((gone) => people.dropNode(gone));
    leases.onCame(() => void this.read());
  }

  /** Something of somebody changed here. */
  changed(userId: string): void {
    this.#dirty.add(userId);
    this.#tickLater();
  }

  /** Everybody of this node is to be told of again: what was told of them is gone. */
  writeAll(): void {
    for (const userId of this.#partitions.keys()) this.#dirty.add(userId);
    this.#tickLater();
  }

  /** Reads everybody's rows from the store. False: it could not be read, and is tried again until it can. */
  read(): Promise<boolean> {
    if (this.#isReading) this.#readAgain = true;
    this.#isReading ??= this.#readAll()
      .then(() => true)
      .catch((error: unknown) => {
        const { log, store } = this.#options;
        const say = store.isUp ? log.warn : log.debug;
        say.call(log, errorFields(error), 'the mirror could not be read; it is read again');
        this.#options.clock.after(READ_AGAIN_MS, () => this.#isStopped || void this.read());
        return false;
      })
      .finally(() => {
        this.#isReading = null;
      });
    return this.#isReading;
  }

  /** Writes what is still to be written. */
  async stop(): Promise<void> {
    this.#cancelTick?.();
    await this.flush();
    this.#isStopped = true;
  }

  async flush(): Promise<void> {
    const batches = new Map<number, Batch>();
    if (this.#options.store.isUp) this.#catchUp(batches);
    for (const userId of this.#dirty) this.#add(batches, userId);
    this.#dirty.clear();
    await Promise.all([...batches].map(([partition, batch]) => this.#push(partition, batch)));
    if (!this.#isBehind) return;
    const isLeft = this.#dirty.size + this.#behind.size + this.#owedDrops.size > 0;
    if (isLeft) this.#tickLater();
    else await this.#caughtUp();
  }

  #catchUp(batches: Map<number, Batch>): void {
    for (const userId of this.#behind) this.#dirty.add(userId);
    this.#behind.clear();
    for (const [partition, userIds] of this.#owedDrops) batchOf(batches, partition).drop.push(...userIds);
    this.#owedDrops.clear();
  }

  async #caughtUp(): Promise<void> {
    this.#isBehind = false;
    this.#isStoodInFor = false;
    await this.#options.standIn.takeBack().catch((error: unknown) => {
      this.#isBehind = true;
      this.#options.log.warn(errorFields(error), 'what the store holds instead of Redis is taken back later');
      this.#tickLater();
    });
  }

  #tickLater(): void {
    if (this.#isStopped) return;
    this.#cancelTick ??= this.#options.clock.after(this.#isBehind ? AGAIN_MS : TICK_MS, () => {
      this.#cancelTick = null;
      void this.flush();
    });
  }

  #add(batches: Map<number, Batch>, userId: string): void {
    const { people, store, regionOf } = this.#options;
    const own = people.ownOf(userId);
    const was = this.#partitions.get(userId);
    if (!own && was === undefined) return;
    const row: PersonRow = {
      userId,
      version: ++this.#version,
      ...(own ?? { connections: 0, point: null, locatedAtMs: null }),
    };
    const key = row.point ? regionOf(row.point) : userId;
    const partition = own ? store.partitionOf(key) : (was ?? 0);
    if (was !== undefined && was !== partition) batchOf(batches, was).drop.push(userId);
    batchOf(batches, partition).rows.push(row);
    this.#partitions.set(userId, partition);
  }

  /** What Redis does not take is told by the stand-in, and said again when Redis is back. */
  async #push(partition: number, { rows, drop }: Batch): Promise<void> {
    const { store, standIn, nodeId, metrics } = this.#options;
    const field = (userId: string) => `${userId}/${nodeId}`;
    const gone = rows.filter(({ connections }) => connections === 0).map(({ userId }) => userId);
    const put = rows
      .filter(({ connections }) => connections > 0)
      .map((row) => [field(row.userId), encodePerson(row)] as const);
    const message = rows.length > 0 ? (['people', PackedPeople.of(rows)] as const) : null;
    const isTaken =
      store.isUp && (await store.push(partition, message, { put, drop: [...drop, ...gone].map(field) }));
    if (isTaken) {
      metrics.count('mirror_rows_total', {}, rows.length);
      for (const userId of gone)
        if (this.#partitions.get(userId) === partition) this.#partitions.delete(userId);
      return;
    }
    standIn.write(rows);
    for (const { userId } of rows) this.#behind.add(userId);
    if (drop.length > 0) {
      const owed = this.#owedDrops.get(partition) ?? new Set();
      this.#owedDrops.set(partition, owed);
      for (const userId of drop) owed.add(userId);
    }
    this.#isBehind = true;
    if (store.isUp || this.#isStoodInFor) return;
    this.#isStoodInFor = true;
    for (const userId of this.#partitions.keys()) if (!this.#behind.has(userId)) this.#dirty.add(userId);
  }

  #writeAgain(partition: number): void {
    for (const [userId, where] of this.#partitions) if (where === partition) this.#dirty.add(userId);
    this.#tickLater();
  }

  #heard(nodeId: string, rows: PackedPeople): void {
    const { leases } = this.#options;
    const from = this.#nameOf(nodeId);
    // Whoever speaks for the first time is alive; whose lease has run out has to renew it.
    if (!leases.isAlive(from) && !this.#known.has(from)) leases.heard(new Map([[from, 0]]));
    this.#known.add(from);
    if (!leases.isAlive(from)) return;
    if (this.#left + rows.length > (this.#options.rowsWaitingMax ?? ROWS_WAITING_MAX)) {
      this.#options.metrics.count('mirror_rows_left_total', {}, this.#left);
      this.#waiting = [];
      this.#taken = 0;
      this.#left = 0;
      void this.read();
      return;
    }
    this.#waiting.push({ from, rows });
    this.#left += rows.length;
    if (!this.#isTakingIn) this.#takeIn();
  }

  #takeIn(): void {
    const { leases, clock } = this.#options;
    let breath = Math.min(this.#left, Math.max(ROWS_AT_ONCE, Math.ceil(this.#left / BREATHS)));
    this.#left -= breath;
    while (breath > 0) {
      const { from, rows } = must(this.#waiting[0], 'a message of those whose rows are left');
      const upTo = Math.min(rows.length, this.#taken + breath);
      breath -= upTo - this.#taken;
      const isAlive = leases.isAlive(from);
      while (this.#taken < upTo) {
        if (isAlive) this.#place(from, rows, this.#taken);
        this.#taken += 1;
      }
      if (this.#taken < rows.length) break;
      this.#waiting.shift();
      this.#taken = 0;
    }
    this.#isTakingIn = this.#left > 0;
    if (this.#isTakingIn) clock.after(PAUSE_MS, () => this.#takeIn());
  }

  /** What one row does must not keep those behind it from their turn. */
  #place(from: string, rows: PackedPeople, index: number): void {
    try {
      this.#options.people.takeElsewhere(from, rows, index);
    } catch (error) {
      this.#options.metrics.count('mirror_rows_refused_total');
      this.#options.log.error({ from, ...errorFields(error) }, 'a row of another node could not be taken in');
    }
  }

  #nameOf(nodeId: string): string {
    const name = this.#names.get(nodeId) ?? nodeId;
    this.#names.set(name, name);
    return name;
  }

  async #readAll(): Promise<void> {
    const { store } = this.#options;
    do {
      this.#readAgain = false;
      for (let from = 0; from < store.partitions; from += READ_AT_ONCE) {
        const upTo = Math.min(from + READ_AT_ONCE, store.partitions);
        const reads = Array.from({ length: upTo - from }, (_, i) => store.readRows(from + i));
        for (const rows of await Promise.all(reads)) await this.#takeRows(rows);
      }
    } while (this.#readAgain);
  }

  async #takeRows(rows: ReadonlyMap<string, Uint8Array>): Promise<void> {
    const { people, leases, nodeId, clock } = this.#options;
    let taken = 0;
    for (const [field, bytes] of rows) {
      if (++taken % ROWS_AT_ONCE === 0) await new Promise<void>((resolve) => clock.after(0, resolve));
      const from = this.#nameOf(field.slice(field.indexOf('/') + 1));
      const row = decodePerson(bytes);
      if (row && from !== nodeId && leases.isAlive(from)) people.placeElsewhere(from, row);
    }
  }
}

interface Batch {
  readonly rows: PersonRow[];
  readonly drop: string[];
}

function batchOf(batches: Map<number, Batch>, partition: number): Batch {
  const batch = batches.get(partition) ?? { rows: [], drop: [] };
  batches.set(partition, batch);
  return batch;
}

/** No Redis: everything goes by the stand-in, and is done with that. */
export function standInOnly(standIn: { write(rows: readonly PersonRow[]): void }): MirrorStore {
  return {
    isUp: true,
    partitions: 0,
    partitionOf: () => 0,
    push: async (_partition, message) => {
      if (message?.[0] === 'people') standIn.write([...message[1]]);
      return true;
    },
    readRows: async () => new Map(),
    onNewEpoch: () => {},
    onMessage: () => () => {},
  };
}
