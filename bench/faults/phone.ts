import { randomUUID } from 'node:crypto';
import type { CommandBody } from '../../src/client/commands.ts';
import { type Done, MusterClient, MusterError, type StreamHandlers } from '../../src/client/node.ts';
import type { LatLng } from '../../src/geo/lat-lng.ts';
import type { StreamEvent } from '../../src/protocol/down.ts';
import type { CommandKind } from '../../src/protocol/up.ts';
import type { Fact, History } from './history.ts';
import { socketsOf, type Way } from './street.ts';

/** Longer than any scenario: only the engine, or the end of the run, ends a wait. */
const ANSWER_WITHIN_MS = 180_000;

export interface PhoneOptions {
  readonly name: string;
  readonly role: 'caller' | 'volunteer';
  readonly userId: string;
  readonly token: () => Promise<string>;
  readonly way: Omit<Way, 'onOpening'>;
  readonly history: History;
}

export interface Followed {
  /** The number up to which it was told. */
  seq(): number | null;
  /** Something was told that is not in the store, and what takes its place has not come yet. */
  isOwed(): boolean;
  stop(): void;
}

/** A client of the SDK that writes down whatever it asks, hears and loses. It comes back by itself. */
export class Phone {
  readonly name: string;
  readonly userId: string;
  readonly #history: History;
  readonly #client: MusterClient;
  readonly #deviceId = randomUUID();
  #subscriptions = 0;
  #node = 0;
  #sent = 0;
  #isClosed = false;

  constructor({ name, role, userId, token, way, history }: PhoneOptions) {
    this.name = name;
    this.userId = userId;
    this.#history = history;
    history.add({ kind: 'client', userId, role });
    this.#client = new MusterClient({
      url: way.urlOf(way.nodes[0] ?? 0),
      token,
      ...(role === 'volunteer' ? { device: { id: this.#deviceId } } : {}),
      WebSocket: socketsOf({
        ...way,
        onOpening: (node) => {
          this.#node = node;
        },
      }),
      onStatus: (status) => {
        if (status.state === 'open') history.add({ kind: 'open', node: this.#node });
        else if (status.state === 'waiting' || status.state === 'closed')
          history.add({ kind: 'lost', reason: status.reason });
      },
    });
    this.#client.onAck = () => this.#tellFixes();
  }

  get isOpen(): boolean {
    return this.#client.status.state === 'open';
  }

  get unacknowledged(): number {
    return this.#sent > 0 ? this.#client.telemetry.unacknowledged : 0;
  }

  async begin(): Promise<void> {
    this.#client.connect();
    await this.#client.ready();
  }

  /** Null: it was refused, which is written down too. */
  async command<K extends CommandKind>(kind: K, body: CommandBody<K>): Promise<Done | null> {
    const commandId = randomUUID();
    const { sosId, offerId, text } = body as { sosId?: string; offerId?: string; text?: string };
    this.#history.add({ kind: 'asked', commandId, command: kind, ...(sosId ? { sosId } : {}) });
    // A call for help is asked until it is answered, as the SDK does by itself.
    const timeoutMs = kind === 'sos.create' ? undefined : ANSWER_WITHIN_MS;
    try {
      const done = await this.#client.command(kind, body, { id: commandId, timeoutMs });
      const fact = { kind: 'done', commandId, command: kind, userId: this.userId } as const;
      const { id: _, alert: __, ...told } = done;
      this.#history.add({ ...fact, sosId, offerId, text, ...told } as Fact);
      return done;
    } catch (error) {
      const code = error instanceof MusterError ? error.code : String(error);
      // Closed by us at the very end: neither answered nor refused.
      if (code === 'closed') return null;
      this.#history.add({ kind: 'refused', commandId, command: kind, code, ...(sosId ? { sosId } : {}) });
      return null;
    }
  }

  follow(stream: string, afterSeq: number | null, handlers: Partial<StreamHandlers> = {}): Followed {
    const subscription = ++this.#subscriptions;
    let isOwed = false;
    this.#history.add({ kind: 'subscribed', subscription, stream, afterSeq });
    const heard = (kind: 'event' | 'provisional', { seq, type, atMs, data }: StreamEvent) => {
      const about = 'sosId' in data && typeof data.sosId === 'string' ? { sosId: data.sosId } : {};
      this.#history.add({ kind, subscription, stream, seq, type, atMs, ...about });
    };
    const following = this.#client.subscribe(
      stream,
      {
        onEvent: (event) => {
          heard('event', event);
          handlers.onEvent?.(event);
        },
        // Help that nobody has confirmed yet is help all the same.
        onProvisional: (event) => {
          isOwed = true;
          heard('provisional', event);
          handlers.onEvent?.(event);
        },
        onSnapshot: (snapshot) => {
          isOwed = snapshot.isProvisional === true;
          this.#history.add({ kind: 'snapshot', subscription, stream, seq: snapshot.seq });
          handlers.onSnapshot?.(snapshot);
        },
        onEnd: (reason) => {
          this.#history.add({ kind: 'unsubscribed', subscription, stream });
          handlers.onEnd?.(reason);
        },
      },
      afterSeq,
    );
    return {
      seq: () => following.seq,
      isOwed: () => isOwed,
      stop: () => {
        this.#history.add({ kind: 'unsubscribed', subscription, stream });
        following.unsubscribe();
      },
    };
  }

  sendFix(point: LatLng): void {
    this.#sent += 1;
    this.#client.sendFix({ atMs: Date.now(), ...point, accuracyM: 5 });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#sent > 0) this.#tellFixes();
    await this.#client.close();
    this.#history.close();
  }

  #tellFixes(): void {
    const { ackedSeq, epochBreaks } = this.#client.telemetry;
    const breaks = [...epochBreaks.values()].reduce((sum, count) => sum + count, 0);
    this.#history.add({
      kind: 'fixes',
      deviceId: this.#deviceId,
      sent: this.#sent,
      ackedSeq,
      epochBreaks: breaks,
    });
  }
}
