import { expect, test } from 'vitest';
import { emailOf, phoneOf } from './normal-form.ts';

test('an address is one, however it is typed', () => {
  expect(emailOf('  Sari@Example.ORG\n')).toBe('sari@example.org');
});

test.each([
  ['+62 812-3456 (78)', '+6281234 5678'.replace(' ', '')],
  ['0812.345/678', '0812345678'],
  [' - ', null],
  ['', null],
  [undefined, null],
])('the phone number %j is kept as %j', (input, kept) => {
  expect(phoneOf(input)).toBe(kept);
});
