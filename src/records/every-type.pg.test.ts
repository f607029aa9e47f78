import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { waysOf } from '../access/may.ts';
import { columnsOf } from '../records/rows.ts';
import { type AnyRecordType, RECORD_TYPES } from '../schema/records/all.ts';
import { engines } from '../testing/databases.ts';
import { openTestStore, type TestStore } from '../testing/open-store.ts';
import { type RecordsStage, recordsStage } from '../testing/records-stage.ts';
import { parseInput } from './parse.ts';
import type { Answered, AnyView, Viewer } from './types.ts';

const value = <T>(answered: Answered<T>): T => {
  if (!answered.ok) throw new Error(`${answered.code}: ${answered.detail ?? ''}`);
  return answered.value;
};

/** On the embedded engine one of each family: what differs there is the engine, not the type. */
const oneOfEachFamily = RECORD_TYPES.filter(
  ({ family }, place) => RECORD_TYPES.findLastIndex((type) => type.family === family) === place,
);

describe.each(engines)('every type of record on %s', (engine) => {
  let store: TestStore;
  let on: RecordsStage;
  beforeAll(async () => {
    store = await openTestStore(engine);
    on = await recordsStage(store.db);
  });
  afterAll(() => store?.stop());

  const types = engine === 'pglite' ? oneOfEachFamily : RECORD_TYPES;
  describe.each(types.map((type) => [type.name, type] as const))('%s', (name, type) => {
    const isAboutNobody = type.subject === null;
    const isOpen = waysOf(type.access, 'read').includes('signed_in');
    const has = (verb: AnyRecordType['verbs'][number]) => type.verbs.includes(verb);
    let first: AnyView;
    let keeper: Viewer;
    let named: Readonly<Record<string, string>>;

    beforeAll(async () => {
      keeper = on.keeperOf(type);
      first = await on.made(type);
      named = await on.named(type);
    });

    test('its example is valid, and comes back as it was said', async () => {
      const said = await on.body(type);
      expect(parseInput(type, said)).toMatchObject({ ok: true });
      if (!has('create')) return;
      expect(first).toMatchObject({ ...said, version: 1, createdBy: keeper.userId });
      expect(value(await on.records.read(keeper, name, first.id))).toEqual(first);
    });

    test('what does not fit is refused with the field and the rule', async () => {
      if (!has('create')) return;
      const said = { ...(await on.body(type)), nonsense: 1 };
      const answer = await on.records.create(keeper, name, said);
      expect(answer).toMatchObject({ ok: false, code: 'bad_request' });
      expect(answer).toHaveProperty('detail', expect.stringContaining('nonsense (unknown)'));
    });

    test('a stranger finds nothing and changes nothing, and that is on record', async () => {
      const change = { version: first.version, change: correction(type, first) };
      if (isOpen) {
        const reader = await on.somebody('hospital_authority');
        expect(await on.records.read(reader, name, first.id)).toMatchObject({ ok: true });
        expect(await on.records.change(reader, name, first.id, change)).toMatchObject({ code: 'forbidden' });
        return;
      }
      const before = on.audited.length;
      const asked = isAboutNobody ? named : { of: on.patient.userId };
      const answers = [
        await on.records.read(on.stranger, name, first.id),
        await on.records.list(on.stranger, name, asked),
        ...(has('change') ? [await on.records.change(on.stranger, name, first.id, change)] : []),
        ...(has('history') ? [await on.records.history(on.stranger, name, first.id)] : []),
      ];
      for (const answer of answers) expect(answer).toEqual({ ok: false, code: 'not_found' });
      const refused = on.audited.slice(before).filter(({ outcome }) => outcome === 'refused');
      expect(refused).toHaveLength(answers.length);
      const subjectUserId = isAboutNobody ? null : on.patient.userId;
      expect(refused[0]).toMatchObject({ resourceKind: name, subjectUserId });
      if (!isAboutNobody) expect(value(await on.records.list(on.stranger, name, {})).records).toEqual([]);
    });

    test('whom it is about reads it, and who cares for them is seen reading it', async () => {
      if (isAboutNobody && !isOpen) return;
      expect(value(await on.records.read(on.patient, name, first.id))).toMatchObject({ id: first.id });
      if (isAboutNobody) return;
      value(await on.records.read(keeper, name, first.id));
      expect(on.seen).toContainEqual({
        viewerId: keeper.userId,
        subjectId: on.patient.userId,
        resourceKind: name,
      });
      expect(on.seen.some(({ viewerId }) => viewerId === on.patient.userId)).toBe(false);
    });

    test('a correction keeps what it said before; one of an old version is refused', async () => {
      if (!has('change')) return;
      const before = value(await on.records.read(keeper, name, first.id));
      const change = correction(type, before);
      const said = { version: before.version, change, reason: 'a slip' };
      const after = value(await on.records.change(keeper, name, first.id, said));
      expect(after).toEqual({
        ...before,
        ...change,
        ...workedOut(type, after),
        version: before.version + 1,
        updatedBy: keeper.userId,
        updatedAtMs: after.updatedAtMs,
      });
      expect(await on.records.change(keeper, name, first.id, said)).toMatchObject({
        ok: false,
        code: 'record_changed',
      });
      const { versions } = value(
        await on.records.history(isOpen || !isAboutNobody ? on.patient : keeper, name, first.id),
      );
      expect(versions.map(({ record }) => record)).toEqual([after, before]);
      expect(versions[1]).toMatchObject({ version: before.version, reason: 'a slip' });
    });

    test('a change is told to those who may know, after it was made', async () => {
      if (!has('change')) return;
      const before = on.published.length;
      const was = value(await on.records.read(keeper, name, first.id));
      const { version } = was;
      const change = correction(type, was, 'again');
      value(await on.records.change(keeper, name, first.id, { version, change }));
      const [event] = on.published.slice(before);
      expect(event).toMatchObject({
        type: 'record.changed',
        actorId: keeper.userId,
        data: { type: name, records: [{ recordId: first.id, version: version + 1 }] },
      });
      if (isAboutNobody) return;
      expect(event?.stream).toBe(`record:${on.patient.userId}`);
      const { audience } = (event?.data ?? {}) as { readonly audience: readonly string[] };
      expect(audience).toEqual(expect.arrayContaining([on.patient.userId, on.nurse.userId]));
    });

    test('a list is in its order, page by page, and of bounded length', async () => {
      for (let n = 1; n <= 3 && has('create'); n++)
        value(await on.records.create(keeper, name, await on.body(type, n)));
      for (const sort of type.sorts.flatMap((each) => [each, `-${each}`])) {
        const found: AnyView[] = [];
        for (let after: string | null = ''; after !== null; ) {
          const query: Record<string, string> = { ...named, sort, limit: '2', ...(after ? { after } : {}) };
          const page = value(await on.records.list(keeper, name, query));
          expect(page.records.length).toBeLessThanOrEqual(2);
          found.push(...page.records);
          after = page.next;
        }
        expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
        expect(found.length).toBeGreaterThanOrEqual(has('create') ? 4 : 1);
        const keys = found.map((record) => record[sort.replace('-', '')] as string | number);
        const ordered = [...keys].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
        expect(keys).toEqual(sort.startsWith('-') ? ordered.reverse() : ordered);
      }
      for (const query of [{ limit: '201' }, { sort: 'nonsense' }, { nonsense: '1' }, { after: 'x' }])
        expect(await on.records.list(keeper, name, query as Record<string, string>)).toMatchObject({
          code: 'bad_request',
        });
    });

    test('each declared filter finds what it names', async () => {
      const record = value(await on.records.read(keeper, name, first.id));
      for (const [field, how] of Object.entries(type.filters)) {
        const is = record[field];
        if (is === null) continue;
        const query = { ...named, [how === 'is' ? field : `${field}.from`]: String(is) };
        const { records } = value(await on.records.list(keeper, name, query));
        expect(records.map(({ id }) => id)).toContain(first.id);
        if (how !== 'range') continue;
        const page = value(
          await on.records.list(keeper, name, { ...named, [`${field}.before`]: String(is) }),
        );
        expect(page.records.map(({ id }) => id)).not.toContain(first.id);
      }
    });

    test('what was removed counts no more; what was erased is gone, and who did it is on record', async () => {
      if (!has('remove')) return;
      const { version } = value(await on.records.read(keeper, name, first.id));
      const by = waysOf(type.access, 'remove').includes('admin') ? on.admin : keeper;
      expect(await on.records.remove(by, name, first.id, { version })).toMatchObject({
        detail: 'reason (required): is missing',
      });
      value(await on.records.remove(by, name, first.id, { version, reason: 'entered by mistake' }));
      expect(await on.records.read(keeper, name, first.id)).toMatchObject({ code: 'not_found' });
      const listed = value(await on.records.list(keeper, name, named)).records;
      expect(listed.map(({ id }) => id)).not.toContain(first.id);
      expect(value(await on.records.history(keeper, name, first.id)).versions[0]?.version).toBe(version + 1);

      value(await on.records.erase(on.admin, name, first.id, { reason: 'asked for by letter' }));
      expect(await on.records.history(keeper, name, first.id)).toMatchObject({ code: 'not_found' });
      const kept = on.audited.filter(
        ({ resourceId, outcome }) => resourceId === first.id && outcome === 'allowed',
      );
      expect(kept.map(({ action }) => action)).toEqual(['create', 'change', 'change', 'remove', 'erase']);
      expect(kept.at(-1)).toMatchObject({ actorId: on.admin.userId, reason: 'asked for by letter' });
    });
  });
});

/** What the database works out. */
const workedOut = (type: AnyRecordType, view: AnyView): Record<string, unknown> =>
  Object.fromEntries(
    columnsOf(type).flatMap(({ name, field }) =>
      field.presence === 'computed' ? [[name, view[name]] as const] : [],
    ),
  );

/** Other words in its last field that takes any and nobody else decides; of what has no words, one more of something. */
function correction(type: AnyRecordType, before: AnyView, words = 'corrected'): Record<string, unknown> {
  const writable = columnsOf(type).filter(
    ({ name, field }) => field.presence !== 'computed' && !type.decided?.fields.includes(name),
  );
  const said = writable.findLast(({ field: { isWords, values } }) => isWords && !values);
  if (said) return { [said.name]: words };
  const counted = writable.find(({ field: { sqlType } }) => sqlType === 'int4' || sqlType === 'numeric');
  return counted ? { [counted.name]: Number(before[counted.name]) + 1 } : {};
}
