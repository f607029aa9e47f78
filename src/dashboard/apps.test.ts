import { describe, expect, test } from 'vitest';
import { healthCells, healthWords, setupOf } from './apps.ts';

const NOW = 1_700_000_000_000;
const SERVER = 'https://muster.example.org';
const deviceId = '00000000-0000-4000-8000-000000000001';

describe('what an app has to be told', () => {
  test('is a link and the same by hand, for OwnTracks', () => {
    const setup = setupOf(SERVER, { deviceId, app: 'owntracks', secret: 's3cret', trackerId: null });
    expect(setup?.link).toMatch(/^owntracks:\/\/\/config\?inline=/);
    expect(setup?.fields).toEqual([
      ['Mode', 'HTTP'],
      ['URL', `${SERVER}/v1/apps/owntracks`],
      ['User ID', deviceId],
      ['Password', 's3cret'],
    ]);
  });

  test('and for Traccar Client, its id in groups that can be read out', () => {
    const setup = setupOf(SERVER, {
      deviceId,
      app: 'osmand',
      secret: null,
      trackerId: 'ABCD2345EFGH6789JKMN2345',
    });
    expect(setup?.link).toMatch(/^org\.traccar\.client:\/\/config\?/);
    expect(setup?.fields).toContainEqual(['Device identifier', 'ABCD 2345 EFGH 6789 JKMN 2345']);
    expect(setup?.fields).toContainEqual(['Server URL', `${SERVER}/v1/apps/osmand`]);
  });
});

describe('how a device does', () => {
  const health = {
    batteryPct: null,
    lastContactAtMs: null,
    lastFixAtMs: NOW - 65_000,
    lastError: null,
    days: [],
  };

  test('says what was not used and why', () => {
    const day = { day: '2026-01-02', accepted: 7, late: 1, refused: { duplicate: 2, rejected: 1 } };
    expect(healthCells(day)).toEqual(['2026-01-02', '7', '1', '2 sent again, 1 not understood']);
    expect(healthCells({ ...day, refused: {} }).at(-1)).toBe('0');
  });

  test('says when it was seen last and what went wrong last', () => {
    expect(healthWords(health, NOW)).toBe('Last position 1 min 5 s ago.');
    expect(healthWords({ ...health, lastFixAtMs: null }, NOW)).toMatch(/Nothing else came either/);
    const lastError = { reason: 'rejected', detail: 'body: not JSON', atMs: NOW - 3_000 };
    expect(healthWords({ ...health, lastError }, NOW)).toBe(
      'Last position 1 min 5 s ago. Last trouble 3 s ago: body: not JSON.',
    );
    expect(
      healthWords({ ...health, lastFixAtMs: null, lastError: { ...lastError, detail: null } }, NOW),
    ).toBe('No position in the last seven days. Last trouble 3 s ago: not understood.');
  });
});
