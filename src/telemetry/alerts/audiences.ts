import type { Clock } from '../../lib/clock.ts';
import type { People, Person } from '../people.ts';
import type { Audience, Reach } from './store.ts';

export interface AudiencesOptions {
  readonly people: People;
  /** Those on shift; when nobody is, all there are. Bounded. Rejects when the store does not answer. */
  readonly dispatchers: () => Promise<readonly string[]>;
  /** Where these people can be reached outside, and want to be. */
  readonly reach: (userIds: readonly string[]) => Promise<readonly Reach[]>;
  readonly clock: Clock;
}

/** Of dispatchers only: who comes on shift hears of what is open from the feed anyway. */
const KEPT_MS = 2_000;

/** Who is told of whom, at this moment. */
export class Audiences {
  readonly #options: AudiencesOptions;
  #dispatchers: { readonly askedAtMs: number; readonly ids: Promise<readonly string[]> } | null = null;

  constructor(options: AudiencesOptions) {
    this.#options = options;
  }

  async of(personId: string): Promise<Audience> {
    const [person, dispatchers] = await Promise.all([this.#options.people.person(personId), this.#onShift()]);
    if (!person) return { userId: null, careTeam: [], dispatchers, reach: [] };
    const careTeam = await this.#options.people.careTeam(person);
    return { userId: person.userId, careTeam, dispatchers, reach: [] };
  }

  /** The same, with how those who care for the person are reached outside. */
  async withReach(personId: string): Promise<Audience> {
    const audience = await this.of(personId);
    return { ...audience, reach: await this.#options.reach(audience.careTeam) };
  }

  person(personId: string): Promise<Person | null> {
    return this.#options.people.person(personId);
  }

  #onShift(): Promise<readonly string[]> {
    const nowMs = this.#options.clock.monotonicMs();
    if (this.#dispatchers && nowMs - this.#dispatchers.askedAtMs < KEPT_MS) return this.#dispatchers.ids;
    const ids = this.#options.dispatchers();
    const asked = { askedAtMs: nowMs, ids };
    this.#dispatchers = asked;
    ids.catch(() => {
      if (this.#dispatchers === asked) this.#dispatchers = null;
    });
    return ids;
  }
}
