import { describe, expect, test } from 'vitest';
import type { DeviceView } from '../client/index.ts';
import { codeWords, deviceCells, spokenCode, wouldNotRing } from './devices.ts';

const NOW = 1_700_000_000_000;
const device: DeviceView = {
  id: '00000000-0000-4000-8000-000000000001',
  name: 'Phone of Vera',
  kind: 'phone',
  app: null,
  canPush: true,
  canSound: true,
  wouldNotRing: null,
  batteryPct: 41.6,
  lastContactAtMs: NOW - 65_000,
  pairedAtMs: NOW - 900_000,
};

describe('a device in the list', () => {
  test('says when it was last heard of, its battery, and that it would ring', () => {
    expect(deviceCells(device, NOW)).toEqual([
      'Phone of Vera',
      'Phone',
      '1 min 5 s ago',
      '42 %',
      'Would ring',
    ]);
    expect(wouldNotRing(device)).toBe(false);
  });

  test('does not make up what it never said', () => {
    const silent = { ...device, canPush: null, canSound: null, batteryPct: null, lastContactAtMs: null };
    expect(deviceCells(silent, NOW).slice(2)).toEqual(['Never', 'Not known', 'Not known']);
  });

  test.each([
    [{ wouldNotRing: 'do not disturb' }, 'Would not ring: do not disturb', true],
    [{ canSound: false }, 'Would not ring: it makes no sound', true],
    [{ canPush: false }, 'Rings only while connected', false],
  ])('with %j warns', (said, words, isUrgent) => {
    const warned = { ...device, ...said };
    expect(deviceCells(warned, NOW).at(-1)).toBe(words);
    expect(wouldNotRing(warned)).toBe(isUrgent);
  });
});

describe('a pairing code', () => {
  test('is shown in two halves', () => {
    expect(spokenCode('ABCD2345')).toBe('ABCD 2345');
  });

  test('counts down, and is gone when it has run out', () => {
    expect(codeWords(NOW + 599_000, NOW)).toBe('Good once, for another 9 min 59 s.');
    expect(codeWords(NOW, NOW)).toBeNull();
    expect(codeWords(NOW - 1, NOW)).toBeNull();
  });
});
