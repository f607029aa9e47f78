import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eraseIn } from '../accounts/personal-rights.ts';
import { must } from '../lib/assert.ts';
import { recordType } from '../schema/records/all.ts';
import { openTestStore, type TestStore } from '../testing/open-store.ts';
import { type RecordsStage, recordsStage } from '../testing/records-stage.ts';
import type { Answered, AnyView, Viewer } from './types.ts';

const value = <T>(answered: Answered<T>): T => {
  if (!answered.ok) throw new Error(`${answered.code}: ${answered.detail ?? ''}`);
  return answered.value;
};

type Said = Readonly<Record<string, unknown>>;

let store: TestStore;
let on: RecordsStage;
beforeAll(async () => {
  store = await openTestStore('postgres');
  on = await recordsStage(store.db);
});
afterAll(() => store?.stop());

const create = async (name: string, said: Said, by: Viewer = on.patient): Promise<AnyView> =>
  value(await on.records.create(by, name, said));
const example = async (name: string, more: Said = {}): Promise<AnyView> =>
  create(name, { ...(await on.body(must(recordType(name), name))), ...more }, on.nurse);
const change = async (name: string, { id, version }: AnyView, said: Said, by: Viewer = on.patient) =>
  on.records.change(by, name, id, { version, change: said });
const read = async (name: string, { id }: AnyView) => value(await on.records.read(on.patient, name, id));
const remove = async (name: string, { id, version }: AnyView) =>
  value(await on.records.remove(on.patient, name, id, { version, reason: 'by mistake' }));
const isGone = async (name: string, { id }: AnyView) => !(await on.records.read(on.patient, name, id)).ok;

describe('what a meal held in all', () => {
  const NUTRIENTS = ['energyKcal', 'proteinG', 'carbsG', 'fatG'] as const;
  type Nutrients = Readonly<Record<(typeof NUTRIENTS)[number], number | null>>;
  const totals = ({ totalEnergyKcal, totalProteinG, totalCarbsG, totalFatG }: AnyView) => [
    totalEnergyKcal,
    totalProteinG,
    totalCarbsG,
    totalFatG,
  ];
  const meal = () => create('meal-entries', { eatenAtMs: 1_790_000_000_000 });

  /** An item as the test keeps it: `food` null is one of the person's own. */
  interface Item {
    readonly view: AnyView;
    readonly meal: number;
    readonly food: number | null;
    readonly quantity: number;
    readonly own: number | null;
  }

  /** In whole hundredths of hundredths, so that nothing is rounded. */
  function plainSum(items: readonly Item[], foods: readonly Nutrients[], place: number) {
    const mine = items.filter((item) => item.meal === place);
    return NUTRIENTS.map((nutrient) => {
      const parts = mine.flatMap(({ food, own, quantity }) => {
        const holds = food === null ? (nutrient === 'energyKcal' ? own : null) : foods[food]?.[nutrient];
        return holds == null ? [] : [Math.round(quantity * 100) * Math.round(holds * 100)];
      });
      return parts.length === 0 ? null : parts.reduce((a, b) => a + b, 0) / 10_000;
    });
  }

  const hundredths = (max: number) => fc.integer({ min: 0, max: max * 100 }).map((n) => n / 100);
  const unknownOr = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null, freq: 3 });
  const nutrients: fc.Arbitrary<Nutrients> = fc.record({
    energyKcal: unknownOr(fc.integer({ min: 0, max: 900 })),
    proteinG: unknownOr(hundredths(90)),
    carbsG: unknownOr(hundredths(90)),
    fatG: unknownOr(hundredths(90)),
  });
  const quantity = fc.integer({ min: 1, max: 500 }).map((n) => n / 100);
  const food = fc.option(fc.nat(2), { nil: null });
  const one = fc.nat(1);
  const step = fc.oneof(
    fc.record({ do: fc.constant('add' as const), food, quantity, meal: one, own: unknownOr(fc.nat(900)) }),
    fc.record({ do: fc.constant('correct' as const), at: fc.nat(9), quantity, meal: one }),
    fc.record({ do: fc.constant('remove' as const), at: fc.nat(9) }),
    fc.record({ do: fc.constant('food' as const), food: fc.nat(2), holds: nutrients }),
  );

  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

  test('is the plain sum of its items, whatever was added, corrected, moved or removed, and whichever food was corrected', async () => {
    const run = async (first: readonly Nutrients[], steps: readonly Step[]) => {
      const meals = [await meal(), await meal()];
      const foods = [...first];
      const views: AnyView[] = [];
      for (const holds of first) views.push(await create('food-items', { name: 'Food', ...holds }, on.nurse));
      let items: Item[] = [];
      for (const each of steps) {
        const item = 'at' in each ? items[each.at % Math.max(1, items.length)] : undefined;
        if (each.do === 'add') {
          const { meal: place, food: of, quantity: much, own } = each;
          const what =
            of === null ? { customFoodName: 'Soup', customEnergyKcal: own } : { foodItemId: views[of]?.id };
          const said = { mealEntryId: meals[place]?.id, quantity: much, ...what };
          const view = await create('meal-item-entries', said);
          items.push({ view, meal: place, food: of, quantity: much, own });
        } else if (each.do === 'food') {
          const view = must(views[each.food], 'a food');
          views[each.food] = value(await change('food-items', view, each.holds, on.nurse));
          foods[each.food] = each.holds;
        } else if (item && each.do === 'correct') {
          const said = { quantity: each.quantity, mealEntryId: meals[each.meal]?.id };
          const view = value(await change('meal-item-entries', item.view, said));
          items = items.map((i) =>
            i === item ? { ...i, view, quantity: each.quantity, meal: each.meal } : i,
          );
        } else if (item && each.do === 'remove') {
          await remove('meal-item-entries', item.view);
          items = items.filter((i) => i !== item);
        }
      }
      for (const [place, entry] of meals.entries()) {
        const now = await read('meal-entries', entry);
        expect(totals(now)).toEqual(plainSum(items, foods, place));
        expect(now.version).toBe(1);
      }
    };
    await fc.assert(
      fc.asyncProperty(
        fc.array(nutrients, { minLength: 3, maxLength: 3 }),
        fc.array(step, { minLength: 1, maxLength: 12 }),
        run,
      ),
      { numRuns: 12 },
    );
  });

  test('stays right while many write to it and to a food at once', async () => {
    const entry = await meal();
    const salmon = await create('food-items', { name: 'Salmon', energyKcal: 100 }, on.nurse);
    const said = { mealEntryId: entry.id, foodItemId: salmon.id };
    const bulk = { records: [said, { ...said, quantity: 2 }] };
    const answers: readonly Answered<unknown>[] = await Promise.all([
      ...[1, 2, 3, 4].map((quantity) =>
        on.records.create(on.patient, 'meal-item-entries', { ...said, quantity }),
      ),
      on.records.createMany(on.patient, 'meal-item-entries', bulk),
      change('food-items', salmon, { energyKcal: 250 }, on.nurse),
    ]);
    expect(answers.filter(({ ok }) => !ok)).toEqual([]);
    expect((await read('meal-entries', entry)).totalEnergyKcal).toBe(13 * 250);
  });

  test('nobody writes it, and what is removed takes its items along and gets no new ones', async () => {
    expect(
      await on.records.create(on.patient, 'meal-entries', { eatenAtMs: 1, totalEnergyKcal: 1 }),
    ).toMatchObject({ detail: expect.stringContaining('totalEnergyKcal (unknown)') });
    const entry = await meal();
    const said = { mealEntryId: entry.id, customFoodName: 'Soup', customEnergyKcal: 90 };
    const item = await create('meal-item-entries', said);
    await remove('meal-entries', entry);
    expect(await isGone('meal-item-entries', item)).toBe(true);
    expect(await on.records.create(on.patient, 'meal-item-entries', said)).toMatchObject({
      detail: 'mealEntryId (reference): there is no such record of this person',
    });
  });

  test('an item is of the catalogue or named by the person, never both or neither', async () => {
    const salmon = await create('food-items', { name: 'Salmon' }, on.nurse);
    const mealEntryId = (await meal()).id;
    for (const what of [{}, { foodItemId: salmon.id, customFoodName: 'Salmon' }])
      expect(
        await on.records.create(on.patient, 'meal-item-entries', { mealEntryId, ...what }),
      ).toMatchObject({ detail: expect.stringContaining('foodItemId (check)') });
    const both = { mealEntryId, foodItemId: salmon.id, customEnergyKcal: 1 };
    expect(await on.records.create(on.patient, 'meal-item-entries', both)).toMatchObject({
      detail: expect.stringContaining('customEnergyKcal (check)'),
    });
  });
});

describe('a calendar', () => {
  const startsAtMs = 1_798_790_400_000;
  const calendar = (by?: Viewer, more: Said = {}) => create('calendars', { name: 'Mine', ...more }, by);

  test('is the default one of a person alone', async () => {
    const first = await calendar(on.patient, { isDefault: true });
    expect(
      await on.records.create(on.patient, 'calendars', { name: 'Other', isDefault: true }),
    ).toMatchObject({ code: 'record_exists', detail: 'isDefault (unique): is taken' });
    await calendar(await on.somebody('patient'), { isDefault: true });
    await remove('calendars', first);
    await calendar(on.patient, { isDefault: true });
  });

  test('takes its events along when it is removed, and gets no new ones', async () => {
    const gone = await calendar();
    const said = { calendarId: gone.id, title: 'Walk', startsAtMs };
    const event = await create('calendar-events', said);
    await remove('calendars', gone);
    expect(await isGone('calendar-events', event)).toBe(true);
    expect(await on.records.create(on.patient, 'calendar-events', said)).toMatchObject({
      detail: 'calendarId (reference): there is no such record of this person',
    });
  });

  test('holds events of its own person only', async () => {
    const theirs = await calendar(await on.somebody('patient'));
    const said = { calendarId: theirs.id, title: 'Walk', startsAtMs };
    expect(await on.records.create(on.patient, 'calendar-events', said)).toMatchObject({
      detail: 'calendarId (reference): there is no such record of this person',
    });
  });

  test('says what is wrong with a rule, and keeps days on which an event does not happen', async () => {
    const said = { calendarId: (await calendar()).id, title: 'Walk', startsAtMs };
    expect(
      await on.records.create(on.patient, 'calendar-events', {
        ...said,
        recurrenceRule: 'FREQ=WEEKLY;BYDAY=1MO',
      }),
    ).toMatchObject({
      code: 'bad_request',
      detail: expect.stringContaining('recurrenceRule (rule): days with numbers'),
    });
    expect(
      await on.records.create(on.patient, 'calendar-events', { ...said, recurrenceExceptions: ['20261224'] }),
    ).toMatchObject({ detail: expect.stringContaining('recurrenceExceptions (check)') });
    const recurrenceExceptions = ['20261224', '20261231T080000Z'];
    const event = await create('calendar-events', {
      ...said,
      recurrenceRule: 'FREQ=DAILY',
      recurrenceExceptions,
    });
    expect(event).toMatchObject({ recurrenceExceptions });
    expect(await read('calendar-events', event)).toEqual(event);
  });

  test('one day of an event that comes again names it, and goes when it goes', async () => {
    const said = { calendarId: (await calendar()).id, title: 'Walk', startsAtMs };
    const [single, series] = [
      await create('calendar-events', said),
      await create('calendar-events', { ...said, recurrenceRule: 'FREQ=DAILY' }),
    ];
    expect(
      await on.records.create(on.patient, 'calendar-events', { ...said, parentEventId: single.id }),
    ).toMatchObject({ detail: expect.stringContaining('parentEventId (reference)') });
    const both = { ...said, parentEventId: series.id, recurrenceRule: 'FREQ=DAILY' };
    expect(await on.records.create(on.patient, 'calendar-events', both)).toMatchObject({
      detail: expect.stringContaining('parentEventId (check)'),
    });
    const later = await create('calendar-events', {
      ...said,
      parentEventId: series.id,
      startsAtMs: startsAtMs + 1,
    });
    const { records } = value(
      await on.records.list(on.patient, 'calendar-events', { parentEventId: series.id }),
    );
    expect(records.map(({ id }) => id)).toEqual([later.id]);
    await remove('calendar-events', series);
    expect(await isGone('calendar-events', later)).toBe(true);
  });

  test('one day of an event stays, as one by itself, when the event is taken out', async () => {
    const said = { calendarId: (await calendar()).id, title: 'Walk', startsAtMs };
    const series = await create('calendar-events', { ...said, recurrenceRule: 'FREQ=DAILY' });
    const day = await create('calendar-events', { ...said, parentEventId: series.id });
    value(await on.records.erase(on.admin, 'calendar-events', series.id, { reason: 'asked for' }));
    expect(await read('calendar-events', day)).toMatchObject({ parentEventId: null, version: 2 });
  });
});

test('exercise follows a prescription of the same person', async () => {
  const prescription = await example('exercise-prescriptions');
  const said = { prescriptionId: prescription.id, completedAtMs: 1_790_000_000_000 };
  await create('exercise-logs', said);
  const other = await on.somebody('patient');
  expect(await on.records.create(other, 'exercise-logs', said)).toMatchObject({
    detail: 'prescriptionId (reference): there is no such record of this person',
  });
  const pulses = { avgHeartRateBpm: 120, maxHeartRateBpm: 100 };
  expect(await on.records.create(on.patient, 'exercise-logs', { ...said, ...pulses })).toMatchObject({
    detail: expect.stringContaining('maxHeartRateBpm (check)'),
  });
});

test('a day is scored once, and again after the score was removed', async () => {
  const said = { scoredOn: '2026-01-02', overallScore: 70 };
  const score = await create('daily-scores', said);
  expect(await on.records.create(on.patient, 'daily-scores', said)).toMatchObject({
    code: 'record_exists',
    detail: 'scoredOn (unique): is taken',
  });
  await remove('daily-scores', score);
  await create('daily-scores', said);
});

test('a phase does not end before it begins', async () => {
  const said = { name: 'Backwards', weekStart: 5, weekEnd: 4 };
  expect(await on.records.create(on.nurse, 'therapy-phases', said)).toMatchObject({
    detail: expect.stringContaining('weekEnd (check)'),
  });
});

test('of a person who is erased nothing of it is left, whatever refers to what', async () => {
  const own = await on.somebody('patient');
  const of = { personId: own.userId };
  const eaten = await create('meal-entries', { ...of, eatenAtMs: 1_790_000_000_000 }, own);
  await create(
    'meal-item-entries',
    { ...of, mealEntryId: eaten.id, customFoodName: 'Soup', customEnergyKcal: 90 },
    own,
  );
  const calendar = await create('calendars', { ...of, name: 'Mine' }, own);
  const said = { ...of, calendarId: calendar.id, title: 'Walk', startsAtMs: 1_798_790_400_000 };
  const series = await create('calendar-events', { ...said, recurrenceRule: 'FREQ=DAILY' }, own);
  await create('calendar-events', { ...said, parentEventId: series.id }, own);
  await store.db.transaction((tx) => eraseIn(tx, own.userId));
  for (const table of ['meal_entries', 'meal_item_entries', 'calendars', 'calendar_events', 'record_history'])
    expect(
      await on.ask(`select 1 as one from recovery.${table} where person_id = $1`, [own.userId]),
      table,
    ).toEqual([]);
});
