import { randomUUID } from 'node:crypto';
import type { LatLng } from '../src/geo/lat-lng.ts';
import { seededRandom } from '../src/lib/random.ts';
import type { DownFrame } from '../src/protocol/down.ts';
import { Line } from '../src/testing/line.ts';

/** What the load generator, a process of its own, is told over IPC. */
export interface LoadOrder {
  readonly url: string;
  readonly seed: number;
  readonly sosPerS: number;
  readonly warmUpMs: number;
  readonly runMs: number;
  readonly responders: readonly { readonly userId: string; readonly token: string; readonly at: LatLng }[];
  readonly requesters: readonly { readonly token: string }[];
  readonly places: readonly LatLng[];
}

/** What it answers: `ready` when everybody is connected, `measuring` after the warm-up, `over` at the end. */
export type LoadNews =
  | { readonly kind: 'ready' | 'measuring' }
  | { readonly kind: 'over'; readonly figures: LoadFigures };

export interface LoadFigures {
  readonly raised: number;
  /** From the frame handed to the socket to the first offer read from another, of SOS raised while measuring. */
  readonly firstOfferMs: readonly number[];
  readonly offers: number;
  readonly resolved: number;
  readonly cancelled: number;
  /** Refusals by code. */
  readonly refused: Readonly<Record<string, number>>;
  /** How long this process itself was late, at its 99th percentile and worst. */
  readonly lateP99Ms: number;
  readonly lateMaxMs: number;
}

const HEARTBEAT_MS = 15_000;
const CONNECT_AT_ONCE = 50;
/** How long a holder stays, and when a requester gives up one that nobody took. */
const STAYS_MS = 300;
const GIVES_UP_MS = 3_000;
const TICK_MS = 5;

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Everybody in the city, and what they saw. */
class LoadedCity {
  readonly #order: LoadOrder;
  readonly #lines: Line[] = [];
  readonly #requesters: Line[] = [];
  /** By command: when it was sent; by SOS: its command, and when its first offer came. */
  readonly #sentAtMs = new Map<string, number>();
  readonly #commandOf = new Map<string, string>();
  readonly #offeredAtMs = new Map<string, number>();
  readonly #taken = new Set<string>();
  /** By SOS: who else was asked, to say yes when the first could not. By acceptance: its SOS. */
  readonly #others = new Map<string, (() => void)[]>();
  readonly #accepting = new Map<string, string>();
  readonly #over = new Set<string>();
  readonly #refused = new Map<string, number>();
  #offers = 0;
  #resolved = 0;
  #cancelled = 0;

  constructor(order: LoadOrder) {
    this.#order = order;
  }

  async connect(): Promise<void> {
    const { responders, requesters } = this.#order;
    for (let from = 0; from < responders.length; from += CONNECT_AT_ONCE) {
      await Promise.all(responders.slice(from, from + CONNECT_AT_ONCE).map((one) => this.#responder(one)));
    }
    for (const { token } of requesters) this.#requesters.push(await this.#requester(token));
    setInterval(() => {
      for (const line of this.#lines) line.say(['hb', { sentAtMs: Date.now() }]);
    }, HEARTBEAT_MS).unref();
  }

  async raise(onMeasuring: () => void): Promise<LoadFigures> {
    const { seed, sosPerS, warmUpMs, runMs, places } = this.#order;
    const random = seededRandom(seed);
    const late: number[] = [];
    const measured: string[] = [];
    const startMs = performance.now();
    let [dueMs, isMeasuring] = [0, false];
    for (let n = 0; dueMs < warmUpMs + runMs; n++) {
      // Arrivals of a Poisson process.
      dueMs += (-Math.log(1 - random()) * 1_000) / sosPerS;
      while (performance.now() - startMs < dueMs) await pause(TICK_MS);
      late.push(performance.now() - startMs - dueMs);
      if (!isMeasuring && dueMs >= warmUpMs) {
        isMeasuring = true;
        onMeasuring();
      }
      const id = this.#raiseOne(n, places[n % places.length] as LatLng);
      if (isMeasuring) measured.push(id);
    }
    await pause(GIVES_UP_MS + 1_000);
    return this.#figures(measured, late);
  }

  close(): void {
    for (const line of this.#lines) line.close();
  }

  async #responder({ userId, token, at }: LoadOrder['responders'][number]): Promise<void> {
    const epoch = randomUUID();
    const line = await Line.open(this.#order.url, token, randomUUID());
    this.#lines.push(line);
    line.onFrame = (frame) => this.#heard(line, frame);
    line.say(['sub', { stream: `inbox:${userId}`, afterSeq: 0 }]);
    const atMs = Date.now();
    line.say(['pos', { epoch, seq: 1, sentAtMs: atMs, fixes: [[atMs, at.lat, at.lng]] }]);
  }

  async #requester(token: string): Promise<Line> {
    const line = await Line.open(this.#order.url, token);
    this.#lines.push(line);
    line.onFrame = ([kind, body]) => {
      if (kind === 'done' && body.sosId) this.#created(line, body.id, body.sosId);
      else if (kind === 'error') this.#count(body.code);
    };
    return line;
  }

  #raiseOne(n: number, point: LatLng): string {
    const id = randomUUID();
    const line = this.#requesters[n % this.#requesters.length] as Line;
    this.#sentAtMs.set(id, performance.now());
    line.say(['sos.create', { id, emergencyType: 'MEDICAL', priority: 'HIGH', point }]);
    return id;
  }

  #created(line: Line, commandId: string, sosId: string): void {
    if (!this.#sentAtMs.has(commandId)) return;
    this.#commandOf.set(commandId, sosId);
    setTimeout(() => {
      if (this.#over.has(sosId)) return;
      this.#cancelled += 1;
      line.say(['sos.cancel', { id: randomUUID(), sosId }]);
    }, GIVES_UP_MS);
  }

  #heard(line: Line, [kind, body]: DownFrame): void {
    if (kind === 'event' && body.type === 'offer.sent') {
      const { sosId, offerId } = body.data;
      this.#offers += 1;
      if (!this.#offeredAtMs.has(sosId)) this.#offeredAtMs.set(sosId, performance.now());
      line.say(['offer.receipt', { sosId, offerId, isSeen: false }]);
      const accept = () => {
        const id = randomUUID();
        this.#accepting.set(id, sosId);
        line.say(['offer.accept', { id, sosId, offerId }]);
      };
      if (this.#taken.has(sosId)) this.#others.set(sosId, [...(this.#others.get(sosId) ?? []), accept]);
      else accept();
      this.#taken.add(sosId);
    } else if (kind === 'event' && body.type === 'sos.assigned') {
      const { sosId } = body.data;
      setTimeout(() => line.say(['sos.resolve', { id: randomUUID(), sosId }]), STAYS_MS);
    } else if (kind === 'done' && body.status === 'RESOLVED' && body.sosId && !this.#over.has(body.sosId)) {
      this.#over.add(body.sosId);
      this.#resolved += 1;
    } else if (kind === 'error') {
      this.#count(body.code);
      const sosId = this.#accepting.get(body.id ?? '');
      // Somebody asked by two SOS at once can take only one of them.
      if (sosId !== undefined && body.code === 'already_holding') this.#others.get(sosId)?.shift()?.();
    }
  }

  #count(code: string): void {
    this.#refused.set(code, (this.#refused.get(code) ?? 0) + 1);
  }

  #figures(measured: readonly string[], late: readonly number[]): LoadFigures {
    const sorted = [...late].sort((a, b) => a - b);
    return {
      raised: measured.length,
      firstOfferMs: measured.flatMap((id) => {
        const offeredAtMs = this.#offeredAtMs.get(this.#commandOf.get(id) ?? '');
        return offeredAtMs === undefined ? [] : [offeredAtMs - (this.#sentAtMs.get(id) ?? 0)];
      }),
      offers: this.#offers,
      resolved: this.#resolved,
      cancelled: this.#cancelled,
      refused: Object.fromEntries(this.#refused),
      lateP99Ms: sorted[Math.floor(0.99 * sorted.length)] ?? 0,
      lateMaxMs: sorted.at(-1) ?? 0,
    };
  }
}

async function serve(order: LoadOrder): Promise<void> {
  const tell = (news: LoadNews) => process.send?.(news);
  const city = new LoadedCity(order);
  await city.connect();
  tell({ kind: 'ready' });
  await new Promise<void>((resolve) => process.once('message', () => resolve()));
  const figures = await city.raise(() => tell({ kind: 'measuring' }));
  city.close();
  tell({ kind: 'over', figures });
  process.disconnect?.();
}

process.once('message', (order: LoadOrder) => {
  serve(order).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
    process.exit(1);
  });
});
