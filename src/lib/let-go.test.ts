import { expect, test } from 'vitest';
import { letGo } from './let-go.ts';

async function* two() {
  yield 1;
  yield 2;
}

async function* broken() {
  yield 1;
  throw new Error('broken');
}

test('what is held is let go once, at the end', async () => {
  let released = 0;
  const heard: number[] = [];
  for await (const piece of letGo(two(), () => released++)) heard.push(piece);
  expect([heard, released]).toEqual([[1, 2], 1]);
});

test('and when reading breaks off, fails, or never begins', async () => {
  let released = 0;
  const release = () => {
    released += 1;
  };
  for await (const _ of letGo(two(), release)) break;
  expect(released).toBe(1);
  await expect(
    (async () => {
      for await (const _ of letGo(broken(), release));
    })(),
  ).rejects.toThrow('broken');
  expect(released).toBe(2);
  const never = letGo(two(), release);
  await never.return?.();
  await never.return?.();
  expect(released).toBe(3);
});
