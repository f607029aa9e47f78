import { expect, test } from 'vitest';
import { perObject } from './per-object.ts';

test('what is made of an object is made once, also when that is nothing', () => {
  let times = 0;
  const nothing = perObject((_: object) => {
    times += 1;
    return undefined;
  });
  const [one, other] = [{}, {}];
  for (const key of [one, other, one, one]) expect(nothing(key)).toBeUndefined();
  expect(times).toBe(2);
});

test('two that are alike have each their own', () => {
  const copyOf = perObject((key: object) => ({ ...key }));
  const [one, other] = [{ a: 1 }, { a: 1 }];
  expect(copyOf(one)).toBe(copyOf(one));
  expect(copyOf(one)).not.toBe(copyOf(other));
});
