import { z } from 'zod';

export const email = z.email().max(254);
/** One that is to be set: shorter ones are guessed. */
export const newPassword = z.string().min(8).max(128);
/** One that is typed again. */
export const password = z.string().min(1).max(128);
/** Out of a link. */
export const token = z.string().min(1).max(256);

export const phone = z
  .string()
  .max(32)
  .regex(/^\+?[\d\s()./-]*\d[\d\s()./-]*$/, 'no phone number');

/** Minutes of a day. */
export const minute = z.number().int().min(0).max(1_439);

/** A day of the calendar, `YYYY-MM-DD`. */
export const day = z.iso.date();

/** IANA, such as `Asia/Jakarta`. */
export const timezone = z.string().max(64).refine(isTimezone, 'no time zone that is known here');

/** BCP 47, such as `id-ID`. */
export const language = z.string().max(35).refine(isLanguage, 'no language tag');

function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

function isLanguage(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}
