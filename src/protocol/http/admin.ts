import { z } from 'zod';
import { atMs, grant, text, uuid } from '../fields.ts';
import { verificationRole } from './people.ts';

const atOrNull = atMs.nullable();

/** Work that one node at a time does every so often. */
export const jobView = z.object({
  name: z.string(),
  everyMs: z.number().nullable().describe('null: the node that was asked does not know this job'),
  dueAtMs: atMs,
  running: z.boolean(),
  lastOkAtMs: atOrNull,
  lastError: z.string().nullable().describe('a code; null once it went well again'),
  failures: z.number().int().describe('failed runs in a row'),
});
export const jobsView = z.object({ jobs: z.array(jobView) });

export const usersAsked = z.strictObject({
  /** A part of the name, the beginning of the address, or the id. */
  text: text(120),
  limit: z.number().int().min(1).max(50).default(20),
});
export const userFound = z.object({
  userId: uuid,
  name: z.string().nullable(),
  email: z.string(),
  status: z.enum(['active', 'suspended', 'deactivated']),
  grants: z.array(grant),
});
export const usersFound = z.object({ users: z.array(userFound) });

export const waitingVerification = z.object({
  userId: uuid,
  name: z.string().nullable(),
  role: verificationRole,
  verified: z.boolean().describe('true: verified already, and there are documents since'),
  documents: z.number().int().describe('uploaded since it was last decided'),
  sinceMs: atMs,
});
export const waitingVerifications = z.object({ waiting: z.array(waitingVerification) });

export const invitationView = z.object({
  id: uuid,
  email: z.string(),
  grants: z.array(grant),
  scopeId: uuid.nullable(),
  invitedBy: uuid.nullable(),
  invitedAtMs: atMs,
  expiresAtMs: atMs,
  acceptedAtMs: atOrNull,
});
export const invitationsView = z.object({ invitations: z.array(invitationView) });

export const auditVerdict = z.object({
  chains: z.number().int(),
  rows: z.number().int(),
  broken: z
    .array(
      z.object({
        chain: uuid,
        chainSeq: z.number().int(),
        id: uuid.nullable().describe('null: the row is missing'),
        what: z.string().describe('ends the sentence “row n of chain c …”'),
      }),
    )
    .describe('the first broken row of each broken chain'),
});
