import { MusterHttp } from '../../client/node.ts';
import { systemClock } from '../../lib/clock.ts';
import { type Random, seededRandom } from '../../lib/random.ts';
import { People, type Person } from '../../sim/people.ts';
import { Caller } from './caller.ts';
import { Helper } from './helper.ts';
import { Phone } from './phone.ts';
import type { Witness } from './witness.ts';

const HELPERS = 5;
const CALLERS = 3;

export interface CrowdOptions {
  readonly url: string;
  readonly admin: Person;
  /** Sets its people's addresses apart from those of other crowds. */
  readonly name: string;
  readonly witness: Witness;
  readonly random: Random;
}

/** A few people in trouble and a few who help, all over the SDK and real sockets. */
export class Crowd {
  readonly #phones: readonly Phone[];
  readonly #helpers: readonly Helper[];
  readonly #callers: readonly Caller[];

  /** Registers them, connects them, and lets them begin. */
  static async gather({ url, admin, name, witness, random }: CrowdOptions): Promise<Crowd> {
    const people = new People({ http: new MusterHttp(url), run: name, clock: systemClock, random });
    const phone = (person: Person) => new Phone(url, person, witness, seededRandom(random() * 2 ** 32));
    const [helping, calling]: [Phone[], Phone[]] = [[], []];
    for (let i = 0; i < HELPERS; i++) helping.push(phone(await people.volunteer(['CPR'], admin)));
    for (let i = 0; i < CALLERS; i++) calling.push(phone(await people.patient()));
    const crowd = new Crowd(helping, calling);
    await crowd.#begin();
    return crowd;
  }

  private constructor(helping: readonly Phone[], calling: readonly Phone[]) {
    this.#phones = [...helping, ...calling];
    this.#helpers = helping.map((phone) => new Helper(phone));
    this.#callers = calling.map((phone) => new Caller(phone));
  }

  /** Everybody in trouble calls again. */
  callAgain(): void {
    for (const caller of this.#callers) caller.callAgain();
  }

  /** Nobody begins anything new. Resolves when all that was begun is answered and acknowledged. */
  async finish(): Promise<void> {
    await Promise.all(this.#callers.map((caller) => caller.finish()));
    await Promise.all(this.#helpers.map((helper) => helper.finish()));
  }

  /** Everybody hangs up, whatever is still open. */
  async leave(): Promise<void> {
    for (const person of [...this.#callers, ...this.#helpers]) person.stop();
    await Promise.all(this.#phones.map((phone) => phone.close()));
  }

  async #begin(): Promise<void> {
    await Promise.all(this.#phones.map((phone) => phone.begin()));
    await Promise.all(this.#helpers.map((helper) => helper.begin()));
    for (const caller of this.#callers) caller.begin();
  }
}
