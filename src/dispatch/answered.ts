import { ok, type Result, refused } from '../lib/result.ts';
import type { SosRefusal } from './machine/commands.ts';
import type { SosState } from './machine/state.ts';
import type { Changed, Outcome } from './store.ts';

export type DispatchRefusal = SosRefusal | 'busy' | 'bad_request' | 'rate_limited';

/** What became of a command; of one that was refused also how the SOS stands, where that is known. */
export type Answered<Code extends string = DispatchRefusal> = Result<Outcome, Code> & {
  readonly current?: SosState;
  /** When there were too many. */
  readonly retryAfterMs?: number;
};

const TOO_MANY_OPEN = 'as many of your SOS as possible are open: go on with one of them, or cancel one';

export const BUSY: Answered = refused('busy');

/** What whoever asked is told of what the store did. Null: too many were waiting. */
export function answer<Code extends string>(
  changed: Changed<Code> | null,
): Answered<Code | 'sos_not_found' | 'busy' | 'bad_request' | 'rate_limited'> {
  if (!changed) return refused('busy');
  switch (changed.kind) {
    case 'done':
    case 'repeated':
      return ok(changed.outcome);
    case 'reused':
      return refused('bad_request', 'id: it was given to another command before');
    case 'refused':
      // To a stranger there is no such SOS, so there is no state of it either.
      return changed.code === 'sos_not_found'
        ? refused(changed.code)
        : { ...refused(changed.code), current: changed.state };
    case 'missing':
      return refused('sos_not_found');
    case 'too_many':
      return refused('rate_limited', TOO_MANY_OPEN);
  }
}
