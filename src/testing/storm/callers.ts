import { MusterClient } from '../../client/node.ts';
import { NodeWebSocket } from '../../client/node-socket.ts';
import type { WebSocketConstructor } from '../../client/types.ts';
import type { LatLng } from '../../geo/lat-lng.ts';
import { Balancer } from './balancer.ts';

/** What the process of the callers is told at first. */
export interface CallersOrder {
  readonly url: string;
  readonly requesterTokens: readonly string[];
  readonly strangerTokens: readonly string[];
  readonly points: readonly LatLng[];
  /** People with an open socket on a node that dies, where that is and where they find help then. */
  readonly dropped: { readonly tokens: readonly string[]; readonly url: string };
}

export type CallersNews =
  | { readonly kind: 'ready' }
  | { readonly kind: 'figures'; readonly figures: CallersFigures };

export interface CallersFigures {
  /** From the command to its answer, on sockets that stay. */
  readonly sosMs: number[];
  /** From opening the page to the answer. */
  readonly freshMs: number[];
  /** From the moment at which the connection broke, of people who were about to call for help. */
  readonly droppedMs: number[];
  readonly failures: string[];
}

const SOS_EVERY_MS = 200;
/** What a load balancer needs to notice that a node is gone. */
export const NOTICED_AFTER_MS = 1_000;

/**
 * People who call for help all the time, some with a socket and some who have just opened the page, in a process of their own:
 * what they wait for is the engine, not ten thousand clients of the proof.
 */
export class Callers {
  readonly #order: CallersOrder;
  readonly #figures: CallersFigures = { sosMs: [], freshMs: [], droppedMs: [], failures: [] };
  readonly #requesters: MusterClient[] = [];
  readonly #dropped: MusterClient[] = [];
  readonly #balancer: Balancer;
  #running: Promise<unknown> = Promise.resolve();
  #isStopping = false;
  #turn = 0;

  constructor(order: CallersOrder) {
    this.#order = order;
    this.#balancer = new Balancer([order.dropped.url]);
  }

  async begin(): Promise<void> {
    const { url, requesterTokens, dropped } = this.#order;
    for (const token of requesterTokens) this.#requesters.push(await connected(url, token));
    for (const [i, token] of dropped.tokens.entries())
      this.#dropped.push(await connected(url, token, this.#balancer.socketsOf(i)));
    this.#running = Promise.all([
      this.#repeat(() => this.#call()),
      this.#repeat(() => this.#callAsStranger()),
    ]);
  }

  /** What was measured so far; it does not count any more. */
  take(): CallersFigures {
    const { sosMs, freshMs, droppedMs, failures } = this.#figures;
    return {
      sosMs: sosMs.splice(0),
      freshMs: freshMs.splice(0),
      droppedMs: droppedMs.splice(0),
      failures: failures.splice(0),
    };
  }

  /** The node of some is killed now. */
  killed(): void {
    const { url } = this.#order;
    setTimeout(() => this.#balancer.serve([url]), NOTICED_AFTER_MS);
    const startMs = performance.now();
    for (const client of this.#dropped) {
      client.command('sos.create', this.#sos()).then(
        () => this.#figures.droppedMs.push(performance.now() - startMs),
        (error: unknown) => this.#figures.failures.push(String(error)),
      );
    }
  }

  async end(): Promise<CallersFigures> {
    this.#isStopping = true;
    await this.#running;
    for (const client of [...this.#requesters, ...this.#dropped]) await client.close();
    return this.#figures;
  }

  /** Each at its time, however long the one before takes. */
  async #repeat(work: () => Promise<void>): Promise<void> {
    const begun: Promise<void>[] = [];
    while (!this.#isStopping) {
      begun.push(work().catch((error: unknown) => void this.#figures.failures.push(String(error))));
      await new Promise((resolve) => setTimeout(resolve, SOS_EVERY_MS));
    }
    await Promise.all(begun);
  }

  async #call(): Promise<void> {
    const client = this.#requesters[this.#turn % this.#requesters.length] as MusterClient;
    const startMs = performance.now();
    const { sosId = '' } = await client.command('sos.create', this.#sos());
    this.#figures.sosMs.push(performance.now() - startMs);
    await client.command('sos.cancel', { sosId });
  }

  async #callAsStranger(): Promise<void> {
    const { strangerTokens, url } = this.#order;
    const token = strangerTokens[this.#turn % strangerTokens.length] ?? '';
    const startMs = performance.now();
    const client = new MusterClient({ url, token: async () => token });
    const answer = client.command('sos.create', this.#sos());
    client.connect();
    const { sosId = '' } = await answer;
    this.#figures.freshMs.push(performance.now() - startMs);
    await client.command('sos.cancel', { sosId });
    await client.close();
  }

  #sos() {
    const { points } = this.#order;
    const point = points[this.#turn++ % points.length] as LatLng;
    return { emergencyType: 'MEDICAL', priority: 'HIGH', point } as const;
  }
}

async function connected(url: string, token: string, WebSocket = NodeWebSocket as WebSocketConstructor) {
  const client = new MusterClient({ url, token: async () => token, WebSocket });
  client.connect();
  await client.ready();
  return client;
}
