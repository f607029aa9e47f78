import { expect, test } from 'vitest';
import { distanceText, durationText } from './format.ts';
import { t, tFor } from './index.ts';

test('words are filled in, numbers as the language writes them', () => {
  expect(t('ui.not_for_you', { who: t('ui.grant_dispatcher') })).toContain('it is for dispatchers.');
  expect(t('dispatch.open_sos', { n: 1 })).toBe('1 open SOS');
  expect(t('dispatch.open_sos', { n: 12_345 })).toBe('12,345 open SOS');
});

test('a key that comes from data may have no words', () => {
  expect(tFor('ui', 'grant_admin')).toBe('administrators');
  expect(tFor('ui', 'grant_king')).toBeNull();
  expect(tFor('ui', 'toString')).toBeNull();
});

test('durations have two units at most, distances as many digits as anybody needs', () => {
  expect([999, 61_000, 7_500_000, 4 * 86_400_000].map(durationText)).toEqual([
    '0 s',
    '1 min 1 s',
    '2 h 5 min',
    '4 d',
  ]);
  expect([4.4, 950, 2_437, 18_200].map(distanceText)).toEqual(['4 m', '950 m', '2.4 km', '18 km']);
});
