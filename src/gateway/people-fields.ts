import { isUuid } from '../lib/ids.ts';
import type { Result } from '../lib/result.ts';
import type { ErrorCode } from '../protocol/errors.ts';
import { type Asked, json, noContent, type Reply, refusal } from './http.ts';

/** The first place of the path as an id; one that nobody has when it is none. */
export function personId(places: Asked['places']): string {
  const id = (places[0] ?? '').toLowerCase();
  return isUuid(id) ? id : '';
}

export function answer(result: Result<unknown, ErrorCode>, status = 200): Reply {
  if (!result.ok) return refusal(result.code, result.detail);
  return result.value === null ? noContent : json(status, result.value);
}
