import { isUuid } from '../lib/ids.ts';
import { ok, type Result, refused } from '../lib/result.ts';
import type { PeopleContext } from './people-context.ts';
import { OWN_DOCUMENT } from './sql/documents.ts';
import {
  ADD_CERTIFICATION,
  CERTIFICATIONS,
  type CertificationRow,
  DROP_CERTIFICATION,
  DUTY,
} from './sql/duty.ts';
import { LOCK_USER } from './sql/users.ts';
import type { Principal } from './types.ts';
import { volunteerChanged } from './volunteers.ts';

/** Dates are `YYYY-MM-DD`. */
export interface NewCertification {
  readonly name: string;
  readonly issuedBy: string;
  readonly issuedOn: string;
  /** The last day on which it holds, where the person is; null: it does not end. */
  readonly expiresOn: string | null;
  /** The skill it proves; null: all of them. */
  readonly skill: string | null;
  readonly documentId: string | null;
}

export interface Certification extends NewCertification {
  readonly id: string;
}

export const CERTIFICATIONS_MAX = 100;

export interface Certifications {
  certifications(by: Principal): Promise<Result<readonly Certification[], never>>;
  /** For those who help; the document has to be their own. */
  addCertification(
    by: Principal,
    certification: NewCertification,
  ): Promise<Result<{ id: string }, 'forbidden' | 'bad_request'>>;
  dropCertification(by: Principal, id: string): Promise<Result<null, 'not_found'>>;
}

export function openCertifications(context: PeopleContext): Certifications {
  const { db, newId } = context;
  return {
    async certifications(by) {
      return ok((await db.query<CertificationRow>(CERTIFICATIONS, [by.userId])).map(certificationOf));
    },

    async addCertification(by, { name, issuedBy, issuedOn, expiresOn, skill, documentId }) {
      if (expiresOn !== null && expiresOn < issuedOn) {
        return refused('bad_request', 'expiresOn: before issuedOn');
      }
      return db.transaction(async (tx) => {
        await tx.query(LOCK_USER, [by.userId]);
        if ((await tx.query(DUTY, [by.userId])).length === 0) return refused('forbidden');
        const held = await tx.query(CERTIFICATIONS, [by.userId]);
        if (held.length >= CERTIFICATIONS_MAX) {
          return refused('bad_request', `certifications: at most ${CERTIFICATIONS_MAX}`);
        }
        if (documentId !== null && (await tx.query(OWN_DOCUMENT, [documentId, by.userId])).length === 0) {
          return refused('bad_request', 'documentId: no document of yours');
        }
        const id = newId();
        const dates = [issuedOn, expiresOn];
        await tx.query(ADD_CERTIFICATION, [id, by.userId, name, issuedBy, ...dates, skill, documentId]);
        await volunteerChanged(context, tx, by.userId);
        return ok({ id });
      });
    },

    async dropCertification(by, id) {
      if (!isUuid(id)) return refused('not_found');
      return db.transaction(async (tx) => {
        await tx.query(LOCK_USER, [by.userId]);
        const [dropped] = await tx.query(DROP_CERTIFICATION, [id, by.userId]);
        if (!dropped) return refused('not_found');
        await volunteerChanged(context, tx, by.userId);
        return ok(null);
      });
    },
  };
}

const certificationOf = (row: CertificationRow): Certification => ({
  id: row.id,
  name: row.name,
  issuedBy: row.issued_by,
  issuedOn: row.issued_on,
  expiresOn: row.expires_on,
  skill: row.skill,
  documentId: row.document_id,
});
