import type { Clock } from '../../lib/clock.ts';
import { isUuid } from '../../lib/ids.ts';
import type { Logger } from '../../lib/log.ts';
import type { Metrics } from '../../lib/metric.ts';
import type { Random } from '../../lib/random.ts';
import { judgeFrame, liveHint } from '../positions/judge-frame.ts';
import { NOTHING_KNOWN, type Track } from '../positions/pipeline.ts';
import { answerStored, sendAck, sendHold, sendNack } from './answers.ts';
import { Flusher } from './flusher.ts';
import { LruMap } from './lru-map.ts';
import { frameBytes, MemoryBudget } from './memory-budget.ts';
import type { Plan } from './plan.ts';
import { CursorUnknown, type PositionStore, type StoredTrack } from './position-store.ts';
import { DEFAULT_SETTINGS, type IngestSettings } from './settings.ts';
import { TrackLoader } from './track-loader.ts';
import {
  type DeviceEpoch,
  type Entry,
  keyOf,
  type LivePositions,
  type PositionsFrame,
  type TelemetrySource,
} from './types.ts';

export interface IngestParts {
  readonly store: PositionStore;
  readonly live: LivePositions;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly settings?: Partial<IngestSettings>;
}

/** What is known of a device and epoch. `storedSeq` may be behind the store, never ahead of it. */
interface Known {
  track: Track;
  storedSeq: number;
}

/** A frame with all that belongs to it. */
interface Arrived {
  readonly device: DeviceEpoch;
  readonly key: string;
  readonly frame: PositionsFrame;
  readonly receivedAtMs: number;
  readonly source: TelemetrySource;
  readonly bytes: number;
}

/**
 * Takes positions in. A fix is judged as soon as its device is known, which moves the live index, and is acknowledged
 * once committed. Judgement and the live index go on while the store is away.
 *
 * The judging state of a device lives in memory. When it is absent (a new node, or forgotten for others) it is read
 * from the store: the cursor and the last fix of the last day. What is lost with it: dissenting fixes counted so far.
 * When the store can't be read, judging starts from nothing: the first fix is believed, until three others outvote it.
 */
export class PositionIngest {
  readonly #parts: IngestParts;
  readonly #settings: IngestSettings;
  readonly #budget: MemoryBudget;
  readonly #known: LruMap<Known>;
  readonly #loader: TrackLoader;
  readonly #flusher: Flusher;
  /** Frames of devices that the store is being asked about, in order of arrival. */
  readonly #parked = new Map<string, Arrived[]>();
  #stopping = false;

  constructor(parts: IngestParts) {
    this.#parts = parts;
    this.#settings = { ...DEFAULT_SETTINGS, ...parts.settings };
    this.#budget = new MemoryBudget(this.#settings.queueBytesMax, parts.metrics);
    this.#known = new LruMap(this.#settings.tracksMax);
    this.#loader = new TrackLoader(parts.store, parts.log);
    this.#flusher = new Flusher({
      ...parts,
      settings: this.#settings,
      ends: {
        stored: (entries, plan) => this.#stored(entries, plan),
        unstorable: (entry) => this.#unstorable(entry),
        delayed: (entries) => {
          for (const source of new Set(entries.map((entry) => entry.source))) this.#hold(source, 'store');
        },
        released: (entries) => this.#budget.give(entries.reduce((sum, { bytes }) => sum + bytes, 0)),
      },
    });
  }

  /**
   * What is committed of this device and epoch. Rejects with {@link CursorUnknown} when the store can't tell: a guess
   * below what the device was told already would make it think that the server has lost something.
   */
  ackedSeq(userId: string, { id, epoch }: { id: string; epoch: string }): Promise<number> {
    const device = { userId, deviceId: id, epoch };
    if (![userId, id, epoch].every(isUuid)) return Promise.resolve(0);
    return new Promise((resolve, reject) => {
      this.#loader.load(device, (stored) => {
        if (!stored) return reject(new CursorUnknown());
        this.#learn(keyOf(device), stored);
        resolve(stored.cursorSeq);
      });
    });
  }

  /** Takes a frame in, never waiting and never throwing; answered through `source`. */
  take(
    from: { userId: string; deviceId: string },
    frame: PositionsFrame,
    receivedAtMs: number,
    source: TelemetrySource,
  ): void {
    const device = { userId: from.userId, deviceId: from.deviceId, epoch: frame.epoch };
    if (![device.userId, device.deviceId, device.epoch].every(isUuid)) {
      this.#parts.metrics.count('telemetry_frames_dropped', { reason: 'ids' });
      return;
    }
    const bytes = frameBytes(frame.fixes.length);
    const arrived = { device, key: keyOf(device), frame, receivedAtMs, source, bytes };
    if (this.#stopping || !this.#budget.take(bytes)) this.#turnAway(arrived);
    else this.#route(arrived);
  }

  /** Takes no more, stores what it can. What is not acknowledged then, devices send again. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#flusher.stop();
  }

  #route(arrived: Arrived): void {
    const parked = this.#parked.get(arrived.key);
    if (parked) {
      parked.push(arrived);
      return;
    }
    const known = this.#known.get(arrived.key);
    if (known && arrived.frame.seq <= known.track.judgedSeq + 1) {
      this.#admit(known, arrived);
      return;
    }
    // Unknown here, or a hole: another node may have stored what is missing, so the store decides.
    this.#parked.set(arrived.key, [arrived]);
    this.#loader.load(arrived.device, (stored) => this.#unpark(arrived.key, stored));
  }

  #unpark(key: string, stored: StoredTrack | null): void {
    const frames = this.#parked.get(key) ?? [];
    this.#parked.delete(key);
    if (stored) this.#learn(key, stored);
    for (const arrived of frames) {
      const known = this.#known.get(key) ?? this.#startFromNothing(key, arrived.frame.seq - 1);
      const expectedSeq = known.track.judgedSeq + 1;
      if (arrived.frame.seq <= expectedSeq) {
        this.#admit(known, arrived);
      } else {
        this.#budget.give(arrived.bytes);
        if (stored) this.#nack(arrived, expectedSeq);
        else this.#hold(arrived.source, 'store');
      }
    }
  }

  /** Judges what is new in a frame that leaves no hole, and queues it. */
  #admit(known: Known, arrived: Arrived): void {
    const { device, key, frame, receivedAtMs, source, bytes } = arrived;
    const { track, fixes, moved, outcomes } = judgeFrame(
      known.track,
      frame,
      receivedAtMs,
      this.#settings.rules,
    );
    known.track = track;
    for (const fix of moved) this.#parts.live.moved(device.userId, fix.lat, fix.lng, receivedAtMs);
    for (const [outcome, count] of outcomes) this.#parts.metrics.count('telemetry_fixes', { outcome }, count);
    const lastSeq = frame.seq + frame.fixes.length - 1;
    const isStored = lastSeq <= known.storedSeq;
    if (isStored) sendAck(source, frame.epoch, known.storedSeq);
    else if (this.#flusher.failing) this.#hold(source, 'store');
    // Sent again while what it holds waits in the queue: of use only when the queue is moving.
    if (isStored || (fixes.length === 0 && this.#flusher.failing)) this.#budget.give(bytes);
    else this.#flusher.push({ device, key, fixes, lastSeq, receivedAtMs, source, bytes });
  }

  /** No room to store it now, but its newest fix still says where this person is. Nothing of it is remembered. */
  #turnAway({ device, key, frame, receivedAtMs, source }: Arrived): void {
    const hint = this.#parked.has(key)
      ? null
      : liveHint(this.#known.get(key)?.track ?? NOTHING_KNOWN, frame, receivedAtMs, this.#settings.rules);
    if (hint) this.#parts.live.moved(device.userId, hint.lat, hint.lng, receivedAtMs);
    this.#hold(source, this.#stopping ? 'stopping' : 'memory');
  }

  #learn(key: string, stored: StoredTrack): void {
    const known = this.#known.get(key) ?? this.#startFromNothing(key, -1);
    known.storedSeq = Math.max(known.storedSeq, stored.cursorSeq);
    if (stored.cursorSeq > known.track.judgedSeq) {
      known.track = { judgedSeq: stored.cursorSeq, last: stored.last, dissenters: [] };
    }
  }

  #startFromNothing(key: string, judgedSeq: number): Known {
    const known = { track: { ...NOTHING_KNOWN, judgedSeq }, storedSeq: 0 };
    this.#known.set(key, known);
    return known;
  }

  #stored(entries: readonly Entry[], plan: Plan): void {
    for (const [key, seq] of plan.storedSeq) {
      const known = this.#known.get(key);
      // One that is being asked about is learnt too: the answer may be from before this commit.
      if (known || this.#parked.has(key)) {
        this.#learn(key, { cursorSeq: seq, last: known?.track.last ?? null });
      }
    }
    // The store holds less than was believed: believe nothing, and read it again.
    for (const { key } of plan.beyondHole) this.#known.delete(key);
    this.#parts.metrics.count('telemetry_nacks', {}, plan.beyondHole.size);
    answerStored(entries, plan);
  }

  #unstorable(entry: Entry): void {
    this.#known.delete(entry.key);
    this.#hold(entry.source, 'unstorable');
  }

  #nack({ frame, source }: Arrived, expectedSeq: number): void {
    this.#parts.metrics.count('telemetry_nacks');
    sendNack(source, frame.epoch, expectedSeq);
  }

  #hold(source: TelemetrySource, cause: 'memory' | 'store' | 'stopping' | 'unstorable'): void {
    this.#parts.metrics.count('telemetry_holds', { cause });
    sendHold(source, this.#settings.holdMs * (1 + this.#parts.random()));
  }
}
