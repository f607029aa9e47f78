import { z } from 'zod';
import { isUuid } from '../lib/ids.ts';
import type { Result } from '../lib/result.ts';
import type { ErrorCode } from '../protocol/errors.ts';
import { type Asked, json, noContent, type Reply, refusal } from './http.ts';

export const phone = z
  .string()
  .max(32)
  .regex(/^\+?[\d\s()./-]*\d[\d\s()./-]*$/, 'no phone number');

/** Minutes of a day. */
export const minute = z.number().int().min(0).max(1_439);

/** A day of the calendar, `YYYY-MM-DD`. */
export const day = z.iso.date();

export function isTimezone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

export function isLanguage(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}

/** The first place of the path as an id; one that nobody has when it is none. */
export function personId(places: Asked['places']): string {
  const id = (places[0] ?? '').toLowerCase();
  return isUuid(id) ? id : '';
}

export function answer(result: Result<unknown, ErrorCode>, status = 200): Reply {
  if (!result.ok) return refusal(result.code, result.detail);
  return result.value === null ? noContent : json(status, result.value);
}
