import { randomUUID } from 'node:crypto';
import type { MusterClient } from '../client/node.ts';
import type { LatLng } from '../geo/lat-lng.ts';
import type { Random } from '../lib/random.ts';
import type { StreamEvent } from '../protocol/down.ts';
import { drawAnswer } from './behaviour.ts';
import { Mission } from './mission.ts';
import type { Person } from './people.ts';
import { attempt, connect, type World } from './world.ts';

interface Offer {
  readonly offerId: string;
  readonly sosId: string;
}

/** A volunteer on duty: streams fixes, answers offers as people do, and goes where an acceptance leads. */
export class Responder {
  readonly userId: string;
  readonly #world: World;
  readonly #client: MusterClient;
  readonly #random: Random;
  readonly #waitingAnswers = new Map<string, () => void>();
  readonly #answeredAfterMs = new Map<string, number>();
  #mission: { sosId: string; run: Mission } | null = null;
  #position: LatLng | null = null;
  #isOnDuty = false;
  #sentFixes = 0;

  constructor(world: World, person: Person, name: string) {
    this.userId = person.userId;
    this.#world = world;
    this.#random = world.randomFor(name);
    this.#client = connect(world, person, { deviceId: randomUUID(), onLocate: () => this.#located() });
  }

  /** Connected, listening to the inbox, available. */
  async begin(): Promise<void> {
    await this.#client.ready();
    this.#listen();
    await this.#client.command('duty.set', { available: true });
    this.#isOnDuty = true;
  }

  /** A fix of the re-dated trace. Whoever has taken an SOS goes there, and not where the trace leads. */
  moveTo(point: LatLng, atMs: number): void {
    if (!this.#mission) this.#moved(point, atMs);
  }

  /** Where they stand, wherever that is by now. */
  stand(atMs: number): void {
    if (!this.#mission && this.#position) this.#moved(this.#position, atMs);
  }

  /** Answers nothing more and takes no more offers; what is under way stays as it is. */
  async endDuty(): Promise<void> {
    this.#isOnDuty = false;
    for (const cancel of this.#waitingAnswers.values()) cancel();
    this.#waitingAnswers.clear();
    this.#mission?.run.pause();
    await attempt(this.#world, this.#client, 'duty.set', { available: false });
  }

  /** Fixes given to the SDK, and how many of them the engine has acknowledged as durable. */
  get fixes(): { sent: number; acknowledged: number; refused: ReadonlyMap<string, number> } {
    const { unacknowledged, refused } = this.#client.telemetry;
    return { sent: this.#sentFixes, acknowledged: this.#sentFixes - unacknowledged, refused };
  }

  flushed(): Promise<void> {
    return this.#client.flushed();
  }

  async close(): Promise<void> {
    this.#mission?.run.end();
    await this.#client.close();
  }

  #listen(): void {
    const watched = this.#world.ledger.watch(0);
    this.#client.subscribe(
      `inbox:${this.userId}`,
      {
        onSnapshot: (snapshot) => watched.snapshot(snapshot.seq),
        onEvent: (event) => {
          watched.event(event);
          this.#told(event);
        },
        onProvisional: (event) => this.#told(event),
      },
      0,
    );
  }

  #told(event: StreamEvent): void {
    if (event.type === 'offer.sent') this.#consider(event.data);
    else if (event.type === 'offer.closed') this.#forget(event.data.offerId);
    else if (event.type === 'sos.assigned') this.#begin(event.data.sosId);
    else if (event.type === 'sos.nudged') this.#nudged(event.data.sosId);
    else if (event.type === 'sos.released') this.#released(event.data.sosId);
  }

  #consider(offer: Offer): void {
    const answer = drawAnswer(this.#random);
    if (!this.#isOnDuty || this.#mission) return;
    const { kind } = answer;
    const afterMs = kind === 'silence' ? answer.seenAfterMs : answer.afterMs;
    if (afterMs === null) return;
    const cancel = this.#world.clock.after(afterMs, () => {
      this.#forget(offer.offerId);
      this.#client.seen(offer.sosId, offer.offerId);
      // Whoever is on the way to somebody takes nothing else.
      if (kind === 'silence' || this.#mission) return;
      this.#answeredAfterMs.set(offer.sosId, afterMs);
      void this.#answer(kind, offer);
    });
    this.#waitingAnswers.set(offer.offerId, cancel);
  }

  #forget(offerId: string): void {
    this.#waitingAnswers.get(offerId)?.();
    this.#waitingAnswers.delete(offerId);
  }

  async #answer(kind: 'accept' | 'decline', { offerId, sosId }: Offer): Promise<void> {
    const done = await attempt(this.#world, this.#client, `offer.${kind}`, { offerId, sosId });
    if (!done) return;
    const became = kind === 'accept' && done.as === 'RESERVE' ? 'reserve' : kind;
    this.#world.ledger.acknowledged.push({ kind: became, sosId, offerId, userId: this.userId });
  }

  #begin(sosId: string): void {
    if (this.#mission?.sosId === sosId) return;
    this.#mission?.run.end();
    const deps = {
      world: this.#world,
      client: this.#client,
      userId: this.userId,
      random: this.#random,
      position: () => this.#position,
      moveTo: (point: LatLng) => this.#moved(point, this.#world.clock.deviceNowMs()),
    };
    this.#mission = { sosId, run: new Mission(deps, sosId, this.#answeredAfterMs.get(sosId) ?? 0) };
    // A yes that was under way when their duty ended.
    if (!this.#isOnDuty) this.#mission.run.pause();
    this.#answeredAfterMs.clear();
  }

  #moved(point: LatLng, atMs: number): void {
    this.#position = point;
    this.#sentFixes += 1;
    this.#client.sendFix({ atMs, lat: point.lat, lng: point.lng });
  }

  /** The engine wants to know where they are now. */
  #located(): void {
    if (this.#isOnDuty && this.#position) this.#moved(this.#position, this.#world.clock.deviceNowMs());
  }

  #nudged(sosId: string): void {
    if (this.#mission?.sosId === sosId) this.#mission.run.nudged();
  }

  #released(sosId: string): void {
    if (this.#mission?.sosId !== sosId) return;
    this.#mission.run.end();
    this.#mission = null;
  }
}
