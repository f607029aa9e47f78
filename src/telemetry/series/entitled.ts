import type { ActionOf, Resource } from '../../access/matrix.ts';
import { may } from '../../access/may.ts';
import { ok, type Result, refused } from '../../lib/result.ts';
import type { People, Person } from '../people.ts';

/** Who asks: their account, and what they have been granted at this moment. */
export interface Viewer {
  readonly userId: string;
  readonly grants: readonly string[];
}

/** The person, if the matrix lets the viewer do this with what is theirs; else there is nobody, as far as they are told. */
export async function entitled<R extends Resource>(
  people: Pick<People, 'person' | 'relations'>,
  viewer: Viewer,
  personOrUserId: string,
  resource: R,
  action: ActionOf<R>,
): Promise<Result<Person, 'not_found'>> {
  const person = await people.person(personOrUserId);
  if (!person) return refused('not_found');
  const relations = await people.relations(viewer.userId, person);
  return may(viewer, action, resource, relations).allowed ? ok(person) : refused('not_found');
}
