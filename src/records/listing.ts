import { ok, refused } from '../lib/result.ts';
import type { AnyRecordType } from '../schema/records/all.ts';
import { columnOf } from '../schema/records/field.ts';
import { cursorOf, type Place } from './cursor.ts';
import { entitled, mayAs, notFound, purposeOf, relationsAt } from './entitled.ts';
import { fitting } from './paging.ts';
import { type Asked, parseQuery } from './query.ts';
import { columnsOf, type Row, viewOf } from './rows.ts';
import { listStatement, type Scope } from './statements.ts';
import type { Answered, Page, RecordParts, Viewer } from './types.ts';

/** Of so many people a list can be that names nobody. */
const CHARGES_MAX = 500;

/** Whose records of a list somebody may see, and why. */
interface Open extends Omit<Scope, 'viewerId'> {
  readonly because: string;
  /** The accounts of those whom records are about, as far as they are known here. */
  readonly accounts: ReadonlyMap<string, string | null>;
}

/** A page of the records of one type that somebody may see, in one order. */
export async function listRecords(
  parts: RecordParts,
  by: Viewer,
  type: AnyRecordType,
  query: Readonly<Record<string, string>>,
): Promise<Answered<Page>> {
  const asked = parseQuery(type, query);
  if (!asked.ok) return asked;
  const scope = await scopeOf(parts, by, type, asked.value);
  if (!scope.ok) return scope;
  if (scope.value.subjects?.length === 0) return ok({ records: [], next: null });
  const { statement, params } = listStatement(type, asked.value, { ...scope.value, viewerId: by.userId });
  const rows = await parts.db.query<Row>(statement, params);
  const shown = fitting(rows, asked.value.limit);
  const last = shown.at(-1);
  await tellSeen(parts, by, type, shown, scope.value);
  const next =
    rows.length > shown.length && last ? cursorOf(asked.value.list, placeIn(type, asked.value, last)) : null;
  return ok({ records: shown.map((row) => viewOf(type, row)), next });
}

function placeIn(type: AnyRecordType, { sort }: Asked, row: Row): Place {
  const column = columnsOf(type).find(({ name }) => name === sort)?.column ?? 'created_at';
  return { value: row[column] as Place['value'], id: String(row.id) };
}

/** Of one person when one is named; of everybody for whom that needs no relation; else of those to whom they stand so. */
async function scopeOf(
  parts: RecordParts,
  by: Viewer,
  type: AnyRecordType,
  { of, asParty, conditions }: Asked,
): Promise<Answered<Open>> {
  // What two write to each other is found by these two, whoever else cares for the patient.
  const isOfParties = asParty || type.letter !== undefined;
  const party = isOfParties ? by.userId : null;
  // A list of one hospital is for those who may see what it has.
  const named = conditions.find(({ field, is }) => field === type.hospital && is === '=')?.value;
  const hospitalId = typeof named === 'string' ? named : null;
  if (type.subject === null) {
    const allowed = await entitled(parts, by, type, 'list', { subjectId: null, hospitalId });
    return allowed.ok ? ok({ ...EVERYBODY, party, because: allowed.value.because }) : allowed;
  }
  if (of !== null) {
    const isNamed = type.letter ? await standsTo(parts, by, of) : asParty;
    const parties = isNamed ? [by.userId] : [];
    const allowed = await entitled(parts, by, type, 'list', { subjectId: of, hospitalId, parties });
    if (!allowed.ok) return allowed;
    const { person, because } = allowed.value;
    const subject = type.subject === 'personId' ? person?.personId : person?.patientId;
    if (!subject) return notFound;
    return ok({
      subjects: [subject],
      party,
      because,
      accounts: new Map([[subject, person?.userId ?? null]]),
    });
  }
  const there = await relationsAt(parts, by, hospitalId);
  const { allowed, because } = mayAs(type, 'list', by, isOfParties ? [...there, 'party'] : there);
  if (allowed) return ok({ ...EVERYBODY, party, because });
  const charges = await parts.people.charges(by.userId, CHARGES_MAX + 1);
  // A list without those that find no room in it would look as if it were whole.
  if (charges.length > CHARGES_MAX + 1)
    return refused(
      'bad_request',
      `of (required): you care for more than ${CHARGES_MAX} people, name one of them`,
    );
  const theirs = charges.filter(({ relations }) => mayAs(type, 'list', by, relations).allowed);
  const accounts = new Map(
    theirs.flatMap(({ person }) => {
      const subject = type.subject === 'personId' ? person.personId : person.patientId;
      return subject === null ? [] : [[subject, person.userId] as const];
    }),
  );
  return ok({ subjects: [...accounts.keys()], party, because: 'care_team', accounts });
}

/** Whether they are this person, or care for them. */
async function standsTo({ people }: RecordParts, { userId }: Viewer, of: string): Promise<boolean> {
  const found = await people.standing(userId, of);
  return found !== null && found.relations.length > 0;
}

const EVERYBODY = { subjects: null, accounts: new Map<string, string | null>() } as const;

/** Each person whose records are on the page, once, by their account: of somebody who has none, by the patient record. */
async function tellSeen(
  { trail, people }: RecordParts,
  by: Viewer,
  type: AnyRecordType,
  rows: readonly Row[],
  { because, accounts }: Open,
): Promise<void> {
  if (type.subject === null) return;
  const column = type.subject === 'id' ? 'id' : columnOf(type.subject, { sqlType: 'uuid' });
  const subjects = [...new Set(rows.map((row) => String(row[column])))];
  const unknown = subjects.filter((subject) => !accounts.has(subject));
  const found = unknown.length > 0 ? await people.accountsOf(unknown) : new Map<string, string>();
  for (const subject of subjects) {
    const seen = accounts.get(subject) ?? found.get(subject) ?? subject;
    if (seen !== by.userId) trail.saw(by, seen, purposeOf(because), { resourceKind: type.name });
  }
}
