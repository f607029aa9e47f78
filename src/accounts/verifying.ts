import { isUuid } from '../lib/ids.ts';
import { ok, type Result, refused } from '../lib/result.ts';
import type { PeopleContext } from './people-context.ts';
import { DOCUMENTS_OF } from './sql/documents.ts';
import {
  ADD_DECISION,
  DECISIONS,
  type DecisionRow,
  UNDECIDED,
  type UndecidedRow,
  VERIFY_PROFESSIONAL,
  VERIFY_VOLUNTEER,
} from './sql/professionals.ts';
import { LOCK_USER } from './sql/users.ts';
import { allowed } from './standing.ts';
import type { Principal } from './types.ts';
import { volunteerChanged } from './volunteers.ts';

export interface VerificationInput {
  readonly role: 'volunteer' | 'professional';
  /** False takes a verification back. */
  readonly verified: boolean;
  /** What it was decided from: documents of that person. */
  readonly documentIds: readonly string[];
  readonly note: string | null;
}

export interface VerificationDecision extends VerificationInput {
  readonly id: string;
  readonly decidedBy: string | null;
  readonly decidedAtMs: number;
}

export interface WaitingVerification {
  readonly userId: string;
  readonly name: string | null;
  readonly role: 'volunteer' | 'professional';
  readonly verified: boolean;
  /** Uploaded since it was last decided. */
  readonly documents: number;
  readonly sinceMs: number;
}

export interface Verifying {
  /** Admin only. A professional is verified from at least one document. Effective for matching after commit. */
  decideVerification(
    by: Principal,
    userId: string,
    decision: VerificationInput,
  ): Promise<Result<null, 'forbidden' | 'not_found' | 'bad_request'>>;
  /** Admin only: who waits to be verified, the longest first; also who has handed in something since. */
  waitingVerifications(
    by: Principal,
    limit: number,
  ): Promise<Result<readonly WaitingVerification[], 'forbidden'>>;
  /** Admin only: who decided what and when, newest first. */
  verificationDecisions(
    by: Principal,
    userId: string,
  ): Promise<Result<readonly VerificationDecision[], 'forbidden' | 'not_found'>>;
}

export function openVerifying(context: PeopleContext): Verifying {
  const { db, newId } = context;
  return {
    async decideVerification(by, userId, { role, verified, documentIds, note }) {
      if (!(await allowed(context, by, 'verify', 'documents'))) return refused('forbidden');
      if (!isUuid(userId)) return refused('not_found');
      if (role === 'professional' && verified && documentIds.length === 0) {
        return refused('bad_request', 'documentIds: a professional is verified from documents');
      }
      return db.transaction(async (tx) => {
        await tx.query(LOCK_USER, [userId]);
        const theirs = await tx.query<{ id: string }>(DOCUMENTS_OF, [userId]);
        if (!documentIds.every((id) => theirs.some((document) => document.id === id))) {
          return refused('bad_request', 'documentIds: not all are documents of this person');
        }
        const statement = role === 'volunteer' ? VERIFY_VOLUNTEER : VERIFY_PROFESSIONAL;
        const [found] = await tx.query(statement, [userId, by.userId, verified]);
        if (!found) return refused('not_found');
        const decision = [role, verified, documentIds, note, by.userId];
        await tx.query(ADD_DECISION, [newId(), userId, ...decision]);
        await volunteerChanged(context, tx, userId);
        return ok(null);
      });
    },

    async waitingVerifications(by, limit) {
      if (!(await allowed(context, by, 'verify', 'documents'))) return refused('forbidden');
      const rows = await db.query<UndecidedRow>(UNDECIDED, [limit]);
      return ok(
        rows.map(({ user_id: userId, name, role, verified, documents, since: sinceMs }) => ({
          userId,
          name,
          role,
          verified,
          documents,
          sinceMs,
        })),
      );
    },

    async verificationDecisions(by, userId) {
      if (!(await allowed(context, by, 'verify', 'documents'))) return refused('forbidden');
      if (!isUuid(userId)) return refused('not_found');
      return ok((await db.query<DecisionRow>(DECISIONS, [userId])).map(decisionOf));
    },
  };
}

const decisionOf = (row: DecisionRow): VerificationDecision => ({
  id: row.id,
  role: row.role,
  verified: row.verified,
  documentIds: row.document_ids,
  note: row.note,
  decidedBy: row.decided_by,
  decidedAtMs: row.decided_at,
});
