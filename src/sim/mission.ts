import type { MusterClient, Snapshot, Subscription } from '../client/node.ts';
import { distanceM, type LatLng } from '../geo/lat-lng.ts';
import type { Random } from '../lib/random.ts';
import { drawMission } from './behaviour.ts';
import { wayPoints } from './way.ts';
import { attempt, type World } from './world.ts';

export interface MissionDeps {
  readonly world: World;
  readonly client: MusterClient;
  readonly userId: string;
  readonly random: Random;
  /** Where the holder was last. */
  readonly position: () => LatLng | null;
  /** The holder is there now. */
  readonly moveTo: (point: LatLng) => void;
}

/**
 * What somebody does who holds a slot: learns the place, sets off, goes there, says so, helps, finishes; or withdraws.
 * That they set off and arrived is told by their positions alone. Ends when the engine releases the holder.
 */
export class Mission {
  readonly #deps: MissionDeps;
  readonly #sosId: string;
  readonly #answeredAfterMs: number;
  readonly #timers: (() => void)[] = [];
  readonly #subscriptions: Subscription[];
  #isPlanned = false;
  #isPaused = false;
  #isOver = false;
  #saysSoAfterMs: number | null = null;

  constructor(deps: MissionDeps, sosId: string, answeredAfterMs: number) {
    this.#deps = deps;
    this.#sosId = sosId;
    this.#answeredAfterMs = answeredAfterMs;
    this.#subscriptions = [this.#follow(`sos:${sosId}`), this.#follow(`chat:${sosId}`)];
  }

  /** Does nothing more, whatever still arrives, but stays subscribed. */
  pause(): void {
    this.#isPaused = true;
    for (const cancel of this.#timers.splice(0)) cancel();
  }

  /** The engine asks whether the holder is on the way. */
  nudged(): void {
    const afterMs = this.#saysSoAfterMs;
    if (afterMs !== null) this.#at(afterMs, () => this.#act('sos.depart', 'depart'));
  }

  /** The engine released the holder, or the run is over. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.pause();
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
  }

  #follow(stream: string): Subscription {
    const watched = this.#deps.world.ledger.watch(null);
    return this.#deps.client.subscribe(stream, {
      onEvent: (event) => watched.event(event),
      onSnapshot: (snapshot) => {
        watched.snapshot(snapshot.seq);
        this.#plan(snapshot.view);
      },
    });
  }

  #plan(view: Snapshot['view']): void {
    if (this.#isPlanned || this.#isPaused || !('point' in view)) return;
    this.#isPlanned = true;
    const { world, random, position } = this.#deps;
    const from = position() ?? view.point;
    const mission = drawMission(
      {
        answeredAfterMs: this.#answeredAfterMs,
        distanceM: distanceM(from, view.point),
        timeOfDayMs: world.timeOfDayMs + world.clock.offsetMs(),
      },
      random,
    );
    if (mission.kind === 'withdraw') {
      this.#at(mission.afterMs, () => this.#act('sos.withdraw', 'withdraw'));
      return;
    }
    this.#saysSoAfterMs = mission.saysSoAfterMs;
    for (const { point, afterMs } of wayPoints(from, view.point, mission)) {
      this.#at(afterMs, async () => this.#deps.moveTo(point));
    }
    this.#at(mission.arriveAfterMs, () => this.#act('sos.start', 'start'));
    this.#at(mission.arriveAfterMs, () => this.#say('I am at the door.'));
    this.#at(mission.resolveAfterMs, () => this.#act('sos.resolve', 'resolve'));
  }

  #at(afterMs: number, fn: () => Promise<void>): void {
    if (this.#isPaused) return;
    this.#timers.push(this.#deps.world.clock.after(afterMs, () => void fn()));
  }

  async #act(
    command: 'sos.withdraw' | 'sos.depart' | 'sos.start' | 'sos.resolve',
    kind: 'withdraw' | 'depart' | 'start' | 'resolve',
  ) {
    const { world, client, userId } = this.#deps;
    const done = await attempt(world, client, command, { sosId: this.#sosId });
    if (!done) return;
    // The status of an SOS is its primary's; whoever else begins to help has arrived.
    const isArrival = kind === 'start' && done.as === 'SUPPORT';
    world.ledger.acknowledged.push({ kind: isArrival ? 'arrive' : kind, sosId: this.#sosId, userId });
  }

  async #say(text: string): Promise<void> {
    const { world, client, userId } = this.#deps;
    const done = await attempt(world, client, 'chat.send', { sosId: this.#sosId, text });
    if (!done?.messageId) return;
    world.ledger.acknowledged.push({
      kind: 'chat',
      sosId: this.#sosId,
      userId,
      messageId: done.messageId,
    });
  }
}
