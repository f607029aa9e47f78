import { expect, test } from 'vitest';
import { SoonerRefusals } from './sooner-refusals.ts';
import type { EarlyRefusal } from './store.ts';

const refusal = (commandId: string): EarlyRefusal => ({
  key: { actorId: 'a', commandId, about: '' },
  sosId: 'sos',
  seq: 1,
});

test('refusals of one moment are asked about together, and each hears what is true of it', async () => {
  const asked: string[][] = [];
  const refusals = new SoonerRefusals(async (all) => {
    asked.push(all.map(({ key }) => key.commandId));
    return all.map(({ key }) => key.commandId !== 'carried out');
  });
  const ids = ['one', 'carried out', 'three'];
  expect(await Promise.all(ids.map((id) => refusals.holdsTrue(refusal(id))))).toEqual([true, false, true]);
  expect(asked).toEqual([ids]);
});

test('those that come while the store is asked are next, and a failure is theirs alone who were asked about', async () => {
  let fails = true;
  const refusals = new SoonerRefusals(async (all) => {
    await Promise.resolve();
    if (fails) throw new Error('away');
    return all.map(() => true);
  });
  const first = refusals.holdsTrue(refusal('one'));
  await expect(first).rejects.toThrow('away');
  fails = false;
  expect(await refusals.holdsTrue(refusal('two'))).toBe(true);
});
