import type { Clock } from '../../lib/clock.ts';
import type { EngineReport } from '../../lib/engine-health.ts';
import { errorFields, type Logger } from '../../lib/log.ts';
import type { Metrics } from '../../lib/metric.ts';
import type { RedisAddress } from '../../lib/redis-address.ts';
import type { Bus, BusListener, BusMessage } from '../bus.ts';
import { decodeEnvelope, encodeEnvelope, encodeMessage, messagesIn } from '../bus-codec.ts';
import type { MirrorStore } from '../mirror.ts';
import { openLink, type RedisLink } from './links.ts';
import { type Carries, namesIn, PARTITIONS, partitionOf } from './partitions.ts';
import { RateLimitedLog } from './rate-limited-log.ts';
import { type Scripts, scriptsOn, TooLate } from './scripts.ts';

export interface RedisBusOptions {
  readonly address: RedisAddress;
  /** Nodes with the same prefix are one engine. */
  readonly prefix: string;
  /** Hears only buses that carry the same. */
  readonly carries: Carries;
  readonly nodeId: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Something may have been lost: the store is to be looked at now. */
  readonly onGap: () => void;
  /** Told whether Redis takes what is said. */
  readonly report?: EngineReport;
}

/** Rows of one partition that are written with what is told of them. */
export interface Rows {
  readonly put: readonly (readonly [field: string, value: Uint8Array])[];
  readonly drop: readonly string[];
}

const NO_ROWS: Rows = { put: [], drop: [] };
/** So much may be on its way to Redis; what comes on top is dropped and counted, and found by the log's tail. */
const IN_FLIGHT_BYTES = 16 * 1_048_576;
/** Each partition says something at least this often, so that a lost last message shows, and a deaf subscriber. */
export const PULSE_MS = 3_000;
const PULSE_TURNS = 16;
const ALL_PARTITIONS = Array.from({ length: PARTITIONS }, (_, partition) => partition);

/** {@link Bus} over sharded pub/sub of one Redis or a Cluster. */
export class RedisBus implements Bus, MirrorStore {
  readonly partitions = PARTITIONS;
  readonly partitionOf = partitionOf;
  readonly #options: RedisBusOptions;
  readonly #names: ReturnType<typeof namesIn>;
  readonly #partitions: ReadonlyMap<string, number>;
  readonly #errors: RateLimitedLog;
  readonly #commands: RedisLink;
  readonly #scripts: Scripts;
  readonly #listeners = new Set<BusListener>();
  readonly #waiting = new Map<number, Uint8Array[]>();
  readonly #sentSeqs = new Uint32Array(PARTITIONS);
  /** By node and partition, the last number heard. */
  readonly #heardSeqs = new Map<string, Uint32Array>();
  /** By partition, what Redis had taken of this node at the last pulse: by the next it should have been heard. */
  #takenSeqs = new Uint32Array(PARTITIONS);
  readonly #epochs: (string | null)[] = Array<string | null>(PARTITIONS).fill(null);
  readonly #onNewEpoch: ((partition: number) => void)[] = [];
  #subscriber: RedisLink;
  #inFlightBytes = 0;
  /** Null: nothing was said yet. */
  #isUp: boolean | null = null;
  /** Partitions that did not take what was said last: up is up in all of them. */
  readonly #failing = new Set<number>();
  /** Monotonic: when Redis took something last. */
  #tookAtMs = 0;
  /** One of those that fail is tried ahead of its pulse. */
  #isHurrying = false;
  #isStopped = false;
  #isFlushing = false;
  /** Every channel is subscribed to: what is sent from now on should come back. */
  #isListening = false;
  #cancelPulse = () => {};

  constructor(options: RedisBusOptions) {
    this.#options = options;
    this.#names = namesIn(options.prefix, options.carries);
    this.#partitions = new Map(
      Array.from({ length: PARTITIONS }, (_, partition) => [this.#names.channel(partition), partition]),
    );
    this.#errors = new RateLimitedLog(options);
    this.#commands = openLink(options.address, this.#errors, false);
    this.#scripts = scriptsOn(this.#commands, options.clock);
    this.#subscriber = this.#listen();
    this.#pulseLater();
  }

  get isUp(): boolean {
    return this.#isUp === true;
  }

  tell(key: string, message: BusMessage): void {
    this.#tellIn(partitionOf(key), encodeMessage(message));
  }

  onMessage(listener: BusListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Told of each partition whose rows are gone from Redis, and have to be written again. */
  onNewEpoch(listener: (partition: number) => void): void {
    this.#onNewEpoch.push(listener);
  }

  /** Writes rows and tells of them. False: neither is certain. */
  async push(partition: number, message: BusMessage | null, rows: Rows): Promise<boolean> {
    const messages = message ? [encodeMessage(message)] : [];
    return this.#send(partition, messages, rows);
  }

  /** All rows of a partition. Rejects when Redis does not answer. */
  async readRows(partition: number): Promise<ReadonlyMap<string, Uint8Array>> {
    const rows = await this.#commands.hgetallBuffer(this.#names.rows(partition));
    return new Map(Object.entries(rows));
  }

  /** Renews this node's lease, or gives it up. Rejects when Redis does not answer. */
  beat(keepMs: number, leaves = false): Promise<Map<string, number>> {
    return this.#scripts.beat(this.#names.leases, this.#options.nodeId, keepMs, leaves);
  }

  /** Resolves once every partition has been heard of, or the time is over: then the tail has to do. */
  async ready(withinMs: number): Promise<boolean> {
    const { clock } = this.#options;
    const deadlineMs = clock.monotonicMs() + withinMs;
    while (!this.#isStopped && clock.monotonicMs() < deadlineMs) {
      if (await this.#pulse(ALL_PARTITIONS)) return true;
      await new Promise<void>((resolve) => clock.after(100, resolve));
    }
    if (this.#isUp === null) this.#switchTo(false);
    return false;
  }

  async stop(): Promise<void> {
    this.#cancelPulse();
    this.#flush();
    await this.beat(0, true).catch(() => {});
    this.#isStopped = true;
    this.#commands.disconnect();
    this.#subscriber.disconnect();
  }

  #tellIn(partition: number, bytes: Uint8Array): void {
    if (this.#isStopped) return;
    const waiting = this.#waiting.get(partition);
    if (waiting) waiting.push(bytes);
    else this.#waiting.set(partition, [bytes]);
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    // Before later callbacks of this turn, such as deciding whom to ask: those take longer than the way to the other nodes.
    queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    this.#isFlushing = false;
    for (const [partition, messages] of this.#waiting) void this.#send(partition, messages, NO_ROWS);
    this.#waiting.clear();
  }

  async #send(
    partition: number,
    messages: readonly Uint8Array[],
    rows: Rows,
    isAgain = false,
  ): Promise<boolean> {
    if (this.#isStopped) return false;
    const { carries } = this.#options;
    const seq = (this.#sentSeqs[partition] ?? 0) + 1;
    this.#sentSeqs[partition] = seq;
    const envelope = encodeEnvelope(this.#options.nodeId, seq, messages);
    const bytes = envelope.length + rows.put.reduce((sum, [, value]) => sum + value.length + 40, 0);
    if (this.#inFlightBytes + bytes > IN_FLIGHT_BYTES) {
      this.#options.metrics.count('bus_dropped_total', { carries, reason: 'in_flight' });
      return false;
    }
    this.#inFlightBytes += bytes;
    const sentAtMs = this.#options.clock.monotonicMs();
    try {
      await this.#publish(partition, envelope, rows);
      this.#took(partition);
      return true;
    } catch (error) {
      const isLate = error instanceof TooLate;
      this.#options.metrics.count('bus_dropped_total', { carries, reason: isLate ? 'late' : 'failed' });
      if (isLate) return false;
      this.#refused(partition, sentAtMs, isAgain);
      this.#errors.failed(error);
      return false;
    } finally {
      this.#inFlightBytes -= bytes;
    }
  }

  async #publish(partition: number, envelope: Uint8Array, rows: Rows): Promise<void> {
    const keys = {
      rows: this.#names.rows(partition),
      epoch: this.#names.epoch(partition),
      channel: this.#names.channel(partition),
    };
    const epoch = await this.#scripts.push(partition, keys, { epoch: this.#newEpoch(), envelope, ...rows });
    const before = this.#epochs[partition];
    this.#epochs[partition] = epoch;
    if (before !== null && before !== epoch) {
      this.#options.metrics.count('mirror_epochs_total');
      for (const listener of this.#onNewEpoch) listener(partition);
    }
  }

  #newEpoch(): string {
    return `${this.#options.nodeId}:${Math.trunc(this.#options.clock.nowMs())}`;
  }

  #setUp(isUp: boolean): void {
    if (this.#isUp !== isUp && !this.#isStopped) this.#switchTo(isUp);
  }

  #switchTo(isUp: boolean): void {
    this.#isUp = isUp;
    const { carries, metrics, report } = this.#options;
    metrics.gauge('bus_up', isUp ? 1 : 0, { carries });
    report?.(isUp ? null : 'no_answer');
    if (isUp) this.#options.onGap();
  }

  #took(partition: number): void {
    this.#tookAtMs = this.#options.clock.monotonicMs();
    this.#failing.delete(partition);
    const [failing] = this.#failing;
    if (failing === undefined) this.#setUp(true);
    else if (!this.#isHurrying) {
      // It answers again: the others need not wait for their pulse.
      this.#isHurrying = true;
      void this.#send(failing, [], NO_ROWS, true).finally(() => {
        this.#isHurrying = false;
        if (!this.#failing.has(failing)) this.#took(failing);
      });
    }
  }

  #refused(partition: number, sentAtMs: number, isAgain: boolean): void {
    // Something was taken since it was sent, so it was lost with its connection; or its part of a Cluster is away.
    if (this.#tookAtMs > sentAtMs && !isAgain) {
      void this.#send(partition, [], NO_ROWS, true);
      return;
    }
    // While it is being connected to for the first time it is not away yet.
    if (this.#isUp === null) return;
    this.#failing.add(partition);
    this.#setUp(false);
  }

  #listen(): RedisLink {
    const { address } = this.#options;
    const link = openLink(address, this.#errors, true);
    link.on('smessageBuffer', (channel: Buffer, bytes: Buffer) =>
      this.#heard(this.#partitions.get(channel.toString()) ?? 0, bytes),
    );
    link.on('ready', () => this.#options.onGap());
    const subscribe = async () => {
      for (let partition = 0; partition < PARTITIONS && !this.#isStopped; partition++) {
        // One call per slot: several slots in one call are an error of Redis.
        await link.ssubscribe(this.#names.channel(partition));
      }
      if (link === this.#subscriber) this.#isListening = true;
    };
    link.once('ready', () => {
      // Not before the connection is this bus's own: a ready one may answer within the constructor.
      Promise.resolve()
        .then(subscribe)
        .catch((error: unknown) => {
          this.#errors.failed(error);
          this.#startOver(link);
        });
    });
    return link;
  }

  /** Hears nothing though it should: everything about the subscription is made anew. */
  #startOver(link: RedisLink): void {
    if (this.#isStopped || link !== this.#subscriber) return;
    this.#options.metrics.count('bus_subscriptions_renewed_total');
    link.disconnect();
    this.#isListening = false;
    this.#takenSeqs = new Uint32Array(PARTITIONS);
    this.#subscriber = this.#listen();
    this.#options.onGap();
  }

  #heard(partition: number, bytes: Uint8Array): void {
    const envelope = decodeEnvelope(bytes);
    if (!envelope) {
      this.#options.metrics.count('bus_unreadable_total');
      return;
    }
    const { fromNodeId, seq } = envelope;
    const heard = this.#heardSeqs.get(fromNodeId) ?? new Uint32Array(PARTITIONS);
    this.#heardSeqs.set(fromNodeId, heard);
    const last = heard[partition] ?? 0;
    if (seq <= last) {
      // A Cluster that moved has told it late: what came since counts, and the store has it.
      this.#options.metrics.count('bus_late_total');
      return;
    }
    heard[partition] = seq;
    if (fromNodeId === this.#options.nodeId) return;
    if (seq > last + 1) {
      // Who is heard for the first time may have spoken before: nothing went wrong, and there may be something to read.
      if (last > 0) this.#options.metrics.count('bus_gaps_total');
      this.#options.onGap();
    }
    const messages = messagesIn(envelope);
    if (!messages) {
      // Its number counts as heard: nobody else will say that there was something to find.
      this.#options.metrics.count('bus_unreadable_total');
      this.#options.onGap();
    }
    for (const message of messages ?? []) this.#tellListeners(message, fromNodeId);
  }

  /** What one of them can't take in stops neither the others nor the node: it would be thrown into the connection. */
  #tellListeners(message: BusMessage, fromNodeId: string): void {
    const { log, metrics } = this.#options;
    for (const listener of this.#listeners) {
      try {
        listener(message, fromNodeId);
      } catch (error) {
        metrics.count('bus_not_taken_in_total', { kind: message[0] });
        log.error(
          { kind: message[0], ...errorFields(error) },
          'what another node told could not be taken in',
        );
      }
    }
  }

  /** What is kept of a node that is gone. */
  forget(nodeId: string): void {
    this.#heardSeqs.delete(nodeId);
  }

  /** A few partitions at a time: all of them at once would hold up an event for as long as they take. */
  #pulseLater(turn = 0): void {
    if (this.#isStopped) return;
    this.#cancelPulse = this.#options.clock.after(PULSE_MS / PULSE_TURNS, () => {
      const due = ALL_PARTITIONS.filter((partition) => partition % PULSE_TURNS === turn);
      void this.#pulse(due).finally(() => this.#pulseLater((turn + 1) % PULSE_TURNS));
    });
  }

  /** Says something in these partitions: their epochs come back, and whoever is deaf or missed something learns of it. */
  async #pulse(partitions: readonly number[]): Promise<boolean> {
    const own = this.#heardSeqs.get(this.#options.nodeId);
    if (partitions.some((partition) => (this.#takenSeqs[partition] ?? 0) > (own?.[partition] ?? 0))) {
      this.#startOver(this.#subscriber);
    }
    const sent = await Promise.all(
      partitions.map(async (partition) => {
        const taken = await this.#send(partition, [], NO_ROWS);
        if (taken && this.#isListening) this.#takenSeqs[partition] = this.#sentSeqs[partition] ?? 0;
        return taken;
      }),
    );
    return this.#isListening && sent.every(Boolean);
  }
}
