import type { PersonCommand } from '../../dispatch/person-command.ts';
import { pgDispatchStore } from '../../dispatch/pg.ts';
import type { Rule } from '../../dispatch/rule.ts';
import { Dispatch } from '../../dispatch/service.ts';
import type { LogEvent } from '../../dispatch/store.ts';
import { policyWith } from '../../dispatch/testing/policy.ts';
import { destination } from '../../geo/lat-lng.ts';
import { must } from '../../lib/assert.ts';
import { systemClock } from '../../lib/clock.ts';
import { uuidV7Maker } from '../../lib/ids.ts';
import { silentLogger } from '../../lib/log.ts';
import { noMetrics } from '../../lib/metric.ts';
import { seededRandom } from '../../lib/random.ts';
import { type Db, sql } from '../../store/db.ts';

const CREATE_USER = sql(
  'desk_user',
  `insert into accounts.users (id, email) values ($1::uuid, $1::uuid || '@example.org')`,
);

export const HERE = { lat: 37.7749, lng: -122.4194 };

type Kind = PersonCommand[0];
type Body<K extends Kind> = Extract<PersonCommand, readonly [K, unknown]>[1];

/** One node of dispatch on a real store, and people around it, for tests. */
export class Desk {
  readonly newId = uuidV7Maker(systemClock.nowMs, seededRandom(20_261_125));
  readonly told: LogEvent[] = [];
  readonly located: string[][] = [];
  readonly dispatcher: string;
  readonly #db: Db;
  #dispatch: Dispatch | null = null;

  private constructor(db: Db) {
    this.#db = db;
    this.dispatcher = this.newId();
  }

  static async open(db: Db, rule: Partial<Rule> = {}): Promise<Desk> {
    const desk = new Desk(db);
    await db.query(CREATE_USER, [desk.dispatcher]);
    await desk.restart(rule);
    return desk;
  }

  get dispatch(): Dispatch {
    return must(this.#dispatch, 'an open node');
  }

  /** Another node in its place, by another rule; nobody of before is there. */
  async restart(rule: Partial<Rule> = {}): Promise<void> {
    await this.#closeAll();
    await this.#dispatch?.stop();
    this.told.length = 0;
    await pgDispatchStore(this.#db).addPolicy(policyWith(rule), null);
    this.#dispatch = await Dispatch.open({
      store: pgDispatchStore(this.#db),
      nodeId: this.newId(),
      clock: systemClock,
      newId: this.newId,
      log: silentLogger,
      metrics: noMetrics,
      publish: (event) => this.told.push(event),
      locate: (ids) => this.located.push([...ids]),
    });
  }

  /** What an earlier test left open would go on asking everybody who comes near. */
  async #closeAll(): Promise<void> {
    for (const { id: sosId } of [...(this.#dispatch?.known.open() ?? [])]) {
      await this.ask(this.dispatcher, 'sos.cancel', { sosId });
    }
  }

  stop(): Promise<void> {
    return this.dispatch.stop();
  }

  async person(): Promise<string> {
    const id = this.newId();
    await this.#db.query(CREATE_USER, [id]);
    return id;
  }

  async responder(meters: number, skills: readonly string[] = ['CPR']): Promise<string> {
    const id = await this.person();
    const { roster } = this.dispatch;
    roster.setTraits({ userId: id, skills, verified: true, available: true, asOfMs: systemClock.nowMs() });
    roster.connected(id);
    this.move(id, meters);
    return id;
  }

  move(id: string, meters: number): void {
    this.dispatch.roster.moved(id, destination(HERE, 90, meters), systemClock.nowMs());
  }

  ask<K extends Kind>(by: string, kind: K, body: Omit<Body<K>, 'id'>, id = this.newId()) {
    const command = [kind, { id, ...body }] as unknown as PersonCommand;
    return this.dispatch.execute({ userId: by, isDispatcher: by === this.dispatcher }, command, 0);
  }

  async raise(by: string, more: Partial<Body<'sos.create'>> = {}): Promise<string> {
    const body = { emergencyType: 'MEDICAL', priority: 'HIGH', point: HERE, ...more } as const;
    const raised = await this.ask(by, 'sos.create', body);
    if (!raised.ok) throw new Error(raised.code);
    return raised.value.sosId;
  }

  accept(by: string, sosId: string) {
    return this.ask(by, 'offer.accept', { sosId, offerId: this.offerOf(by, sosId) });
  }

  offerOf(responderId: string, sosId: string): string {
    const offers = [...this.state(sosId).offers.values()];
    return must(
      offers.findLast((offer) => offer.responderId === responderId),
      'an offer to them',
    ).id;
  }

  state(sosId: string) {
    return must(this.dispatch.known.get(sosId), 'a known SOS');
  }

  typesOf(stream: string): string[] {
    return this.told.filter((event) => event.stream === stream).map((event) => event.type);
  }
}
