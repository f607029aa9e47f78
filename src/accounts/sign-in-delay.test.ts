import { describe, expect, test } from 'vitest';
import { GrowingDelay, type Remarkable, SignInDelays } from './sign-in-delay.ts';

const RULE = { free: 2, firstMs: 1_000, longestMs: 5_000, forgetAfterMs: 60_000, entriesMax: 3 };

describe('a growing delay', () => {
  test('lets the first ones pass, doubles, and ends growing', () => {
    const delay = new GrowingDelay(RULE);
    const waits: number[] = [];
    let nowMs = 0;
    for (let i = 0; i < 7; i++) {
      delay.begin('a', nowMs);
      waits.push(delay.waitMs('a', nowMs));
      nowMs += delay.waitMs('a', nowMs);
    }
    expect(waits).toEqual([0, 0, 1_000, 2_000, 4_000, 5_000, 5_000]);
    expect(delay.waitMs('b', nowMs)).toBe(0);
  });

  test('is over after a quiet time, and at once for what did not fail', () => {
    const delay = new GrowingDelay(RULE);
    for (let i = 0; i < 3; i++) delay.begin('a', 0);
    expect(delay.waitMs('a', 60_001)).toBe(0);
    expect(delay.begin('a', 60_001)).toBe(1);
    delay.undo('a');
    expect(delay.size).toBe(0);
  });

  test('keeps no more than it may, and forgets who was quiet for longest', () => {
    const delay = new GrowingDelay(RULE);
    for (const key of ['a', 'b', 'c', 'a', 'd']) delay.begin(key, 0);
    expect(delay.size).toBe(3);
    expect(delay.begin('b', 0)).toBe(1);
  });
});

describe('sign-ins', () => {
  const fail = (delays: SignInDelays, account: string, network: string | null, times: number, nowMs = 0) => {
    const told: Remarkable[] = [];
    let passed = 0;
    for (let i = 0; i < times; i++) {
      const admission = delays.admit(account, network, false, nowMs);
      if ('waitMs' in admission) continue;
      passed += 1;
      const remarkable = admission.failed();
      if (remarkable) told.push(remarkable);
    }
    return { passed, told };
  };
  const waitMs = (delays: SignInDelays, account: string, network: string | null, known = false) => {
    const admission = delays.admit(account, network, known, 0);
    return 'waitMs' in admission ? admission.waitMs : 0;
  };

  test('of one account from one place wait after three failures, also when they come all at once', () => {
    const delays = new SignInDelays();
    expect(fail(delays, 'sari', '192.0.2.1', 500).passed).toBe(4);
    expect(waitMs(delays, 'sari', '192.0.2.1')).toBe(1_000);
    expect(waitMs(delays, 'budi', '192.0.2.1')).toBe(0);
    expect(waitMs(delays, 'sari', '192.0.2.2')).toBe(0);
  });

  test('that succeed leave nothing behind', () => {
    const delays = new SignInDelays();
    for (let i = 0; i < 200; i++) {
      const admission = delays.admit('sari', '192.0.2.1', false, 0);
      if ('waitMs' in admission) throw new Error('kept waiting');
      admission.succeeded();
    }
    expect(waitMs(delays, 'sari', '192.0.2.1')).toBe(0);
  });

  test('of an account attacked from everywhere never wait longer than half a minute, and where it is known not at all', () => {
    const delays = new SignInDelays();
    for (let nowMs = 0, i = 0; i < 200; i++, nowMs += 30_000) {
      delays.admit('sari', `192.0.2.${i}`, false, nowMs);
    }
    const nowMs = 199 * 30_000;
    expect(delays.wouldDelayOthers('sari', '198.51.100.1', nowMs)).toBe(true);
    expect(delays.admit('sari', '198.51.100.1', false, nowMs)).toEqual({ waitMs: 30_000 });
    expect(delays.admit('sari', '198.51.100.1', true, nowMs)).not.toHaveProperty('waitMs');
  });

  test('of many accounts from one network wait after thirty failures, a minute at most', () => {
    const delays = new SignInDelays();
    let passed = 0;
    for (let i = 0; i < 100; i++) passed += fail(delays, `victim ${i}`, '192.0.2.1', 1).passed;
    expect(passed).toBe(31);
    expect(waitMs(delays, 'sari', '192.0.2.1')).toBe(1_000);
    expect(waitMs(delays, 'sari', '192.0.2.1', true)).toBe(0);
  });

  test('of a whole hospital at once are all let in, as long as they are right', () => {
    const delays = new SignInDelays();
    const attempts = Array.from({ length: 500 }, (_, i) => delays.admit(`nurse ${i}`, '192.0.2.1', false, 0));
    expect(attempts.every((attempt) => !('waitMs' in attempt))).toBe(true);
  });

  test('are remarkable by their order of magnitude', () => {
    const delays = new SignInDelays();
    const told: Remarkable[] = [];
    for (let i = 0; i < 45; i++) told.push(...fail(delays, 'sari', `192.0.2.${i}`, 1, i * 31_000).told);
    expect(told.map((one) => one.failures)).toEqual([10, 20, 40]);
    expect(told[0]).toEqual({ by: 'account', failures: 10 });
  });
});
