import type { MusterClient, StreamHandlers, Subscription } from '../client/node.ts';
import type { Random } from '../lib/random.ts';
import { drawCancelMs } from './behaviour.ts';
import type { Person } from './people.ts';
import type { SimulatedCall } from './scenario.ts';
import { attempt, connect, type World } from './world.ts';

type StreamEvent = Parameters<StreamHandlers['onEvent']>[0];

/** Somebody who calls for help; one SOS at a time, the next one only after it is over. */
export class Requester {
  readonly userId: string;
  readonly #world: World;
  readonly #client: MusterClient;
  readonly #random: Random;
  #subscriptions: Subscription[] = [];
  #cancelTimer: () => void = () => {};
  #hasReplied = false;
  #onFree: () => void = () => {};

  constructor(world: World, person: Person, name: string) {
    this.userId = person.userId;
    this.#world = world;
    this.#random = world.randomFor(name);
    this.#client = connect(world, person);
  }

  async begin(): Promise<void> {
    await this.#client.ready();
  }

  /** Calls for help; `onFree` once it is over. The SDK sends the call again until the engine has it. */
  async raise(call: SimulatedCall, onFree: () => void): Promise<void> {
    this.#onFree = onFree;
    this.#hasReplied = false;
    const raisedAtMs = this.#world.monotonicMs();
    const { emergencyType, priority, point, callId } = call;
    const done = await attempt(this.#world, this.#client, 'sos.create', {
      emergencyType,
      priority,
      point,
      description: `Call ${callId}`,
    });
    if (!done?.sosId) return onFree();
    this.#world.ledger.raised(done.sosId, this.userId, raisedAtMs);
    this.#follow(done.sosId);
  }

  /** Cancels nothing more. */
  pause(): void {
    this.#cancelTimer();
  }

  async close(): Promise<void> {
    this.pause();
    await this.#client.close();
  }

  #follow(sosId: string): void {
    for (const stream of [`sos:${sosId}`, `chat:${sosId}`]) {
      const watched = this.#world.ledger.watch(0);
      const handlers: StreamHandlers = {
        onSnapshot: (snapshot) => watched.snapshot(snapshot.seq),
        onEvent: (event) => {
          watched.event(event);
          this.#heard(sosId, event);
        },
      };
      this.#subscriptions.push(this.#client.subscribe(stream, handlers, 0));
    }
    const cancelMs = drawCancelMs(this.#random);
    if (cancelMs !== null) {
      this.#cancelTimer = this.#world.clock.after(cancelMs, () => void this.#cancel(sosId));
    }
  }

  #heard(sosId: string, event: StreamEvent): void {
    if (event.type === 'sos.resolved' || event.type === 'sos.cancelled') this.#over();
    else if (event.type === 'chat.message' && event.data.senderId !== this.userId && !this.#hasReplied) {
      this.#hasReplied = true;
      void this.#reply(sosId);
    }
  }

  #over(): void {
    this.#cancelTimer();
    for (const subscription of this.#subscriptions.splice(0)) subscription.unsubscribe();
    this.#onFree();
  }

  async #reply(sosId: string): Promise<void> {
    const text = 'Come in, it is open.';
    const done = await attempt(this.#world, this.#client, 'chat.send', { sosId, text });
    if (!done?.messageId) return;
    this.#world.ledger.acknowledged.push({
      kind: 'chat',
      sosId,
      userId: this.userId,
      messageId: done.messageId,
    });
  }

  async #cancel(sosId: string): Promise<void> {
    const done = await attempt(this.#world, this.#client, 'sos.cancel', { sosId });
    if (done) this.#world.ledger.acknowledged.push({ kind: 'cancel', sosId, userId: this.userId });
  }
}
