import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inLines } from './in-lines.ts';

const KEYS: readonly string[] = ['a', 'b', 'c', 'd', 'e'];
const anyKeys = fc.uniqueArray(fc.constantFrom(...KEYS), { minLength: 1, maxLength: 3 });

test('those that share a key are done one after another in their order, the others side by side, never too many', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(anyKeys, { maxLength: 20 }),
      fc.integer({ min: 1, max: 4 }),
      async (s, all, atOnce) => {
        const items = all.map((keys, number) => ({ keys, number }));
        const open = new Set<(typeof items)[number]>();
        const done: (typeof items)[number][] = [];
        let most = 0;
        const working = inLines(
          items,
          ({ keys }) => keys,
          atOnce,
          async (item) => {
            for (const other of open) expect(other.keys.some((key) => item.keys.includes(key))).toBe(false);
            open.add(item);
            most = Math.max(most, open.size);
            await s.schedule(Promise.resolve());
            open.delete(item);
            done.push(item);
          },
        );
        await s.waitFor(working);
        expect(done).toHaveLength(items.length);
        expect(most).toBeLessThanOrEqual(atOnce);
        for (const key of KEYS) {
          const numbers = done.filter(({ keys }) => keys.includes(key)).map(({ number }) => number);
          expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
        }
      },
    ),
    { numRuns: 200 },
  );
});

test('two that share nothing do not wait for each other', async () => {
  const begun: string[] = [];
  let go = () => {};
  const held = new Promise<void>((resolve) => {
    go = resolve;
  });
  const all = inLines(
    ['a', 'b'],
    (item) => [item],
    2,
    async (item) => {
      begun.push(item);
      await held;
    },
  );
  await Promise.resolve();
  await Promise.resolve();
  expect(begun).toEqual(['a', 'b']);
  go();
  await all;
});
