import fc from 'fast-check';
import { expect, test } from 'vitest';
import { derivedId } from './derived-id.ts';
import { isUuid } from './ids.ts';

test('the same parts give the same UUID, others another one', () => {
  const parts = fc.array(fc.string(), { maxLength: 3 });
  fc.assert(
    fc.property(parts, parts, (a, b) => {
      expect(isUuid(derivedId(...a))).toBe(true);
      expect(derivedId(...a).charAt(14)).toBe('8');
      expect('89ab').toContain(derivedId(...a).charAt(19));
      expect(derivedId(...a) === derivedId(...b)).toBe(JSON.stringify(a) === JSON.stringify(b));
    }),
  );
});
