import { describe, expect, test } from 'vitest';
import { UP } from '../protocol/up.ts';
import { bodyOf, type Call, readCall, STALE_MS, standingOf } from './calling.ts';

const CALL: Call = {
  id: '00000000-0000-4000-8000-000000000001',
  sendAtMs: 5_000,
  emergencyType: 'MEDICAL',
  description: null,
  point: { lat: 1, lng: 2 },
  isDrill: false,
};

describe('a call for help that is kept', () => {
  test('can be taken back until its time, then it goes out', () => {
    expect(standingOf(CALL, 3_000)).toEqual({ state: 'counting', leftMs: 2_000 });
    expect(standingOf(CALL, 5_000)).toEqual({ state: 'due' });
  });

  test('of long ago is not sent without asking', () => {
    expect(standingOf(CALL, 5_000 + STALE_MS)).toEqual({ state: 'due' });
    expect(standingOf(CALL, 5_001 + STALE_MS)).toEqual({ state: 'stale' });
  });

  test('survives being written down and read again', () => {
    expect(readCall(JSON.stringify(CALL))).toEqual(CALL);
  });

  test.each([null, '', '{', '{"id":"x"}', '[]'])('that reads %j is none', (kept) => {
    expect(readCall(kept)).toBeNull();
  });

  test('is a command that the server takes', () => {
    for (const one of [CALL, { ...CALL, description: 'fell down the stairs', isDrill: true }])
      expect(UP['sos.create'].safeParse({ id: one.id, ...bodyOf(one) }).success).toBe(true);
  });
});
