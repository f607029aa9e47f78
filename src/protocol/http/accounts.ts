import { z } from 'zod';
import { grant, skill, text, uuid } from '../fields.ts';
import { email, newPassword, password, phone, token } from './fields.ts';

export const registration = z.strictObject({
  email,
  password: newPassword,
  name: text(120),
  phone: text(32).optional(),
  /** Present: this person offers help. Verified by an administrator later. */
  volunteer: z.strictObject({ skills: z.array(skill).max(skill.options.length).readonly() }).optional(),
});

export const confirmation = z.strictObject({
  /** From the link in the mail. */
  token,
  /** The one chosen when registering. */
  password,
});

export const firstAdministrator = z.strictObject({
  /** From the one-time link that the node printed at its first start. */
  setupToken: token,
  email,
  password: newPassword,
  name: text(120),
});

export const invitation = z.strictObject({
  email,
  grants: z.array(grant).min(1).max(grant.options.length),
  /** The hospital that all of the scoped grants hold in; null: everywhere. */
  scopeId: uuid.nullable().default(null),
});

export const acceptance = z.strictObject({
  /** From the link that the invitation brought. */
  token,
  password: newPassword,
  name: text(120),
  phone: phone.optional(),
});

export const resetAsked = z.strictObject({ email });
export const reset = z.strictObject({ token, password: newPassword });

/** A null id: look into the mail. */
export const registered = z.object({ userId: uuid.nullable() });
export const made = z.object({ userId: uuid });
export const invited = z.object({ expiresAtMs: z.number() });
