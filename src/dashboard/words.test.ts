import { expect, test } from 'vitest';
import { ageWords, connectionWords, plainWords, responderWords, shortId } from './words.ts';

test.each([
  [-5, '0 s'],
  [59_999, '59 s'],
  [200_000, '3 min 20 s'],
  [7_500_000, '2 h 5 min'],
  [400_000_000, '4 d'],
])('%i ms are said as %s', (ageMs, words) => {
  expect(ageWords(ageMs)).toBe(words);
});

test('constants become words', () => {
  expect(plainWords('NATURAL_DISASTER')).toBe('Natural disaster');
});

test('a lost connection says that the view may be old, and when the next try is', () => {
  const words = connectionWords({ state: 'waiting', retryAtMs: 10_000, reason: 'restart' }, 6_500);
  expect(words).toBe('Not connected (Restart). What you see may be old. Next try in 4 s.');
});

test('a responder with an SOS is not called available', () => {
  const line = { id: '', verified: true, available: true, connected: true, free: false, fixAtMs: 0 };
  expect([responderWords(line), responderWords({ ...line, free: true })]).toEqual([
    'With an SOS',
    'Available',
  ]);
});

test('a short id is its end', () => {
  expect(shortId('00000000-0000-7000-8000-00000000abcd')).toBe('0000abcd');
});
