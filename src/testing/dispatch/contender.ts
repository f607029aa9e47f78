import { randomUUID } from 'node:crypto';
import type { LatLng } from '../../geo/lat-lng.ts';
import { systemClock } from '../../lib/clock.ts';
import { encode } from '../../protocol/codec.ts';
import type { DownFrame } from '../../protocol/down.ts';
import type { Line } from '../line.ts';
import { until } from '../until.ts';

/** What an acceptance was answered: how it stands, or the code of its refusal; and when, monotonic. */
export interface Answer {
  readonly says: string;
  readonly atMs: number;
}

const LOCATED_AGAIN_AFTER_MS = 1_000;
const SENT_AGAIN_AFTER_MS = 100;

/** Somebody on a bare socket, so that hundreds of them speak at the same moment. */
export class Contender {
  readonly #line: Line;
  /** By SOS. */
  readonly offers = new Map<string, string>();
  readonly #epoch = randomUUID();
  readonly #waiting = new Map<string, (says: string) => void>();
  readonly #expecting = new Map<string, () => void>();
  /** How often the store did not answer in time. */
  unknown = 0;
  #seq = 0;
  #isLocated = false;

  constructor(line: Line) {
    this.#line = line;
    line.onFrame = (frame) => this.#heard(frame);
  }

  /** On duty, at a place that the engine knows: a busy one puts positions off, and then they are sent again. */
  async begin(userId: string, at: LatLng): Promise<void> {
    this.#line.say(['sub', { stream: `inbox:${userId}`, afterSeq: 0 }]);
    const { id, answered } = this.#awaited();
    this.#line.say(['duty.set', { id, available: true }]);
    await answered;
    let sentAtMs = Number.NEGATIVE_INFINITY;
    const located = () => {
      if (!this.#isLocated && performance.now() - sentAtMs > LOCATED_AGAIN_AFTER_MS) {
        sentAtMs = performance.now();
        this.#fix(1, at);
      }
      return this.#isLocated;
    };
    await until(located, { timeoutMs: 30_000, what: 'a position that was taken' });
    this.#seq = 1;
  }

  /** Still there, at the same place. */
  beat(at?: LatLng): void {
    this.#line.say(['hb', { sentAtMs: systemClock.nowMs() }]);
    if (at && this.#isLocated) this.#fix(++this.#seq, at);
  }

  /** Resolves when this SOS was offered to them. */
  offered(sosId: string): Promise<void> {
    if (this.offers.has(sosId)) return Promise.resolve();
    return new Promise((resolve) => this.#expecting.set(sosId, resolve));
  }

  /** Made ready beforehand: `send` only hands it over. While its fate is unknown it is sent again, as clients do. */
  acceptance(sosId: string): { send(): void; answered: Promise<Answer> } {
    const again = () => {
      this.unknown += 1;
      setTimeout(send, SENT_AGAIN_AFTER_MS);
    };
    const { id, answered } = this.#awaited(again);
    // Without an offer any id will do: it is refused.
    const offerId = this.offers.get(sosId) ?? sosId;
    const bytes = encode(['offer.accept', { id, sosId, offerId }], 'msgpack');
    const send = () => this.#line.send(bytes);
    return { send, answered };
  }

  /** Answers like {@link acceptance}. */
  resolve(sosId: string): Promise<Answer> {
    const { id, answered } = this.#awaited();
    this.#line.say(['sos.resolve', { id, sosId }]);
    return answered;
  }

  close(): void {
    this.#line.close();
  }

  #awaited(again?: () => void): { id: string; answered: Promise<Answer> } {
    const id = randomUUID();
    const answered = new Promise<Answer>((resolve) => {
      this.#waiting.set(id, (says) => {
        if (again && says === 'store_unavailable') return again();
        this.#waiting.delete(id);
        resolve({ says, atMs: performance.now() });
      });
    });
    return { id, answered };
  }

  #fix(seq: number, { lat, lng }: LatLng): void {
    const atMs = systemClock.nowMs();
    this.#line.say(['pos', { epoch: this.#epoch, seq, sentAtMs: atMs, fixes: [[atMs, lat, lng]] }]);
  }

  #heard([kind, body]: DownFrame): void {
    if (kind === 'event' && body.type === 'offer.sent') {
      const { sosId, offerId } = body.data;
      this.offers.set(sosId, offerId);
      this.#expecting.get(sosId)?.();
      this.#expecting.delete(sosId);
    } else if (kind === 'ack') this.#isLocated = true;
    else if (kind === 'done') this.#waiting.get(body.id)?.(body.as ?? 'nothing');
    else if (kind === 'error') this.#waiting.get(body.id ?? '')?.(body.code);
  }
}
