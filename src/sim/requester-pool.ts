import { eachLimited } from './each-limited.ts';
import type { People } from './people.ts';
import { Requester } from './requester.ts';
import type { SimulatedCall } from './scenario.ts';
import type { World } from './world.ts';

/** Accounts that call for help, each with one SOS at a time: a free one is used again, otherwise one more is made. */
export class RequesterPool {
  readonly #world: World;
  readonly #people: People;
  readonly #all: Requester[] = [];
  readonly #free: Requester[] = [];

  constructor(world: World, people: People) {
    this.#world = world;
    this.#people = people;
  }

  /** Makes some beforehand, so that the first calls don't wait for a registration. */
  async prepare(count: number): Promise<void> {
    await eachLimited(Array.from({ length: count }), 4, async () => {
      this.#free.push(await this.#make());
    });
  }

  async raise(call: SimulatedCall): Promise<void> {
    const requester = this.#free.pop() ?? (await this.#make());
    await requester.raise(call, () => this.#free.push(requester));
  }

  get all(): readonly Requester[] {
    return this.#all;
  }

  /** How many are waiting for help. */
  get open(): number {
    return this.#all.length - this.#free.length;
  }

  async #make(): Promise<Requester> {
    const person = await this.#people.patient();
    const requester = new Requester(this.#world, person, `requester ${this.#all.length}`);
    this.#all.push(requester);
    await requester.begin();
    return requester;
  }
}
