import { z } from 'zod';
import { grant, skill, text, uuid } from '../fields.ts';
import { day, language, minute, phone, timezone } from './fields.ts';

const contact = z.strictObject({ name: text(120), phone, relationship: text(50).nullable().default(null) });

/** What somebody may change about themselves; absent stays as it is, null is taken away. */
export const profilePatch = z.strictObject({
  name: text(120).optional(),
  phone: phone.nullable().optional(),
  address: text(500).nullable().optional(),
  doctorName: text(120).nullable().optional(),
  doctorPhone: phone.nullable().optional(),
  language: language.optional(),
  timezone: timezone.optional(),
  notifications: z
    .strictObject({ push: z.boolean(), sms: z.boolean(), email: z.boolean() })
    .partial()
    .optional(),
  /** Replaces all of them, in order of importance. */
  emergencyContacts: z.array(contact).max(10).optional(),
});

/** When somebody who is available may be alerted. */
export const duty = z.strictObject({
  /** ISO 8601: Monday is 1. An end that is not after the start lies on the next day. None: at any time. */
  shifts: z
    .array(
      z.strictObject({ weekday: z.number().int().min(1).max(7), fromMin: minute, toMin: minute, timezone }),
    )
    .max(50),
  quietHours: z.strictObject({ fromMin: minute, toMin: minute }).nullable(),
  restAfterAlertMin: z.number().int().min(0).max(10_080),
});

export const certification = z.strictObject({
  name: text(200),
  issuedBy: text(200),
  issuedOn: day,
  /** The last day on which it holds; null: it does not end. */
  expiresOn: day.nullable().default(null),
  /** The skill it proves; null: all of them. */
  skill: skill.nullable().default(null),
  documentId: uuid.nullable().default(null),
});

export const professional = z.strictObject({
  profession: z.enum(['doctor', 'nurse', 'paramedic', 'therapist', 'other']),
  licenseNumber: text(100),
  specialization: text(100),
  hospitalAffiliation: text(255).nullable().default(null),
});

export const verificationRole = z.enum(['volunteer', 'professional']);
export const decision = z.strictObject({
  verified: z.boolean(),
  documentIds: z.array(uuid).max(50).default([]),
  note: text(1_000).nullable().default(null),
});

/** How an address is proved: by a code that goes to it. */
export const channel = z.enum(['email', 'sms']);
export const proof = z.strictObject({ code: z.string().min(1).max(16) });

/** What a document is for, in the query of its upload. */
export const documentAbout = z.strictObject({
  role: verificationRole,
  type: z.string().min(1).max(32),
  name: z.string().max(255).default(''),
});

const timeOrNull = z.number().nullable();

export const volunteerView = z.object({
  skills: z.array(z.string()),
  verified: z.boolean(),
  available: z.boolean(),
});

export const professionalView = z.object({
  profession: z.string(),
  licenseNumber: z.string(),
  specialization: z.string(),
  hospitalAffiliation: z.string().nullable(),
  verified: z.boolean(),
  verifiedAtMs: timeOrNull,
  verifiedBy: uuid.nullable(),
});

export const profileView = z.object({
  userId: uuid,
  email: z.string(),
  emailVerifiedAtMs: timeOrNull,
  phoneVerifiedAtMs: timeOrNull,
  status: z.enum(['active', 'suspended', 'deactivated']),
  name: z.string().nullable(),
  phone: z.string().nullable(),
  address: z.string().nullable(),
  photoUrl: z.string().nullable(),
  language: z.string(),
  timezone: z.string(),
  notifications: z.object({ push: z.boolean(), sms: z.boolean(), email: z.boolean() }),
  doctorName: z.string().nullable(),
  doctorPhone: z.string().nullable(),
  createdAtMs: z.number(),
  lastSignInAtMs: timeOrNull,
  grants: z.array(z.object({ grant, scopeId: uuid.nullable() })),
  emergencyContacts: z.array(
    z.object({ name: z.string(), phone: z.string(), relationship: z.string().nullable() }),
  ),
  professional: professionalView.nullable(),
  /** Null: offers no help. */
  volunteer: volunteerView.nullable(),
});

export const dutyView = z.object(duty.shape);

export const certificationView = z.object({
  id: uuid,
  name: z.string(),
  issuedBy: z.string(),
  issuedOn: z.string(),
  expiresOn: z.string().nullable(),
  skill: z.string().nullable(),
  documentId: uuid.nullable(),
});

export const decisionView = z.object({
  id: uuid,
  role: verificationRole,
  verified: z.boolean(),
  documentIds: z.array(uuid),
  note: z.string().nullable(),
  decidedBy: uuid.nullable(),
  decidedAtMs: z.number(),
});

export const documentView = z.object({
  id: uuid,
  role: verificationRole,
  documentType: z.string(),
  mediaType: z.string(),
  fileName: z.string(),
  sizeBytes: z.number(),
  sha256: z.string(),
  uploadedAtMs: z.number(),
});
