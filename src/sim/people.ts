import {
  type Credentials,
  MusterError,
  type MusterHttp,
  type Registration,
  type Skill,
  signedInToken,
} from '../client/node.ts';
import type { Clock } from '../lib/clock.ts';
import type { Random } from '../lib/random.ts';
import { again } from './again.ts';
import { UsageError } from './usage-error.ts';

/** Somebody with an account on the engine. */
export interface Person {
  readonly userId: string;
  /** A fresh access token. Rejects with a `MusterError` while the engine can't be reached. */
  readonly token: (hint?: { readonly refused: boolean }) => Promise<string>;
}

const BY_MAIL = 'The engine confirms registrations by mail: simulate on one without MUSTER_SMTP_URL.';

/** Registers the people of a run, over HTTP like everybody else. Their addresses carry the run's own name. */
export class People {
  readonly #http: MusterHttp;
  readonly #run: string;
  readonly #clock: Clock;
  readonly #random: Random;
  #count = 0;

  constructor(deps: { http: MusterHttp; run: string; clock: Clock; random: Random }) {
    this.#http = deps.http;
    this.#run = deps.run;
    this.#clock = deps.clock;
    this.#random = deps.random;
  }

  /** Somebody who may call for help. */
  patient(): Promise<Person> {
    return this.#register('Caller', {});
  }

  /** Somebody who offers help, verified by the administrator. */
  async volunteer(skills: readonly string[], admin: Person): Promise<Person> {
    const person = await this.#register('Responder', { volunteer: { skills: skills as readonly Skill[] } });
    await again(this.#random, async () => this.#http.verifyVolunteer(await admin.token(), person.userId));
    return person;
  }

  /** Somebody who has an account already. */
  async known(credentials: Credentials): Promise<Person> {
    const { userId } = await again(this.#random, () => this.#http.signIn(credentials));
    return this.#person(userId, credentials);
  }

  async #register(role: string, more: Pick<Registration, 'volunteer'>): Promise<Person> {
    this.#count += 1;
    const email = `${this.#run}-${this.#count}@simulation.example`;
    const password = `${this.#run} ${Math.floor(this.#random() * 2 ** 48).toString(36)}`;
    const registration = { email, password, name: `${role} ${this.#count}`, ...more };
    const userId = await again(this.#random, async (attempt) => {
      try {
        const made = await this.#http.register(registration);
        if (made.userId === null) throw new UsageError(BY_MAIL);
        return made.userId;
      } catch (error) {
        // An attempt before this one got through although its answer was lost.
        if (attempt > 0 && isCode(error, 'email_taken')) return null;
        throw error;
      }
    });
    return userId === null
      ? await this.known({ email, password })
      : this.#person(userId, { email, password });
  }

  #person(userId: string, credentials: Credentials): Person {
    return { userId, token: signedInToken(this.#http, credentials, this.#clock) };
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof MusterError && error.code === code;
}
