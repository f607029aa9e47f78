import { expect, test } from 'vitest';
import { xmlText } from './xml.ts';

test('no text ends its element, opens another, or holds what XML can not', () => {
  expect(xmlText(`</name><x a="1" b='2'>&`)).toBe(
    '&lt;/name&gt;&lt;x a=&quot;1&quot; b=&apos;2&apos;&gt;&amp;',
  );
  expect(xmlText('a\0b\u{1b}c\ud800d\ttab 🚑')).toBe('a�b�c�d\ttab 🚑');
});
