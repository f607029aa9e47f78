import { expect, test } from 'vitest';
import { textUpTo } from './text-up-to.ts';

async function* pieces(...texts: readonly string[]) {
  for (const text of texts) yield new TextEncoder().encode(text);
}

test('a body is read whole up to its limit, and not at all beyond it', async () => {
  expect(await textUpTo(pieces('ab', 'cd'), 4)).toBe('abcd');
  expect(await textUpTo(pieces('ab', 'cde'), 4)).toBe(null);
  expect(await textUpTo(null, 4)).toBe('');
});
