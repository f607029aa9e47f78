import { expect, test } from 'vitest';
import { ManualClock } from './lib/clock.ts';
import { storeAnswers } from './node-provisional.ts';
import { type Db, StoreUnavailable } from './store/db.ts';

const answering = (isWritable: boolean): Pick<Db, 'query'> => ({
  query: async <Row>() => [{ isWritable } as Row],
});
const failing: Pick<Db, 'query'> = {
  query: async () => {
    throw new Error('no answer');
  },
};
const hanging: Pick<Db, 'query'> = { query: () => new Promise(() => {}) };

test.each([
  ['one that answers', [answering(true)], true],
  ['one that answers beside one that hangs', [hanging, answering(true)], true],
  ['one that answers beside one that fails', [failing, answering(true)], true],
  ['none that answers', [failing, failing], false],
  ['a standby, which takes nothing', [answering(false), failing], false],
])('the store is there, or not, by %s', async (_, dbs, isThere) => {
  expect(await storeAnswers(new ManualClock(), dbs)).toBe(isThere);
});

test('a store that says nothing for two seconds is away', async () => {
  const clock = new ManualClock();
  const answer = storeAnswers(clock, [hanging, failing]);
  clock.advance(2_000);
  expect(await answer).toBe(false);
});

test('one that had no room is back when it takes more than a little', async () => {
  const store = { isFull: true, isForbidden: false };
  const db: Pick<Db, 'query'> = {
    query: async <Row>({ name }: { name: string }) => {
      if (name === 'store_room' && store.isFull) throw new StoreUnavailable('SQLSTATE 53100', '53100');
      if (name === 'store_room' && store.isForbidden) throw new Error('permission denied');
      return [{ isWritable: true } as Row];
    },
  };
  const clock = new ManualClock();
  expect([await storeAnswers(clock, [db]), await storeAnswers(clock, [db], true)]).toEqual([true, false]);
  store.isFull = false;
  expect(await storeAnswers(clock, [db], true)).toBe(true);
  // Then what is to be written finds out.
  store.isForbidden = true;
  expect(await storeAnswers(clock, [db], true)).toBe(true);
});
