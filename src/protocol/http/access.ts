import { z } from 'zod';
import { text, uuid } from '../fields.ts';

export const breaking = z.strictObject({
  subjectUserId: uuid,
  reason: text(500).refine((reason) => reason.length >= 10, 'a reason of ten characters or more'),
});

export const ACTIVITY_TYPES = [
  'LOCATION_MISMATCH',
  'RATE_LIMIT_EXCEEDED',
  'MULTIPLE_FAILED_LOGINS',
  'SPAM_MESSAGES',
  'REFRESH_TOKEN_REUSED',
  'BREAK_GLASS',
  'UNUSUAL_READING',
] as const;

const words = z.string().nullable();

/** Somebody looked at a person's exact position or record; once per minute, on the map of everybody per quarter of an hour. */
export const disclosure = z.object({
  id: uuid,
  atMs: z.number(),
  viewerId: uuid,
  viewerName: words,
  what: z.string(),
  purpose: words,
  reason: words,
});

export const auditEntry = z.object({
  id: uuid,
  atMs: z.number(),
  actorId: uuid.nullable(),
  grants: z.array(z.string()),
  action: z.string(),
  resourceKind: z.string(),
  /** What of them it was; where it differs between several, of the one who was asked for, else null. */
  resourceId: words,
  /** Whom it is about; of several, the one who was asked for, else null. */
  subjectUserId: uuid.nullable(),
  purpose: words,
  outcome: z.enum(['allowed', 'refused', 'failed']),
  reason: words,
  address: words,
  actorName: words.optional(),
  subjectName: words.optional(),
  /** How many people it is about: a map that somebody looked at shows hundreds. Absent: said by a server from before. */
  subjects: z.number().optional(),
});

/** Somebody whom an entry is about. `resourceId`: what of them it was, for example the SOS. Absent: said by a server from before. */
export const auditPerson = z.object({ userId: uuid, name: words, resourceId: words.optional() });

export const glassBroken = z.object({ breakGlassId: uuid, untilMs: z.number() });
export const brokenGlass = glassBroken.extend({
  userId: uuid,
  subjectUserId: uuid,
  reason: z.string(),
  openedAtMs: z.number(),
});

export const suspiciousActivity = z.object({
  activityId: uuid,
  userId: uuid.nullable(),
  userName: words.optional(),
  /** Whether the account may sign in at this moment. */
  userStatus: words.optional(),
  /** One of {@link ACTIVITY_TYPES}, or one that this program does not know yet. */
  type: z.string(),
  details: z.record(z.string(), z.unknown()),
  address: words,
  atMs: z.number(),
});
