import { may } from '../../access/may.ts';
import type { People, Person } from '../people.ts';

/** In the words of the access matrix. */
type Action = 'read' | 'record';

export interface Caller {
  readonly userId: string;
}

/** Whom a request was about, for the audit log. */
export interface About {
  readonly userId: string | null;
  readonly patientId: string | null;
  readonly action: Action;
  /** Nothing of theirs was shown or changed. */
  readonly failed: boolean;
}

export interface AccessParts {
  readonly people: People;
  /** What somebody has been granted at this moment. */
  grantsOf(userId: string): Promise<readonly string[]>;
}

/** One request: who asks, where, when, and about whom it has been so far. People are looked up once for all of it. */
export class Visit {
  readonly by: Caller;
  /** Of `/fhir`, as the client reaches it. */
  readonly base: string;
  readonly nowMs: number;
  readonly #parts: AccessParts;
  readonly #decided = new Map<string, Promise<Person | null>>();
  #grants: Promise<readonly string[]> | null = null;
  readonly #about = new Map<string, About>();

  constructor(parts: AccessParts, by: Caller, base: string, nowMs: number) {
    this.#parts = parts;
    this.by = by;
    this.base = base;
    this.nowMs = nowMs;
  }

  get about(): readonly About[] {
    return [...this.#about.values()];
  }

  /**
   * Whom an id or a reference to a patient means, if whoever asks may do that with their vital signs at this moment; null:
   * there is nobody for them.
   */
  person(reference: string, action: Action): Promise<Person | null> {
    const id = this.#idIn(reference);
    if (id === null) return Promise.resolve(null);
    const key = `${action} ${id}`;
    const known = this.#decided.get(key) ?? this.#decide(id, action);
    this.#decided.set(key, known);
    return known;
  }

  async isProfessional(): Promise<boolean> {
    return (await this.#grantsNow()).includes('professional');
  }

  #grantsNow(): Promise<readonly string[]> {
    this.#grants ??= this.#parts.grantsOf(this.by.userId);
    return this.#grants;
  }

  #idIn(reference: string): string | null {
    const own = reference.startsWith(`${this.base}/`) ? reference.slice(this.base.length + 1) : reference;
    return /^(?:Patient\/)?([0-9a-f-]{36})$/i.exec(own)?.[1]?.toLowerCase() ?? null;
  }

  async #decide(id: string, action: Action): Promise<Person | null> {
    const { people } = this.#parts;
    const person = await people.person(id);
    if (!person) return null;
    const [relations, grants] = await Promise.all([
      people.relations(this.by.userId, person),
      this.#grantsNow(),
    ]);
    const { allowed } = may({ grants }, action, 'vitals', relations);
    const { userId, patientId, personId } = person;
    this.#about.set(`${action} ${personId}`, { userId, patientId, action, failed: !allowed });
    return allowed ? person : null;
  }
}

/** What a person is called in references to them. */
export const patientIdOf = ({ patientId, personId }: Person): string => patientId ?? personId;
