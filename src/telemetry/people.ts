import type { Relation } from '../access/words.ts';

/** Somebody whom samples are about. */
export interface Person {
  /** Their account; of somebody who has none, their patient record. What every row of samples goes by. */
  readonly personId: string;
  readonly userId: string | null;
  readonly patientId: string | null;
  /** `YYYY-MM-DD`; null: not known. */
  readonly dateOfBirth: string | null;
}

/** Who people are and who cares for them, as much as telemetry has to know. Rejects when the store does not answer. */
export interface People {
  /** By account or by patient record; null: there is nobody. */
  person(id: string): Promise<Person | null>;
  /** How somebody stands to them at this moment. */
  relations(viewerId: string, person: Person): Promise<readonly Relation[]>;
  /** The accounts of those who care for them at this moment. */
  careTeam(person: Person): Promise<readonly string[]>;
}

/** When people were born, for judging many at once. */
export interface Births {
  /** `YYYY-MM-DD` of each, by account or by patient record, in the order asked; null: nobody knows. */
  born(ids: readonly string[]): Promise<readonly (string | null)[]>;
}
