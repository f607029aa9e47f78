import { type Refused, refused } from '../lib/result.ts';
import type { AnyRecordType } from '../schema/records/all.ts';
import type { Entitled } from './entitled.ts';
import type { Row } from './rows.ts';

export interface RuleContext {
  readonly nowMs: number;
  /** Whoever writes it. */
  readonly byUserId: string;
  /** Why it is changed, where somebody says so. */
  readonly reason: string | null;
  /** Whom it is about, who cares for them, and whether whoever writes it may decide. */
  readonly of: Pick<Entitled, 'person' | 'audience' | 'mayDecide'>;
}

export type Wrong = Refused<'bad_request' | 'step_not_allowed' | 'forbidden'> | null;

/** A rule of a family: what is wrong with a record as it is to be, and as it was; null: nothing. `before` null: it is new. */
export type Rule = (type: AnyRecordType, after: Row, before: Row | null, context: RuleContext) => Wrong;

/** A clock that is a little ahead. */
export const AHEAD_MS = 5 * 60_000;

export const wrong = (field: string, rule: string, text: string) =>
  refused('bad_request', `${field} (${rule}): ${text}`);
