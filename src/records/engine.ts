import { createHmac } from 'node:crypto';
import type { CommandKey } from '../journal/commands.ts';
import { isUuid } from '../lib/ids.ts';
import { ok, refused } from '../lib/result.ts';
import { type AnyRecordType, recordType } from '../schema/records/all.ts';
import type { RecordVerb } from '../schema/records/define.ts';
import { columnOf } from '../schema/records/field.ts';
import { type Entitled, entitled, entryOf, isHidden, notFound, partiesOf, purposeOf } from './entitled.ts';
import { breaks } from './families.ts';
import { listRecords } from './listing.ts';
import { fitting } from './paging.ts';
import { at, parseBatch, parseChange, parseErasure, parseInput, parseRemoval } from './parse.ts';
import { PAGE_MAX, versionAfter } from './query.ts';
import { type Row, rowOf, viewOf, viewOfJson } from './rows.ts';
import { statementsOf } from './statements.ts';
import type { Answered, AnyView, Key, RecordParts, Records, Viewer } from './types.ts';
import { doneBefore, isOfKey, type Write, type WritingVerb, write } from './writing.ts';

/**
 * One engine for every declared type: find the type, parse, find out how whoever asks stands to whom it is about, ask the
 * matrix, ask the rules of the family, write. What differs from type to type is in its declaration and nowhere here.
 */
export function openRecords(parts: RecordParts): Records {
  const { db, newId, clock } = parts;

  const find = (name: string, verb: RecordVerb): AnyRecordType | null => {
    const type = recordType(name);
    return type?.verbs.includes(verb) ? type : null;
  };

  /** A record with whom it is about, for somebody who may do this with it. */
  const open = async (by: Viewer, type: AnyRecordType, verb: RecordVerb, id: string) => {
    if (!isUuid(id)) return notFound;
    const { read, readAny } = statementsOf(type);
    const isOpen = verb === 'history' || verb === 'erase';
    const [row] = await db.query<Row>(isOpen ? readAny : read, [id]);
    if (!row) return notFound;
    const about = {
      subjectId: subjectOf(type, row),
      hospitalId: hospitalOf(type, row),
      id,
      parties: partiesOf(type, row, verb),
    };
    const allowed = await entitled(parts, by, type, verb, about);
    if (!allowed.ok) return allowed;
    if (verb !== 'erase' && isHidden(type, row, by, allowed.value.person)) {
      parts.trail.refused(entryOf(by, type, verb, { ...allowed.value, id }));
      return notFound;
    }
    return ok({ row, of: allowed.value });
  };

  const views = async (type: AnyRecordType, ids: readonly string[]): Promise<AnyView[]> => {
    const rows = await db.query<Row>(statementsOf(type).readMany, [ids]);
    return ids.flatMap((id) => {
      const row = rows.find((each) => each.id === id);
      return row ? [viewOf(type, row)] : [];
    });
  };

  /** Writes once, however often it is sent under one key. */
  const once = async <T>(
    order: Omit<Write, 'print' | 'key'> & { readonly key: Key; readonly said: unknown },
    answer: (rows: readonly Row[]) => T,
    again: (ids: readonly string[]) => Promise<T | null>,
  ): Promise<Answered<T>> => {
    const { by, type, verb, said } = order;
    const key = keyOf(by, order.key);
    const print = printOf(key, type, verb, said);
    const repeat = async (): Promise<Answered<T> | null> => {
      const done = await doneBefore(parts, key);
      if (!done) return null;
      if (done.print !== print)
        return refused('bad_request', 'idempotency-key: was given to another request');
      const value = await again(done.ids);
      return value === null ? notFound : ok(value);
    };
    const repeated = await repeat();
    if (repeated) return repeated;
    try {
      const written = await write(parts, { ...order, key, print });
      if (written.ok) return ok(answer(written.value));
      // The first attempt may have been under way still, and be what this one was refused for.
      return (await repeat()) ?? written;
    } catch (error) {
      const meanwhile = isOfKey(error) ? await repeat() : null;
      if (meanwhile) return meanwhile;
      throw error;
    }
  };

  /** What is written of new records, checked by the rules of their family; all of them are about the same person. */
  const filled = async (by: Viewer, type: AnyRecordType, inputs: readonly Row[]) => {
    const said = inputs.map((input) => String(input[type.subject ?? ''] ?? by.userId));
    if (type.subject !== null && new Set(said).size > 1)
      return refused('bad_request', `records: have different ${type.subject}`);
    const allowed = await entitled(parts, by, type, 'create', {
      subjectId: type.subject === null ? null : (said[0] ?? null),
      hospitalId: hospitalSaid(type, inputs[0]),
      parties: inputs.flatMap((input) => type.parties?.map((name) => String(input[name] ?? '')) ?? []),
    });
    if (!allowed.ok) return allowed;
    const rows: Row[] = [];
    for (const [place, input] of inputs.entries()) {
      const values = withPeople(type, input, by, allowed.value);
      const broken = breaks(type, values, null, {
        nowMs: clock.nowMs(),
        byUserId: by.userId,
        reason: null,
        of: allowed.value,
      });
      if (broken) return inputs.length === 1 ? broken : at(place, broken);
      rows.push(rowOf(type, newId(), values));
    }
    return ok({ rows, of: allowed.value });
  };

  const insert = async (by: Viewer, type: AnyRecordType, inputs: readonly Row[], key: Key) => {
    const news = await filled(by, type, inputs);
    if (!news.ok) return news;
    const { rows, of } = news.value;
    const { insert: statement } = statementsOf(type);
    return once(
      {
        by,
        type,
        verb: 'create',
        of,
        key,
        said: inputs,
        reason: null,
        work: (tx) => tx.query<Row>(statement, [JSON.stringify(rows), by.userId]),
      },
      (written) => inOrder(rows, written).map((row) => viewOf(type, row)),
      (ids) => views(type, ids),
    );
  };

  return {
    async create(by, name, body, key = null) {
      const type = find(name, 'create');
      if (!type) return notFound;
      const input = parseInput(type, body);
      if (!input.ok) return input;
      const created = await insert(by, type, [input.value], key);
      if (!created.ok) return created;
      const [view] = created.value;
      return view ? ok(view) : notFound;
    },

    async createMany(by, name, body, key = null) {
      const type = find(name, 'create');
      if (!type?.bulk) return notFound;
      const inputs = parseBatch(type, body);
      return inputs.ok ? insert(by, type, inputs.value, key) : inputs;
    },

    async read(by, name, id) {
      const type = find(name, 'read');
      if (!type) return notFound;
      const found = await open(by, type, 'read', id);
      if (!found.ok) return found;
      const { row, of } = found.value;
      saw(parts, by, type, of, id);
      return ok(viewOf(type, row));
    },

    async change(by, name, id, body, key = null) {
      const type = find(name, 'change');
      if (!type) return notFound;
      const said = parseChange(type, body);
      if (!said.ok) return said;
      const found = await open(by, type, 'change', id);
      if (!found.ok) return found;
      const { row, of } = found.value;
      const { version, change, reason } = said.value;
      const before = viewOf(type, row);
      const after = { ...before, ...change };
      const rows = { rows: [rowOf(type, id, after)] };
      const { update } = statementsOf(type);
      return once(
        {
          by,
          type,
          verb: 'change',
          of,
          key,
          said: [id, body],
          reason,
          changed: Object.keys(change).filter((field) => before[field] !== change[field]),
          work: async (tx) => {
            if (before.version !== version) return [];
            const broken = breaks(type, after, before, {
              nowMs: clock.nowMs(),
              byUserId: by.userId,
              reason,
              of,
            });
            if (broken) throw new Broken(broken);
            return tx.query<Row>(update, [JSON.stringify(rows.rows), version, by.userId]);
          },
        },
        ([changed]) => viewOf(type, changed ?? row),
        async (ids) => (await views(type, ids))[0] ?? null,
      ).catch(brokenOf);
    },

    async remove(by, name, id, body, key = null) {
      const type = find(name, 'remove');
      if (!type) return notFound;
      const said = parseRemoval(body);
      if (!said.ok) return said;
      const { version, reason } = said.value;
      return gone(by, type, 'remove', id, key, { reason, version });
    },

    async erase(by, name, id, body, key = null) {
      const type = find(name, 'erase');
      if (!type) return notFound;
      const said = parseErasure(body);
      if (!said.ok) return said;
      return gone(by, type, 'erase', id, key, { reason: said.value.reason, version: null });
    },

    async history(by, name, id, query = {}) {
      const type = find(name, 'history');
      if (!type) return notFound;
      const after = versionAfter(query);
      if (!after.ok) return after;
      const found = await open(by, type, 'history', id);
      if (!found.ok) return found;
      const { row, of } = found.value;
      saw(parts, by, type, of, id);
      const asked = [id, PAGE_MAX + 1, after.value];
      const replaced = await db.query<Replaced>(statementsOf(type).history, asked);
      const current = { version: Number(row.version), was: row, reason: null, replaced_at: null };
      const all = current.version < after.value ? [current, ...replaced] : replaced;
      const shown = fitting(all, PAGE_MAX);
      // What was its person's alone then is so still.
      const theirs = shown.filter((kept) => kept === current || !isHidden(type, kept.was, by, of.person));
      const versions = theirs.map(({ version, was, replaced_at, reason }) => ({
        version,
        record: replaced_at === null ? viewOf(type, was) : viewOfJson(type, was),
        replacedAtMs: replaced_at,
        reason,
      }));
      const last = shown.at(-1);
      return ok({ versions, next: last && all.length > shown.length ? String(last.version) : null });
    },

    async list(by, name, query) {
      const type = find(name, 'list');
      return type ? listRecords(parts, by, type, query) : notFound;
    },
  };

  /** Taken back or taken out. Sent again without a key after it was done, there is nothing to find. */
  async function gone(
    by: Viewer,
    type: AnyRecordType,
    verb: 'remove' | 'erase',
    id: string,
    key: Key,
    { reason, version }: { readonly reason: string; readonly version: number | null },
  ): Promise<Answered<null>> {
    const said = [id, version, reason];
    const sent = keyOf(by, key);
    const done = await doneBefore(parts, sent);
    if (done && done.print === printOf(sent, type, verb, said)) return ok(null);
    const found = await open(by, type, verb, id);
    if (!found.ok) return found;
    const { remove, erase, eraseHistory } = statementsOf(type);
    return once(
      {
        by,
        type,
        verb,
        of: found.value.of,
        key,
        said,
        reason,
        work: async (tx) => {
          if (version !== null) return tx.query<Row>(remove, [id, version, by.userId]);
          const rows = await tx.query<Row>(erase, [id]);
          await tx.query(eraseHistory, [id]);
          return rows;
        },
      },
      () => null,
      async () => null,
    );
  }
}

interface Replaced {
  readonly version: number;
  readonly was: Row;
  readonly reason: string | null;
  /** Null: it counts. */
  readonly replaced_at: number | null;
}

/** Ends a transaction that has written nothing. */
class Broken extends Error {
  readonly refusal: NonNullable<ReturnType<typeof breaks>>;
  constructor(refusal: NonNullable<ReturnType<typeof breaks>>) {
    super('a rule of its family is broken');
    this.refusal = refusal;
  }
}

function brokenOf(error: unknown): Broken['refusal'] {
  if (error instanceof Broken) return error.refusal;
  throw error;
}

/** Whom a record is about, as its row says; null: nobody. */
function subjectOf(type: AnyRecordType, row: Row): string | null {
  if (type.subject === null) return null;
  const column = type.subject === 'id' ? 'id' : columnOf(type.subject, { sqlType: 'uuid' });
  return String(row[column]);
}

/** Of which hospital a record is, as its row says; null: of none. */
function hospitalOf(type: AnyRecordType, row: Row): string | null {
  if (type.hospital === undefined) return null;
  const id = row[type.hospital === 'id' ? 'id' : 'hospital_id'];
  return typeof id === 'string' ? id : null;
}

/** The same as whoever creates it says. */
function hospitalSaid({ hospital }: AnyRecordType, input: Row | undefined): string | null {
  const id = hospital === 'hospitalId' ? input?.[hospital] : null;
  return typeof id === 'string' ? id : null;
}

/** With whom it is about by the id that records go by, and its author, when nobody was named. */
function withPeople(type: AnyRecordType, input: Row, by: Viewer, { person }: Entitled): Row {
  const values: Record<string, unknown> = { ...input };
  if (type.subject === 'personId') values.personId = person?.personId;
  if (type.subject === 'patientId') values.patientId = person?.patientId;
  const writer = type.author ?? type.letter?.from;
  if (writer !== undefined) values[writer] ??= by.userId;
  return values;
}

const inOrder = (asked: readonly Row[], written: readonly Row[]): Row[] => {
  const byId = new Map(written.map((row) => [row.id, row] as const));
  return asked.map((row) => byId.get(row.id)).filter((row) => row !== undefined);
};

/** Somebody looks at what is theirs: that tells the log nothing. */
function saw(
  { trail }: RecordParts,
  by: Viewer,
  type: AnyRecordType,
  { person, because }: Entitled,
  id: string,
) {
  if (!person || person.userId === by.userId) return;
  const subject = person.userId ?? person.personId;
  trail.saw(by, subject, purposeOf(because), { resourceKind: type.name, resourceId: id });
}

const keyOf = (by: Viewer, key: Key): CommandKey | null =>
  key === null ? null : { actorId: by.userId, commandId: key };

/**
 * Tells a command from another one under the same key, by mistake of whoever sends them. It stays when the record is erased, so it
 * is too short for finding a small record by trying, and of each key another one: 1 of 65,536 mistakes is not noticed.
 */
const printOf = (key: CommandKey | null, type: AnyRecordType, verb: WritingVerb, said: unknown): string =>
  createHmac('sha256', key === null ? '' : `${key.actorId}/${key.commandId}`)
    .update(JSON.stringify([type.name, verb, said]))
    .digest('hex')
    .slice(0, 4);
