import type { Relation } from '../access/words.ts';
import { isUuid } from '../lib/ids.ts';
import type { Db } from '../store/db.ts';
import { relationNames, relationsTo } from './care-team.ts';
import {
  ACCOUNTS_OF_PATIENTS,
  BORN,
  CARE_TEAM_ACCOUNTS,
  CARED_FOR_PERSON,
  type CaredForRow,
  RELATIONS_TO_ACCOUNT,
  STANDING_TO_CHARGES,
  STANDING_TO_PERSON,
} from './sql/cared-for.ts';
import { HOLDS_AT } from './sql/grants.ts';
import type { RelationsRow } from './sql/patients.ts';

/** Somebody whom others may care for. */
export interface CaredForPerson {
  /** Their account; of somebody who has none, their patient record. */
  readonly personId: string;
  readonly userId: string | null;
  readonly patientId: string | null;
  /** `YYYY-MM-DD`; null: not known. */
  readonly dateOfBirth: string | null;
}

type PersonRow = Pick<CaredForRow, 'user_id' | 'patient_id'> & RelationsRow;

const standingOf = (row: PersonRow) => ({
  person: {
    personId: row.user_id ?? row.patient_id ?? '',
    userId: row.user_id,
    patientId: row.patient_id,
  },
  relations: relationNames(row),
});

/** Who people are and who cares for them, for whatever keeps samples of people. Rejects with `StoreUnavailable`. */
export function caredFor(db: Db) {
  return {
    /** By account or by patient record; null: there is nobody. */
    async person(id: string): Promise<CaredForPerson | null> {
      if (!isUuid(id)) return null;
      const [row] = await db.query<CaredForRow>(CARED_FOR_PERSON, [id]);
      const personId = row?.user_id ?? row?.patient_id;
      if (!row || !personId) return null;
      return { personId, userId: row.user_id, patientId: row.patient_id, dateOfBirth: row.date_of_birth };
    },

    /** When each was born, by account or patient record, in the order asked; null: nobody knows. One statement. */
    async born(ids: readonly string[]): Promise<readonly (string | null)[]> {
      const rows = await db.query<Pick<CaredForRow, 'date_of_birth'>>(BORN, [ids]);
      return rows.map(({ date_of_birth }) => date_of_birth);
    },

    /** How somebody stands to them at this moment. */
    async relations(viewerId: string, person: CaredForPerson): Promise<readonly Relation[]> {
      if (person.patientId !== null) return (await relationsTo(db, viewerId, person.patientId)) ?? [];
      const [row] = await db.query<RelationsRow>(RELATIONS_TO_ACCOUNT, [person.personId, viewerId]);
      return row ? relationNames(row) : [];
    },

    /** Who somebody is, how the viewer stands to them now, and whose accounts hear of them; null: there is nobody. */
    async standing(viewerId: string, id: string) {
      const [row] = await db.query<PersonRow & { readonly team: readonly string[] }>(STANDING_TO_PERSON, [
        id,
        viewerId,
      ]);
      if (!row) return null;
      const own = row.user_id === null ? [] : [row.user_id];
      return { ...standingOf(row), audience: [...new Set([...own, ...row.team])] };
    },

    /** The viewer, and at most so many for whom they care now. */
    async charges(viewerId: string, most: number) {
      const rows = await db.query<PersonRow>(STANDING_TO_CHARGES, [viewerId, most]);
      return rows.map(standingOf);
    },

    /** Whether they are an authority of this hospital at this moment. */
    async isAuthorityAt(viewerId: string, hospitalId: string): Promise<boolean> {
      const [row] = await db.query<{ exists: boolean }>(HOLDS_AT, [
        viewerId,
        ['hospital_authority'],
        hospitalId,
      ]);
      return row?.exists === true;
    },

    /** The account of each patient record that belongs to one. One statement. */
    async accountsOf(patientIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
      const rows = await db.query<{ id: string; user_id: string }>(ACCOUNTS_OF_PATIENTS, [patientIds]);
      return new Map(rows.map(({ id, user_id }) => [id, user_id] as const));
    },

    /** The accounts of those who care for them at this moment. */
    async careTeam({ patientId }: CaredForPerson): Promise<readonly string[]> {
      if (patientId === null) return [];
      const rows = await db.query<{ user_id: string }>(CARE_TEAM_ACCOUNTS, [patientId]);
      return rows.map(({ user_id }) => user_id);
    },
  };
}
