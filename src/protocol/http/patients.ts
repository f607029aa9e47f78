import { z } from 'zod';
import { text, uuid } from '../fields.ts';
import { day, email, phone } from './fields.ts';

export const careRole = z.enum(['doctor', 'nurse', 'therapist', 'caregiver', 'family', 'other']);
const line = text(120).nullable().default(null);

export const patient = z.strictObject({
  /** The patient's own account, where there is one. */
  userId: uuid.nullable().default(null),
  firstName: text(100),
  lastName: text(100),
  dateOfBirth: day.nullable().default(null),
  gender: z.enum(['male', 'female', 'other']).nullable().default(null),
  email: email.nullable().default(null),
  phone: phone.nullable().default(null),
  address: text(500).nullable().default(null),
  city: line,
  state: line,
  postalCode: line,
  country: line,
  emergencyContact: z
    .strictObject({ name: text(200), phone, relationship: text(50).nullable().default(null) })
    .nullable()
    .default(null),
  /** In what role the one who enters the patient cares for them. */
  role: careRole.default('doctor'),
});

export const careMember = z.strictObject({ role: careRole });

const words = z.string().nullable();

export const patientView = z.object({
  id: uuid,
  userId: uuid.nullable(),
  firstName: z.string(),
  lastName: z.string(),
  dateOfBirth: words,
  gender: words,
  email: words,
  phone: words,
  address: words,
  city: words,
  state: words,
  postalCode: words,
  country: words,
  emergencyContact: z.object({ name: z.string(), phone: z.string(), relationship: words }).nullable(),
  isActive: z.boolean(),
  createdAtMs: z.number(),
});

/** Who cares for whom: `name` is of the one at the other end. */
export const careTie = z.object({
  patientId: uuid,
  userId: uuid,
  name: words,
  role: z.string(),
  sinceMs: z.number(),
  personId: uuid
    .optional()
    .describe('in a list of patients: their account, or the record of somebody who has none'),
});
