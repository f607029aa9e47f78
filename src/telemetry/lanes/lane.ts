import type { Clock } from '../../lib/clock.ts';
import { isUuid } from '../../lib/ids.ts';
import type { Logger } from '../../lib/log.ts';
import type { Metrics } from '../../lib/metric.ts';
import type { Random } from '../../lib/random.ts';
import { Answers } from './answers.ts';
import { CursorLoader } from './cursor-loader.ts';
import { Flusher } from './flusher.ts';
import { judgeFrame } from './judge-frame.ts';
import type { LaneStore, StoredEpoch } from './lane-store.ts';
import { LruMap } from './lru-map.ts';
import { frameBytes, type MemoryBudget } from './memory-budget.ts';
import type { Plan } from './plan.ts';
import { DEFAULT_SETTINGS, type LaneSettings } from './settings.ts';
import type { LaneSteps } from './steps.ts';
import { type DeviceEpoch, type Entry, keyOf, type LaneFrame, type TelemetrySource } from './types.ts';

export interface LaneParts<Value, Memory, Now> {
  readonly steps: LaneSteps<Value, Memory, Now>;
  readonly store: LaneStore<Value>;
  /** Shared by all lanes. */
  readonly budget: MemoryBudget;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly settings?: Partial<LaneSettings>;
}

/** What is known of a device and epoch. `storedSeq` may be behind the store, never ahead of it. */
interface Known<Memory> {
  judgedSeq: number;
  memory: Memory;
  storedSeq: number;
}

/** A frame with all that belongs to it. */
interface Arrived {
  readonly device: DeviceEpoch;
  readonly key: string;
  readonly frame: LaneFrame;
  readonly receivedAtMs: number;
  readonly source: TelemetrySource;
  readonly bytes: number;
}

/** For so long a hole after a hole is answered from memory: senders that heed nothing would have the store asked for each frame. */
const ASK_AGAIN_MS = 1_000;

/** Why a sender is told to wait. */
type HoldCause = 'memory' | 'store' | 'stopping' | 'unstorable' | 'unheeded' | 'overload';

/** What a frame of rows without numbers says of now. */
export interface Hint {
  readonly row: unknown;
  readonly sentAtMs: number;
}

/**
 * From the frame to the durable acknowledgement. A row is judged as soon as its device is known, which tells who
 * watches, and is acknowledged once committed. Judging goes on while the store is away.
 *
 * What judging remembers of a device lives in memory. When it is absent (a new node, or forgotten for others) it is read
 * from the store. When the store can't be read, judging starts from nothing.
 */
export class Lane<Value, Memory, Now> {
  readonly #parts: LaneParts<Value, Memory, Now>;
  readonly #settings: LaneSettings;
  readonly #answers: Answers;
  readonly #known: LruMap<Known<Memory>>;
  /** Of each device, whatever its epoch. */
  readonly #now: LruMap<Now>;
  readonly #loader: CursorLoader<Value>;
  readonly #flusher: Flusher<Value>;
  /** Frames of devices that the store is being asked about, in order of arrival. */
  readonly #parked = new Map<string, Arrived[]>();
  /** What the store has last confirmed because of a hole in what a sender sent, and when by the monotonic clock. */
  readonly #confirmed = new WeakMap<
    TelemetrySource,
    { readonly known: Known<Memory>; readonly atMs: number }
  >();
  #stopping = false;

  constructor(parts: LaneParts<Value, Memory, Now>) {
    this.#parts = parts;
    this.#settings = { ...DEFAULT_SETTINGS, ...parts.settings };
    this.#answers = new Answers(parts.steps.lane, parts.metrics);
    this.#known = LruMap.ofMany(this.#settings.devicesMax);
    this.#now = LruMap.ofMany(this.#settings.devicesMax);
    this.#loader = new CursorLoader(parts.store, parts.log);
    this.#flusher = new Flusher({
      ...parts,
      lane: parts.steps.lane,
      settings: this.#settings,
      ends: {
        stored: (entries, plan) => this.#stored(entries, plan),
        unstorable: (entry) => this.#letGo(entry, 'unstorable'),
        unheeded: (entry) => this.#letGo(entry, 'unheeded'),
        delayed: (entries) => {
          for (const source of new Set(entries.map((entry) => entry.source))) this.#hold(source, 'store');
        },
        released: (entries) => parts.budget.give(entries.reduce((sum, { bytes }) => sum + bytes, 0)),
      },
    });
  }

  /**
   * What is committed of this device and epoch. Null when the store can't tell: a guess below what the device was told
   * already would make it think that the server has lost something.
   */
  ackedSeq(device: DeviceEpoch): Promise<number | null> {
    if (!isNamed(device)) return Promise.resolve(0);
    return new Promise((resolve) => {
      this.#loader.load(device, (stored) => {
        if (stored) this.#learn(keyOf(device), stored);
        resolve(stored?.cursorSeq ?? null);
      });
    });
  }

  /** Takes a frame in, never waiting and never throwing; answered through `source`. */
  take(
    from: { userId: string; deviceId: string },
    frame: LaneFrame,
    receivedAtMs: number,
    source: TelemetrySource,
  ): void {
    const { steps, budget } = this.#parts;
    const arrived = this.#arrived(from, frame, receivedAtMs, source);
    if (!arrived) return;
    if (this.#stopping) this.#turnAway(arrived, 'stopping');
    else if (budget.take(arrived.bytes, steps.lane)) this.#route(arrived);
    else this.#turnAway(arrived, 'memory');
  }

  /** Takes of a frame only what it says of now; the whole has to be sent again. */
  putOff(
    from: { userId: string; deviceId: string },
    frame: LaneFrame,
    receivedAtMs: number,
    source: TelemetrySource,
  ): void {
    const arrived = this.#arrived(from, frame, receivedAtMs, source);
    if (arrived) this.#turnAway(arrived, 'overload');
  }

  /** Takes what says how things are now, without a number: told to who watches, and kept nowhere. */
  hint(device: DeviceEpoch, { row, sentAtMs }: Hint, receivedAtMs: number): void {
    if (!isNamed(device)) return;
    const { steps, metrics } = this.#parts;
    const nowKey = nowKeyOf(device);
    const memory = this.#known.get(keyOf(device))?.memory;
    const { told, now } = steps.hint(memory, this.#now.get(nowKey), { row, sentAtMs, receivedAtMs });
    if (now !== undefined) this.#now.set(nowKey, now);
    if (told !== null) this.#tell([{ device, seq: 0, value: told, receivedAtMs }]);
    metrics.count('telemetry_hints', { lane: steps.lane, outcome: told === null ? 'unused' : 'live' });
  }

  /** Takes no more, stores what it can. What is not acknowledged then, devices send again. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#flusher.stop();
  }

  /** Null, and counted: its ids are none. */
  #arrived(
    from: { userId: string; deviceId: string },
    frame: LaneFrame,
    receivedAtMs: number,
    source: TelemetrySource,
  ): Arrived | null {
    const { steps, metrics } = this.#parts;
    const device = { userId: from.userId, deviceId: from.deviceId, epoch: frame.epoch };
    if (!isNamed(device)) {
      metrics.count('telemetry_frames_dropped', { lane: steps.lane, reason: 'ids' });
      return null;
    }
    const bytes = frameBytes(frame.rows.length, steps.rowBytes);
    return { device, key: keyOf(device), frame, receivedAtMs, source, bytes };
  }

  #route(arrived: Arrived): void {
    const parked = this.#parked.get(arrived.key);
    if (parked) {
      parked.push(arrived);
      return;
    }
    const known = this.#known.get(arrived.key);
    if (known && arrived.frame.seq <= known.judgedSeq + 1) {
      this.#admit(known, arrived);
      return;
    }
    if (known && this.#isJustConfirmed(known, arrived.source)) {
      this.#parts.budget.give(arrived.bytes);
      this.#nack(arrived, known.judgedSeq + 1);
      return;
    }
    // Unknown here, or a hole: another node may have stored what is missing, so the store decides.
    this.#parked.set(arrived.key, [arrived]);
    this.#loader.load(arrived.device, (stored) => this.#unpark(arrived.key, stored));
  }

  /** Whoever leaves one hole after the other on one socket is taken to reach no other node meanwhile. */
  #isJustConfirmed(known: Known<Memory>, source: TelemetrySource): boolean {
    const confirmed = this.#confirmed.get(source);
    // What was forgotten and begun anew may be behind what the sender was told.
    return confirmed?.known === known && this.#parts.clock.monotonicMs() - confirmed.atMs < ASK_AGAIN_MS;
  }

  #unpark(key: string, stored: StoredEpoch<Value> | null): void {
    const frames = this.#parked.get(key) ?? [];
    this.#parked.delete(key);
    if (stored) this.#learn(key, stored);
    for (const arrived of frames) {
      const known = this.#known.get(key) ?? this.#startFromNothing(key, arrived.frame.seq - 1);
      const expectedSeq = known.judgedSeq + 1;
      if (arrived.frame.seq <= expectedSeq) {
        this.#admit(known, arrived);
      } else {
        this.#parts.budget.give(arrived.bytes);
        if (stored) {
          this.#confirmed.set(arrived.source, { known, atMs: this.#parts.clock.monotonicMs() });
          this.#nack(arrived, expectedSeq);
        } else this.#hold(arrived.source, 'store');
      }
    }
  }

  /** Judges what is new in a frame that leaves no hole, tells of it, and queues it. */
  #admit(known: Known<Memory>, arrived: Arrived): void {
    const { device, key, frame, receivedAtMs, source, bytes } = arrived;
    const lastSeq = frame.seq + frame.rows.length - 1;
    const { rows, heeded } = this.#judge(known, arrived, lastSeq);
    const isStored = lastSeq <= known.storedSeq;
    if (isStored) this.#answers.ack(source, frame.epoch, known.storedSeq);
    else if (this.#flusher.failing) this.#hold(source, 'store');
    // Sent again while what it holds waits in the queue: of use only when the queue is moving.
    if (isStored || (rows.length === 0 && this.#flusher.failing)) this.#parts.budget.give(bytes);
    else this.#flusher.push({ device, key, rows, lastSeq, receivedAtMs, source, bytes, ...heeded });
  }

  #judge(known: Known<Memory>, { device, frame, receivedAtMs }: Arrived, lastSeq: number) {
    const { steps, metrics } = this.#parts;
    const nowKey = nowKeyOf(device);
    const before = { judgedSeq: known.judgedSeq, memory: known.memory, now: this.#now.get(nowKey) };
    const { memory, now, rows, told, outcomes } = judgeFrame(steps, before, frame, receivedAtMs);
    known.judgedSeq = Math.max(known.judgedSeq, lastSeq);
    known.memory = memory;
    if (now !== undefined) this.#now.set(nowKey, now);
    for (const [outcome, count] of outcomes)
      metrics.count('telemetry_rows', { lane: steps.lane, outcome }, count);
    const heeded = this.#tell(told.map(({ seq, value }) => ({ device, seq, value, receivedAtMs })));
    return { rows, heeded: heeded ? { heeded } : {} };
  }

  /** Undefined: nobody has to be waited for. */
  #tell(rows: readonly Parameters<LaneSteps<Value, Memory, Now>['tell']>[0][]): Promise<boolean> | undefined {
    const waits = rows.flatMap((row) => this.#parts.steps.tell(row) ?? []);
    if (waits.length === 0) return undefined;
    return Promise.all(waits).then(
      () => true,
      () => false,
    );
  }

  /** It is not stored now, but its newest row still says how things are. It has to be sent again. */
  #turnAway({ device, frame, receivedAtMs, source }: Arrived, cause: HoldCause): void {
    const { sentAtMs, rows } = frame;
    if (rows.length > 0) this.hint(device, { row: rows.at(-1), sentAtMs }, receivedAtMs);
    this.#hold(source, cause);
  }

  #learn(key: string, stored: StoredEpoch<Value>): void {
    const known = this.#known.get(key) ?? this.#startFromNothing(key, -1);
    known.storedSeq = Math.max(known.storedSeq, stored.cursorSeq);
    if (stored.cursorSeq > known.judgedSeq) {
      known.judgedSeq = stored.cursorSeq;
      known.memory = this.#parts.steps.begin(stored.last);
    }
  }

  #startFromNothing(key: string, judgedSeq: number): Known<Memory> {
    const known = { judgedSeq, memory: this.#parts.steps.begin(null), storedSeq: 0 };
    this.#known.set(key, known);
    return known;
  }

  #stored(entries: readonly Entry<Value>[], plan: Plan<Value>): void {
    for (const [key, seq] of plan.storedSeq) {
      // One that is being asked about is learnt too: the answer may be from before this commit.
      const isAsked = this.#parked.has(key);
      const known = this.#known.get(key) ?? (isAsked ? this.#startFromNothing(key, -1) : undefined);
      if (!known) continue;
      known.storedSeq = Math.max(known.storedSeq, seq);
      known.judgedSeq = Math.max(known.judgedSeq, seq);
    }
    // The store holds less than was believed: believe nothing, and read it again.
    for (const { key } of plan.beyondHole) this.#known.delete(key);
    this.#parts.metrics.count('telemetry_nacks', { lane: this.#parts.steps.lane }, plan.beyondHole.size);
    this.#answers.stored(entries, plan);
  }

  /** It is not stored and never will be as it is here: believed to be unknown, it can come again. */
  #letGo(entry: Entry<Value>, cause: 'unstorable' | 'unheeded'): void {
    this.#known.delete(entry.key);
    this.#hold(entry.source, cause);
  }

  #nack({ frame, source }: Arrived, expectedSeq: number): void {
    this.#parts.metrics.count('telemetry_nacks', { lane: this.#parts.steps.lane });
    this.#answers.nack(source, frame.epoch, expectedSeq);
  }

  #hold(source: TelemetrySource, cause: HoldCause): void {
    this.#parts.metrics.count('telemetry_holds', { lane: this.#parts.steps.lane, cause });
    this.#answers.hold(source, this.#settings.holdMs * (1 + this.#parts.random()));
  }
}

const isNamed = ({ userId, deviceId, epoch }: DeviceEpoch): boolean =>
  [userId, deviceId, epoch].every(isUuid);

const nowKeyOf = ({ userId, deviceId }: DeviceEpoch): string => `${userId}/${deviceId}`;
