import { type ActionOf, MATRIX, type Resource } from './matrix.ts';
import type { Relation, Subject, Way } from './words.ts';

export interface Decision {
  readonly allowed: boolean;
  /** The way in that was taken; `no_way_in` when there is none. */
  readonly because: Way | 'no_way_in';
}

const REFUSED: Decision = { allowed: false, because: 'no_way_in' };

/**
 * Whether somebody may do this now. Pure: `relations` are how they stand to the one whom it is about, found out by the
 * caller at this moment. What the matrix does not name is refused.
 */
export function may<R extends Resource>(
  subject: Subject,
  action: ActionOf<R>,
  resource: R,
  relations: readonly Relation[] = [],
): Decision {
  const way = waysOf(resource, action).find((one) => isOpenTo(one, subject, relations));
  return way === undefined ? REFUSED : { allowed: true, because: way };
}

/** The ways in, in the order of the matrix. */
export function waysOf(resource: Resource, action: string): readonly Way[] {
  const actions: Readonly<Record<string, readonly Way[]>> = MATRIX[resource].actions;
  return Object.hasOwn(actions, action) ? (actions[action] ?? []) : [];
}

function isOpenTo(way: Way, { grants }: Subject, relations: readonly string[]): boolean {
  if (way === 'signed_in') return true;
  return way.split('+').every((part) => grants.includes(part) || relations.includes(part));
}
