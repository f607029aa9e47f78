import { ok, type Result, refused } from '../../lib/result.ts';
import type { People, Person } from '../people.ts';
import { entitled, type Viewer } from '../series/entitled.ts';
import type { FenceOrder } from './fence.ts';
import { checkShape, type Fences } from './fences.ts';
import type { FenceWithState } from './store.ts';

/** A fence as those who may see it do. */
export interface FenceView extends FenceOrder {
  readonly fenceId: string;
  readonly personId: string;
  readonly createdBy: string;
  readonly createdAtMs: number;
  /** Null: not known yet. */
  readonly inside: boolean | null;
  readonly sinceMs: number | null;
}

interface Shown<T> {
  readonly personId: string;
  readonly subjectUserId: string | null;
  readonly value: T;
}

export interface FenceServiceParts {
  readonly people: Pick<People, 'person' | 'relations'>;
  readonly fences: Pick<Fences, 'ofPerson' | 'set' | 'remove'>;
}

const NO_ACCOUNT = refused(
  'bad_request',
  'somebody without an account has no positions that could be watched',
);

/** Fences of one person, for those whom the matrix lets see and change them. */
export function openFenceService({ people, fences }: FenceServiceParts) {
  const personOf = async (
    viewer: Viewer,
    id: string,
    action: 'read' | 'change',
  ): Promise<Result<Person & { readonly userId: string }, 'not_found' | 'bad_request'>> => {
    const person = await entitled(people, viewer, id, 'geofence', action);
    if (!person.ok) return person;
    const { userId } = person.value;
    return userId === null ? NO_ACCOUNT : ok({ ...person.value, userId });
  };

  return {
    async list(
      viewer: Viewer,
      id: string,
    ): Promise<Result<Shown<readonly FenceView[]>, 'not_found' | 'bad_request'>> {
      const person = await personOf(viewer, id, 'read');
      if (!person.ok) return person;
      return shown(person.value, (await fences.ofPerson(person.value.userId)).map(viewOf));
    },

    /** Makes it under the id that the client gives it, or replaces it: sent again it changes nothing. */
    async set(
      viewer: Viewer,
      id: string,
      fenceId: string,
      order: FenceOrder,
    ): Promise<Result<Shown<FenceView>, 'not_found' | 'bad_request'>> {
      const person = await personOf(viewer, id, 'change');
      if (!person.ok) return person;
      const wrong = checkShape(order.shape);
      if (wrong) return wrong;
      const set = await fences.set(fenceId, person.value.userId, viewer.userId, order);
      if (set === 'taken') return refused('not_found');
      if (set === 'too_many')
        return refused('bad_request', 'there are as many fences as one person may have');
      return shown(person.value, viewOf(set));
    },

    async remove(
      viewer: Viewer,
      id: string,
      fenceId: string,
    ): Promise<Result<Shown<null>, 'not_found' | 'bad_request'>> {
      const person = await personOf(viewer, id, 'change');
      if (!person.ok) return person;
      const removed = await fences.remove(fenceId, person.value.userId);
      return removed ? shown(person.value, null) : refused('not_found');
    },
  };
}

export type FenceService = ReturnType<typeof openFenceService>;

const viewOf = ({ fence, state }: FenceWithState): FenceView => ({
  ...fence,
  inside: state?.inside ?? null,
  sinceMs: state?.inside === undefined || state.inside === null ? null : state.sinceMs,
});

const shown = <T>({ personId, userId }: Person, value: T) => ok({ personId, subjectUserId: userId, value });
