import { randomUUID } from 'node:crypto';
import { bearingDeg } from '../../geo/bearing.ts';
import { destination, distanceM, type LatLng } from '../../geo/lat-lng.ts';
import { must } from '../../lib/assert.ts';
import { type Random, seededRandom } from '../../lib/random.ts';
import type { DownFrame } from '../../protocol/down.ts';
import type { UpBody } from '../../protocol/up.ts';
import { Line } from '../line.ts';
import type { Ghost } from './ghost-people.ts';

export interface GhostCityOptions {
  readonly url: string;
  readonly seed: number;
  readonly center: LatLng;
  readonly radiusM: number;
  readonly responders: readonly Ghost[];
  readonly callers: readonly Ghost[];
  /** How often everybody says where they are. */
  readonly fixEveryMs: number;
  /** Whether they answer offers, come, and help; else they only move. */
  readonly isHelpful: boolean;
}

interface Walker {
  readonly line: Line;
  at: LatLng;
  to: LatLng;
  speedMps: number;
  /** The SOS that they hold. */
  sosId: string | null;
}

const CONNECT_AT_ONCE = 50;
const HEARTBEAT_MS = 15_000;
const TICK_MS = 50;
const TYPES = ['MEDICAL', 'MEDICAL', 'MEDICAL', 'FIRE', 'ACCIDENT', 'CRIME'] as const;
const PRIORITIES = ['CRITICAL', 'HIGH', 'HIGH', 'MEDIUM', 'MEDIUM', 'LOW'] as const;
/** Near enough to begin. */
const THERE_M = 30;
const HURRY_MPS = 14;

/** A city of people who move at random, ask for help and come, over sockets like everybody else, each seed the same way. */
export class GhostCity {
  readonly #options: GhostCityOptions;
  readonly #random: Random;
  readonly #walkers: Walker[] = [];
  readonly #callers: Line[] = [];
  #timers: ReturnType<typeof setInterval>[] = [];
  #turn = 0;
  #movedAtMs = performance.now();
  #called = 0;

  static async open(options: GhostCityOptions): Promise<GhostCity> {
    const city = new GhostCity(options);
    await city.#connect();
    return city;
  }

  private constructor(options: GhostCityOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
  }

  /** Everybody begins to move. */
  start(): void {
    this.#movedAtMs = performance.now();
    this.#timers = [
      setInterval(() => this.#tick(), TICK_MS),
      setInterval(() => {
        const sentAtMs = Date.now();
        for (const line of [...this.#walkers.map((one) => one.line), ...this.#callers])
          line.say(['hb', { sentAtMs }]);
      }, HEARTBEAT_MS),
    ];
  }

  /** Somebody asks for help somewhere in the city. */
  call(more: Partial<UpBody<'sos.create'>> = {}): void {
    this.#called += 1;
    const line = must(this.#callers[this.#called % this.#callers.length], 'a caller');
    line.say([
      'sos.create',
      {
        id: randomUUID(),
        emergencyType: this.#pick(TYPES),
        priority: this.#pick(PRIORITIES),
        point: this.#somewhere(0.7),
        ...more,
      },
    ]);
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
    for (const { line } of this.#walkers) line.close();
    for (const line of this.#callers) line.close();
  }

  async #connect(): Promise<void> {
    const { url, responders, callers } = this.#options;
    for (let from = 0; from < responders.length; from += CONNECT_AT_ONCE)
      await Promise.all(responders.slice(from, from + CONNECT_AT_ONCE).map((ghost) => this.#walker(ghost)));
    for (const { token } of callers) this.#callers.push(await Line.open(url, token));
    for (const walker of this.#walkers) this.#say(walker);
  }

  async #walker({ userId, token }: Ghost): Promise<void> {
    const [at, to] = [this.#somewhere(1), this.#somewhere(1)];
    const speedMps = 1 + this.#random() * 9;
    const line = await Line.open(this.#options.url, token, randomUUID());
    const walker: Walker = { line, at, to, speedMps, sosId: null };
    this.#walkers.push(walker);
    if (!this.#options.isHelpful) return;
    line.onFrame = (frame) => this.#heard(walker, frame);
    line.say(['sub', { stream: `inbox:${userId}`, afterSeq: null }]);
  }

  #heard(walker: Walker, [kind, body]: DownFrame): void {
    if (kind === 'snapshot' && 'point' in body.view) walker.to = body.view.point;
    if (kind !== 'event') return;
    if (body.type === 'offer.sent') {
      const { sosId, offerId } = body.data;
      walker.line.say(['offer.receipt', { sosId, offerId, isSeen: true }]);
      const says = this.#random() < 0.6 ? 'offer.accept' : 'offer.decline';
      setTimeout(
        () => walker.line.say([says, { id: randomUUID(), sosId, offerId }]),
        1_000 + this.#random() * 6_000,
      );
    } else if (body.type === 'sos.assigned') {
      walker.sosId = body.data.sosId;
      walker.line.say(['sub', { stream: `sos:${body.data.sosId}`, afterSeq: null }]);
    } else if (body.type === 'sos.released') {
      walker.sosId = null;
      walker.to = this.#somewhere(1);
    }
  }

  /** A part of the people each time, so that everybody has had a turn in the time between two fixes. */
  #tick(): void {
    const nowMs = performance.now();
    const share = ((nowMs - this.#movedAtMs) / this.#options.fixEveryMs) * this.#walkers.length;
    const count = Math.min(this.#walkers.length, Math.floor(share));
    if (count === 0) return;
    this.#movedAtMs = nowMs;
    for (let i = 0; i < count; i += 1) {
      const walker = must(this.#walkers[this.#turn % this.#walkers.length], 'a walker');
      this.#turn += 1;
      this.#step(walker);
      this.#say(walker);
    }
  }

  #step(walker: Walker): void {
    const speedMps = walker.sosId === null ? walker.speedMps : HURRY_MPS;
    const stepM = (speedMps * this.#options.fixEveryMs) / 1_000;
    const leftM = distanceM(walker.at, walker.to);
    if (leftM > stepM) {
      walker.at = destination(walker.at, bearingDeg(walker.at, walker.to), stepM);
      return;
    }
    walker.at = walker.to;
    if (walker.sosId === null) walker.to = this.#somewhere(1);
    else if (leftM < THERE_M) this.#help(walker, walker.sosId);
  }

  #help(walker: Walker, sosId: string): void {
    walker.line.say(['sos.start', { id: randomUUID(), sosId }]);
    if (this.#random() < 0.3) walker.line.say(['sos.resolve', { id: randomUUID(), sosId }]);
  }

  #say({ line, at }: Walker): void {
    const sentAtMs = Date.now();
    line.say(['now', { sentAtMs, fix: [sentAtMs, at.lat, at.lng, 10] }]);
  }

  #somewhere(part: number): LatLng {
    const { center, radiusM } = this.#options;
    // More of them in the middle than in a disc that is the same everywhere, as in a city.
    return destination(center, this.#random() * 360, radiusM * part * this.#random() ** 0.75);
  }

  #pick<T>(of: readonly T[]): T {
    return must(of[Math.floor(this.#random() * of.length)], 'a choice');
  }
}
