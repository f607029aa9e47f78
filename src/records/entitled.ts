import { may } from '../access/may.ts';
import type { Relation } from '../access/words.ts';
import { isUuid } from '../lib/ids.ts';
import { ok, type Refused, type Result, refused } from '../lib/result.ts';
import type { AnyRecordType } from '../schema/records/all.ts';
import type { RecordVerb } from '../schema/records/define.ts';
import { columnsOf, type Row } from './rows.ts';
import type { RecordEntry, RecordParts, RecordPerson, Viewer } from './types.ts';

/** That somebody may do this, and what else is known of it then. */
export interface Entitled {
  /** Whom the record is about; null: nobody. */
  readonly person: RecordPerson | null;
  /** Who hears of a change; null: everybody. */
  readonly audience: readonly string[] | null;
  readonly because: string;
  /** Whether they may say what others decide of it, too. */
  readonly mayDecide: boolean;
}

const ACTIONS: Readonly<Record<RecordVerb, string>> = {
  create: 'create',
  read: 'read',
  list: 'read',
  history: 'read',
  change: 'change',
  remove: 'remove',
  erase: 'erase',
};
export const actionOf = (verb: RecordVerb): string => ACTIONS[verb];

export const mayAs = (
  type: AnyRecordType,
  verb: RecordVerb,
  by: Viewer,
  relations: readonly Relation[] = [],
) => may(by, ACTIONS[verb] as never, type.access, relations);

const mayDecideAs = (type: AnyRecordType, by: Viewer, relations: readonly Relation[]): boolean =>
  type.decided !== undefined && may(by, 'decide' as never, type.access, relations).allowed;

/** Accounts that are named in a record, by column of the database. A letter is taken back by whoever wrote it. */
export const partiesOf = (type: AnyRecordType, row: Row, verb: RecordVerb): string[] =>
  columnsOf(type)
    .filter(({ name }) =>
      verb === 'remove' && type.letter ? name === type.letter.from : type.parties?.includes(name),
    )
    .flatMap(({ column }) => (typeof row[column] === 'string' ? [row[column]] : []));

/** How somebody stands to a hospital; asked for those only whose grants could make a difference. */
export async function relationsAt(
  { people }: Pick<RecordParts, 'people'>,
  by: Viewer,
  hospitalId: string | null,
): Promise<readonly Relation[]> {
  if (hospitalId === null || !by.grants.includes('hospital_authority') || !isUuid(hospitalId)) return [];
  return (await people.isAuthorityAt(by.userId, hospitalId)) ? ['own_hospital'] : [];
}

/**
 * Whether the matrix lets somebody do this with a record of this person or hospital now. Who may not even read it is told that
 * there is nothing, and that is on record.
 */
export async function entitled(
  { people, trail }: Pick<RecordParts, 'people' | 'trail'>,
  by: Viewer,
  type: AnyRecordType,
  verb: RecordVerb,
  about: {
    readonly subjectId: string | null;
    readonly hospitalId?: string | null;
    readonly id?: string;
    readonly parties?: readonly string[];
  },
): Promise<Result<Entitled, 'not_found' | 'forbidden'>> {
  const { subjectId, hospitalId = null, id = null, parties = [] } = about;
  const there: Relation[] = [...(await relationsAt({ people }, by, hospitalId))];
  if (parties.includes(by.userId)) there.push('party');
  if (subjectId === null) {
    const { allowed, because } = mayAs(type, verb, by, there);
    const mayDecide = mayDecideAs(type, by, there);
    if (allowed) return ok({ person: null, audience: null, because, mayDecide });
    if (mayAs(type, 'read', by, there).allowed) return refused('forbidden');
    trail.refused(entryOf(by, type, verb, { person: null, id, because }));
    return notFound;
  }
  const found = isUuid(subjectId) ? await people.standing(by.userId, subjectId) : null;
  if (!found) return refused('not_found');
  const { person, audience } = found;
  const relations = [...found.relations, ...there];
  const { allowed, because } = mayAs(type, verb, by, relations);
  if (allowed && (type.subject !== 'patientId' || person.patientId !== null))
    return ok({ person, audience, because, mayDecide: mayDecideAs(type, by, relations) });
  trail.refused(entryOf(by, type, verb, { person, id, because }));
  return refused('not_found');
}

/** Whether it is kept from whoever asks, though they may read the rest. */
export function isHidden(type: AnyRecordType, row: Row, by: Viewer, person: RecordPerson | null): boolean {
  const column = columnsOf(type).find(({ name }) => name === type.hidden?.field)?.column;
  return column !== undefined && row[column] === type.hidden?.when && person?.userId !== by.userId;
}

export function entryOf(
  by: Viewer,
  type: AnyRecordType,
  verb: RecordVerb,
  of: {
    readonly person: RecordPerson | null;
    readonly id: string | null;
    readonly because: string;
    readonly reason?: string | null;
  },
): RecordEntry {
  return {
    actorId: by.userId,
    grants: by.grants,
    action: ACTIONS[verb],
    resourceKind: type.name,
    resourceId: of.id,
    subjectUserId: of.person?.userId ?? null,
    purpose: of.person ? purposeOf(of.because) : null,
    reason: of.reason ?? null,
  };
}

export const purposeOf = (because: string) => (because === 'break_glass' ? 'break_glass' : 'care');

export const notFound: Refused<'not_found'> = refused('not_found');
