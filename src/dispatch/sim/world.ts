import { uuidV7Maker } from '../../lib/ids.ts';
import type { Random } from '../../lib/random.ts';
import { isHolder } from '../machine/state.ts';
import { type Town, whatNext } from './behaviour.ts';
import { Chance } from './chance.ts';
import { Client } from './client.ts';
import { Cluster } from './cluster.ts';
import { Judge } from './judge.ts';
import { judgeEnd } from './judge-end.ts';
import { judgeOffers } from './judge-offers.ts';
import { judgeSent } from './judge-sent.ts';
import type { Commit, MemoryDb } from './memory-db.ts';
import { LEASE_MS } from './memory-store.ts';
import { strike } from './misfortune.ts';
import { splitStream } from './node.ts';
import { Weather } from './node-line.ts';
import { drawnTraits, type Person, type Role, somewhere, step } from './people.ts';
import { type PlantedBug, planted } from './planted.ts';
import { drawnPolicy } from './rules.ts';
import type { Frame } from './subscriber.ts';
import { MachineClock, Timeline } from './timeline.ts';
import { Truth } from './truth.ts';

const STARTS_AT_MS = 1_790_000_000_000;
/** In fair weather a deadline is acted on within a lease and the beat of a sweep, even when its node has died. */
const LATE_MS = LEASE_MS + 3_000;
/** In foul weather, as long as some node is up. */
const FAR_TOO_LATE_MS = 60_000;

/** One town, one engine of several nodes, and everything that can go wrong between them. */
export class World {
  readonly timeline = new Timeline(STARTS_AT_MS);
  readonly weather = new Weather();
  readonly judge = new Judge(this.timeline);
  readonly truth = new Truth(this.timeline);
  readonly db: MemoryDb;
  readonly #chance: Chance;
  readonly #cluster: Cluster;
  readonly #people: Person[] = [];
  readonly #storeClock: MachineClock;
  readonly #town: Town;
  /** The longest time between two misfortunes. */
  readonly #peaceMs: number;
  #isCalm = false;
  #fairSinceMs = STARTS_AT_MS;
  #upSinceMs = STARTS_AT_MS;

  constructor(random: Random, bug: PlantedBug | null) {
    const chance = new Chance(random);
    const { timeline, weather, truth } = this;
    this.#chance = chance;
    this.#storeClock = new MachineClock(timeline, 0);
    const mistakes = planted(bug);
    this.db = mistakes.db(
      () => this.#storeClock.nowMs(),
      (commit) => this.#committed(commit),
    );
    this.db.policies.push({ version: 1, body: drawnPolicy(chance), createdAtMs: 0, createdBy: null });
    this.#peaceMs = chance.one(5_000, 10_000, 30_000);
    const skewMs = chance.one(0, 500, 3_000, 900_000);
    this.#cluster = new Cluster(chance.whole(1, 4), skewMs, {
      timeline,
      chance,
      weather,
      truth,
      db: this.db,
      planted: mistakes,
      onSent: (frame, client, node) =>
        judgeSent(frame, client.actor, node, { judge: this.judge, db: this.db, nowMs: timeline.nowMs }),
      locate: (userIds) => this.#locate(userIds),
    });
    const newId = uuidV7Maker(() => timeline.nowMs, random);
    this.#town = { chance, newId, people: this.#people, sos: () => [...this.judge.states()] };
    this.#settle('responder', chance.whole(5, 12), newId);
    this.#settle('requester', 3, newId);
    this.#settle('dispatcher', 2, newId);
  }

  begin(): void {
    this.#cluster.boot();
    for (const person of this.#people) this.#live(person);
    this.#misfortune();
  }

  /** Nothing goes wrong any more and nobody begins anything: what is under way comes to an end. */
  calm(): void {
    this.#isCalm = true;
    this.#fair();
  }

  /** After every step: is anything that is due left lying? (Commits and frames are judged as they happen.) */
  look(): void {
    const { nowMs } = this.timeline;
    const up = this.#cluster.up.filter((node) => !node.line.isCut);
    if (up.length === 0) this.#upSinceMs = nowMs;
    if (this.weather.isStormy || up.length === 0) this.#fairSinceMs = nowMs;
    for (const [sosId, { dueAtMs }] of this.db.deadlines) {
      const lateMs = this.db.nowMs() - dueAtMs;
      if (lateMs <= LATE_MS) continue;
      const isLate =
        nowMs - this.#fairSinceMs > LATE_MS || Math.min(lateMs, nowMs - this.#upSinceMs) > FAR_TOO_LATE_MS;
      if (!isLate) continue;
      this.judge.fault('3', `${sosId} was due ${Math.round(lateMs)} ms ago, and nobody has looked`);
      this.db.deadlines.delete(sosId);
    }
  }

  /** When all has come to rest, everybody knows the same, and nobody waits for anything. */
  lookAtTheEnd(): void {
    judgeEnd({ ...this, nodes: this.#cluster, clients: this.#people.map(({ client }) => client) });
  }

  #settle(role: Role, count: number, newId: () => string): void {
    for (let i = 0; i < count; i++) {
      const userId = `${role}-${i + 1}`;
      const actor = { userId, isDispatcher: role === 'dispatcher' };
      const client = new Client(actor, {
        timeline: this.timeline,
        chance: this.#chance,
        weather: this.weather,
        judge: this.judge,
        db: this.db,
        anyNode: () => this.#chance.of(this.#cluster.up),
        onFrame: (_, frame) => this.#onFrame(person, frame, newId),
      });
      const traits = role === 'responder' ? drawnTraits(userId, this.#chance, this.timeline.nowMs) : null;
      const person: Person = { userId, role, client, point: somewhere(this.#chance), goal: null, traits };
      if (traits) this.truth.setTraits(traits);
      this.#people.push(person);
    }
  }

  /** One thing after another, for as long as somebody lives. */
  #live(person: Person): void {
    const chance = this.#chance;
    this.timeline.after(chance.between(200, person.role === 'responder' ? 3_000 : 4_000), () => {
      this.#act(person);
      this.#live(person);
    });
  }

  #act(person: Person): void {
    const chance = this.#chance;
    const { client } = person;
    if (!client.session) {
      if (this.#isCalm || chance.hits(0.7)) this.#cluster.connect(client);
      return;
    }
    if (person.role === 'responder') {
      step(person, chance);
      if (chance.hits(0.8)) this.#cluster.located(client, person.point);
    }
    if (this.#isCalm) return;
    if (chance.hits(0.03)) {
      this.weather.count('disconnect');
      this.#cluster.disconnect(client, chance.between(0, 3_000));
      return;
    }
    if (person.traits && chance.hits(0.05)) this.#change(person);
    const command = whatNext(person, this.#town);
    if (command) client.send(command);
    const sos = person.role === 'dispatcher' ? chance.of(this.#town.sos()) : undefined;
    if (sos) client.want(`sos:${sos.id}`);
  }

  #change(person: Person): void {
    const chance = this.#chance;
    const known = person.traits;
    if (!known) return;
    const asOfMs = Math.max(known.asOfMs + 1, this.timeline.nowMs);
    const drawn = drawnTraits(person.userId, chance, asOfMs);
    const next = { ...known, asOfMs, ...(chance.hits(0.2) ? drawn : { available: chance.hits(0.7) }) };
    person.traits = next;
    this.#cluster.changed(next);
  }

  #onFrame(person: Person, frame: Frame, newId: () => string): void {
    const { chance } = this.#town;
    if (frame.kind === 'snapshot' && frame.stream.startsWith('inbox:')) {
      const { offers, holding } = frame.view as {
        offers: { sosId: string; offerId: string }[];
        holding: string | null;
      };
      for (const offer of offers) this.#asked(person, offer, newId);
      if (holding) this.#sent(person, holding);
    }
    if (frame.kind !== 'event') return;
    const data = frame.data as { sosId: string; offerId: string };
    if (frame.type === 'offer.sent') this.#asked(person, data, newId);
    if (frame.type === 'sos.assigned') this.#sent(person, data.sosId);
    if (frame.type === 'sos.released') person.goal = null;
    if (frame.type === 'sos.created' && chance.hits(0.5))
      person.client.want(`chat:${splitStream(frame.stream)[1]}`);
  }

  #asked(person: Person, { sosId, offerId }: { sosId: string; offerId: string }, newId: () => string): void {
    const chance = this.#chance;
    const node = person.client.session?.node;
    const by = { userId: person.userId };
    if (node?.isUp) node.dispatch?.received(by, sosId, offerId, false);
    const drawn = chance.random();
    if (drawn > 0.75 || this.#isCalm) return;
    const body = () => ({ id: newId(), sosId, offerId });
    this.timeline.after(chance.hits(0.3) ? chance.between(0, 20) : chance.between(0, 15_000), () => {
      if (node?.isUp) node.dispatch?.received(by, sosId, offerId, true);
      person.client.send(drawn < 0.5 ? ['offer.accept', body()] : ['offer.decline', body()]);
    });
  }

  #sent(person: Person, sosId: string): void {
    person.client.want(`sos:${sosId}`);
    person.client.want(`chat:${sosId}`);
    if (this.#chance.hits(0.6)) person.goal = this.db.states.get(sosId)?.point ?? null;
  }

  #locate(userIds: readonly string[]): void {
    for (const person of this.#people) {
      if (userIds.includes(person.userId))
        this.timeline.after(this.#chance.delayMs(500), () =>
          this.#cluster.located(person.client, person.point),
        );
    }
  }

  #committed(commit: Commit): void {
    const judged = this.judge.committed(commit, this.db);
    judgeOffers(judged, commit, this.#cluster.byId(commit.nodeId), this);
    for (const { event, before, after } of judged) {
      if (event.type !== 'sos.created' || before || !after.requesterId) continue;
      this.#people.find(({ userId }) => userId === after.requesterId)?.client.want(event.stream);
    }
    const [first] = judged;
    if (!first || this.#isCalm) return;
    if (this.#chance.hits(0.05)) this.#rush(first.after.id);
    if (this.#chance.hits(0.2)) this.#withBothHands();
  }

  /** Somebody who is asked for two SOS says yes to both at the same moment, over two sockets. */
  #withBothHands(): void {
    const asked = new Map<string, { sosId: string; offerId: string }[]>();
    for (const { id: sosId, isDrill, offers } of this.judge.states()) {
      for (const { id: offerId, responderId, status } of offers.values()) {
        if (status !== 'OPEN' || isDrill) continue;
        asked.set(responderId, [...(asked.get(responderId) ?? []), { sosId, offerId }]);
      }
    }
    const person = this.#people.find(({ userId }) => (asked.get(userId)?.length ?? 0) > 1);
    for (const offer of asked.get(person?.userId ?? '') ?? []) {
      const body = { id: this.#town.newId(), ...offer };
      this.timeline.after(this.#chance.between(0, 5), () =>
        person?.client.sendAnywhere(['offer.accept', body]),
      );
    }
  }

  /** Everybody who is asked says yes within 10 ms, wherever they are connected. */
  #rush(sosId: string): void {
    const state = this.db.states.get(sosId);
    if (!state) return;
    for (const { id: offerId, responderId, status } of state.offers.values()) {
      const person = this.#people.find(({ userId }) => userId === responderId);
      if (!person || (status !== 'OPEN' && status !== 'EXPIRED') || isHolder(state, responderId)) continue;
      const body = { id: this.#town.newId(), sosId, offerId };
      this.timeline.after(this.#chance.between(0, 10), () => person.client.send(['offer.accept', body]));
    }
  }

  /** Something goes wrong, and soon something else. */
  #misfortune(): void {
    const chance = this.#chance;
    this.timeline.after(chance.between(500, this.#peaceMs), () => {
      if (this.#isCalm) return;
      strike({
        weather: this.weather,
        timeline: this.timeline,
        chance,
        cluster: this.#cluster,
        storeClock: this.#storeClock,
      });
      this.#misfortune();
    });
  }

  #fair(): void {
    this.weather.isStormy = false;
    this.weather.tailsLag = false;
    this.weather.busIsDown = false;
    for (const node of this.#cluster.up) node.line.mend();
  }
}
