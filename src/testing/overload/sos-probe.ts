import { randomUUID } from 'node:crypto';
import { destination, type LatLng } from '../../geo/lat-lng.ts';
import { must } from '../../lib/assert.ts';
import type { Random } from '../../lib/random.ts';
import type { DownFrame } from '../../protocol/down.ts';
import type { Line } from '../line.ts';
import { letIn } from './let-in.ts';
import type { Extra } from './scene.ts';

/** What somebody in trouble waits for, in ms. */
export interface Waits {
  /** From the call to its acknowledgement. */
  readonly ackMs: number[];
  /** From the call to the first offer at somebody's device. */
  readonly offerMs: number[];
  /** From the call to its event on the feed of a dispatcher who reads. */
  readonly feedMs: number[];
  /** From a position to its acknowledgement. */
  readonly positionMs: number[];
}

export interface ProbeParts {
  readonly url: string;
  readonly requesters: readonly Extra[];
  readonly responders: readonly Extra[];
  readonly dispatcher: Extra;
  readonly random: Random;
  /** How often each of those who can be asked says where they are. */
  readonly movesEveryMs: number;
}

const nothingWaited = (): Waits => ({ ackMs: [], offerMs: [], feedMs: [], positionMs: [] });

const NEAR_M = 300;
const GIVES_UP_MS = 1_500;
const BEATS_EVERY_MS = 10_000;

/** People who call for help again and again, those who are asked, and a dispatcher; all of them obey and read. */
export class SosProbe {
  readonly #random: Random;
  readonly #places: readonly LatLng[];
  readonly #lines: Line[] = [];
  readonly #callers: Line[] = [];
  readonly #movers: (() => void)[] = [];
  readonly #timers: NodeJS.Timeout[] = [];
  /** By command, when it was sent; by SOS, the same once it is known. */
  readonly #sentAtMs = new Map<string, number>();
  readonly #calledAtMs = new Map<string, number>();
  /** Seen before the acknowledgement told whose they are. */
  readonly #offeredAtMs = new Map<string, number>();
  readonly #seenAtMs = new Map<string, number>();
  #waits = nothingWaited();
  #turn = 0;
  #raised = 0;
  #refused = new Map<string, number>();

  private constructor(random: Random, places: readonly LatLng[]) {
    this.#random = random;
    this.#places = places;
  }

  static async start(parts: ProbeParts): Promise<SosProbe> {
    const { url, requesters, responders, dispatcher, random } = parts;
    const probe = new SosProbe(
      random,
      responders.map(({ at }) => at),
    );
    for (const { token } of requesters) probe.#callers.push(await probe.#open(url, token));
    for (const one of responders) await probe.#responder(url, one);
    const desk = await probe.#open(url, dispatcher.token);
    desk.say(['watch', { feed: 'dispatch' }]);
    probe.#every(BEATS_EVERY_MS, () => {
      for (const line of probe.#lines) line.say(['hb', { sentAtMs: Date.now() }]);
    });
    const slices = 20;
    let turn = 0;
    probe.#every(parts.movesEveryMs / slices, () => {
      for (let i = turn++ % slices; i < probe.#movers.length; i += slices) probe.#movers[i]?.();
    });
    return probe;
  }

  /** Calls for help so often until `isOver`; the answer is what was waited for meanwhile. */
  async raise(perS: number, isOver: () => boolean): Promise<Waits & { readonly raised: number }> {
    this.#waits = nothingWaited();
    this.#raised = 0;
    const startMs = performance.now();
    while (!isOver()) {
      this.#raiseOne();
      const leftMs = startMs + (this.#raised * 1_000) / perS - performance.now();
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, leftMs)));
    }
    await new Promise((resolve) => setTimeout(resolve, 2 * GIVES_UP_MS));
    const waits = this.#waits;
    // Positions go on, and what they wait from now on is none of this.
    this.#waits = nothingWaited();
    return { ...waits, raised: this.#raised };
  }

  /** Refusals of what was asked for, by code. */
  get refused(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#refused);
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
    for (const line of this.#lines) line.close();
  }

  #every(ms: number, act: () => void): void {
    this.#timers.push(setInterval(act, ms));
  }

  async #open(url: string, token: string, deviceId?: string): Promise<Line> {
    const line = await letIn(url, token, deviceId);
    line.onFrame = (frame) => this.#heard(line, frame);
    this.#lines.push(line);
    return line;
  }

  async #responder(url: string, { userId, token, at }: Extra): Promise<void> {
    const line = await this.#open(url, token, randomUUID());
    line.say(['sub', { stream: `inbox:${userId}`, afterSeq: 0 }]);
    const epoch = randomUUID();
    const sentAt = new Map<number, number>();
    let seq = 0;
    this.#movers.push(() => {
      const atMs = Date.now();
      seq += 1;
      sentAt.set(seq, performance.now());
      line.say(['pos', { epoch, seq, sentAtMs: atMs, fixes: [[atMs, at.lat + (seq % 100) * 1e-6, at.lng]] }]);
    });
    const heard = line.onFrame;
    line.onFrame = (frame) => {
      if (frame[0] !== 'ack') return heard(frame);
      for (const [sent, sentMs] of sentAt) {
        if (sent > frame[1].seq) break;
        this.#waits.positionMs.push(performance.now() - sentMs);
        sentAt.delete(sent);
      }
    };
  }

  #raiseOne(): void {
    const line = this.#callers[this.#turn++ % this.#callers.length];
    const id = randomUUID();
    this.#sentAtMs.set(id, performance.now());
    this.#raised += 1;
    line?.say([
      'sos.create',
      { id, emergencyType: 'MEDICAL', priority: 'HIGH', point: this.#nearSomebody() },
    ]);
  }

  /** At most {@link NEAR_M} from one of those who can be asked: an SOS that is offered to nobody was forgotten. */
  #nearSomebody(): LatLng {
    const at = must(this.#places[Math.floor(this.#random() * this.#places.length)], 'somebody near');
    return destination(at, 360 * this.#random(), NEAR_M * this.#random());
  }

  #heard(line: Line, [kind, body]: DownFrame): void {
    const nowMs = performance.now();
    if (kind === 'done' && body.sosId && this.#sentAtMs.has(body.id)) {
      const { sosId } = body;
      const sentMs = this.#sentAtMs.get(body.id) ?? nowMs;
      this.#sentAtMs.delete(body.id);
      this.#calledAtMs.set(sosId, sentMs);
      this.#waits.ackMs.push(nowMs - sentMs);
      this.#settle(sosId, this.#offeredAtMs, this.#waits.offerMs);
      this.#settle(sosId, this.#seenAtMs, this.#waits.feedMs);
      setTimeout(() => line.say(['sos.cancel', { id: randomUUID(), sosId }]), GIVES_UP_MS);
    } else if (kind === 'event' && body.type === 'offer.sent') {
      this.#saw(body.data.sosId, this.#offeredAtMs, nowMs, this.#waits.offerMs);
    } else if (kind === 'event' && body.type === 'sos.created') {
      this.#saw(body.stream.slice('sos:'.length), this.#seenAtMs, nowMs, this.#waits.feedMs);
    } else if (kind === 'error') {
      this.#refused.set(body.code, (this.#refused.get(body.code) ?? 0) + 1);
    }
  }

  /** The first sight of an SOS somewhere. */
  #saw(sosId: string, firsts: Map<string, number>, nowMs: number, waits: number[]): void {
    if (firsts.has(sosId)) return;
    firsts.set(sosId, nowMs);
    if (this.#calledAtMs.has(sosId)) this.#settle(sosId, firsts, waits);
  }

  #settle(sosId: string, firsts: ReadonlyMap<string, number>, waits: number[]): void {
    const seenMs = firsts.get(sosId);
    const calledMs = this.#calledAtMs.get(sosId);
    if (seenMs !== undefined && calledMs !== undefined) waits.push(seenMs - calledMs);
  }
}
