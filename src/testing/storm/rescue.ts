import { MusterClient, MusterError } from '../../client/node.ts';
import type { WebSocketConstructor } from '../../client/types.ts';
import { destination, type LatLng } from '../../geo/lat-lng.ts';

const RESOLVED_AFTER_MS = 100;
const FIX_EVERY_MS = 1_000;
const HELP_WITHIN_MS = 60_000;

/** What was acknowledged, so that it can be looked for in the store. */
export interface Acknowledged {
  readonly created: string[];
  readonly accepted: { readonly sosId: string; readonly userId: string }[];
  readonly resolved: string[];
}

export interface Someone {
  readonly userId: string;
  readonly token: string;
  readonly at: LatLng;
}

interface Offered {
  readonly sosId: string;
  readonly offerId: string;
}

/** People who call for help, and those who come, send where they are, and accept whatever they are offered. */
export class Rescue {
  readonly acknowledged: Acknowledged = { created: [], accepted: [], resolved: [] };
  /** How each connection ended, by name. */
  readonly endings = new Map<string, number>();
  /** Waits that were announced by the server or drawn by the client, in ms. */
  readonly waitsMs: number[] = [];
  readonly failures: string[] = [];
  readonly devices: { readonly client: MusterClient; readonly id: string; sent: number }[] = [];
  readonly #url: string;
  readonly #WebSocket: WebSocketConstructor;
  readonly #clients: MusterClient[] = [];
  #running: Promise<unknown>[] = [];
  /** From an offer to the end of the call, or until somebody else has it. */
  readonly #helping = new Set<Promise<void>>();
  #isStopping = false;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(url: string, WebSocket: WebSocketConstructor) {
    this.#url = url;
    this.#WebSocket = WebSocket;
  }

  async begin(responders: readonly Someone[], requesters: readonly Someone[]): Promise<void> {
    for (const one of responders) await this.#respond(one);
    this.#timer = setInterval(() => this.#move(responders), FIX_EVERY_MS);
    this.#move(responders);
    this.#running = await Promise.all(
      requesters.map(async (one) => {
        const client = await this.#connect(one.token);
        // Not awaited: it goes on until the end.
        return { ends: this.#callAgainAndAgain(client, one) };
      }),
    ).then((begun) => begun.map(({ ends }) => ends));
  }

  /** Ends when every call was answered to its end, nobody helps any more and every sample is acknowledged. */
  async end(): Promise<void> {
    this.#isStopping = true;
    await Promise.all(this.#running);
    while (this.#helping.size > 0) await Promise.all(this.#helping);
    clearInterval(this.#timer);
    await Promise.all(this.devices.map(({ client }) => client.flushed()));
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#clients.map((client) => client.close()));
  }

  async #respond({ userId, token }: Someone): Promise<void> {
    const client = await this.#connect(token, userId);
    this.devices.push({ client, id: userId, sent: 0 });
    client.subscribe(`inbox:${userId}`, {
      onEvent: (event) => {
        if (event.type === 'offer.sent') this.#help(client, userId, event.data);
      },
      onSnapshot: ({ view }) => {
        if ('offers' in view) for (const offer of view.offers) this.#help(client, userId, offer);
      },
    });
  }

  #help(client: MusterClient, userId: string, offer: Offered): void {
    const helping = this.#accept(client, userId, offer).finally(() => this.#helping.delete(helping));
    this.#helping.add(helping);
  }

  async #accept(client: MusterClient, userId: string, { sosId, offerId }: Offered): Promise<void> {
    try {
      const { as } = await client.command('offer.accept', { sosId, offerId });
      // Kept ready, and holds nothing.
      if (as === 'RESERVE') return;
      this.acknowledged.accepted.push({ sosId, userId });
      await new Promise((resolve) => setTimeout(resolve, RESOLVED_AFTER_MS));
      await client.command('sos.resolve', { sosId });
      this.acknowledged.resolved.push(sosId);
    } catch (error) {
      // Somebody else was first, or the help of several was wanted and one has ended it.
      const isOrdinary = error instanceof MusterError && !error.retryable && error.code !== 'closed';
      if (!isOrdinary) this.failures.push(String(error));
    }
  }

  async #callAgainAndAgain(client: MusterClient, { at }: Someone): Promise<void> {
    try {
      while (!this.#isStopping) {
        const order = { emergencyType: 'MEDICAL', priority: 'HIGH', point: at } as const;
        const { sosId = '' } = await client.command('sos.create', order);
        this.acknowledged.created.push(sosId);
        await this.#untilResolved(sosId);
      }
    } catch (error) {
      this.failures.push(String(error));
    }
  }

  async #untilResolved(sosId: string): Promise<void> {
    const deadlineMs = performance.now() + HELP_WITHIN_MS;
    while (!this.acknowledged.resolved.includes(sosId)) {
      if (performance.now() > deadlineMs) throw new Error(`nobody came to ${sosId}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  #move(responders: readonly Someone[]): void {
    for (const [i, device] of this.devices.entries()) {
      const at = responders[i]?.at;
      if (!at) continue;
      device.sent += 1;
      const point = destination(at, 90, device.sent);
      device.client.sendFix({ atMs: Date.now(), ...point, accuracyM: 5 });
    }
  }

  async #connect(token: string, deviceId?: string): Promise<MusterClient> {
    let problem = '';
    const client = new MusterClient({
      url: this.#url,
      token: async () => token,
      WebSocket: this.#WebSocket,
      ...(deviceId === undefined ? {} : { device: { id: deviceId } }),
      onProblem: ({ kind, detail }) => {
        problem = `${kind} ${detail}`;
      },
      onStatus: (status) => {
        if (status.state !== 'waiting') return;
        const ending = status.reason === 'restart' ? status.reason : `${status.reason} (${problem})`;
        this.endings.set(ending, (this.endings.get(ending) ?? 0) + 1);
        this.waitsMs.push(status.retryAtMs - Date.now());
      },
    });
    this.#clients.push(client);
    client.connect();
    await client.ready();
    return client;
  }
}
