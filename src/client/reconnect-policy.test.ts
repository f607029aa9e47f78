import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../lib/random.ts';
import { CLOSE_CODES } from '../protocol/close-codes.ts';
import { RECONNECT, ReconnectPolicy } from './reconnect-policy.ts';

const policy = (random = () => 0.999) => new ReconnectPolicy(random);
const delays = (p: ReconnectPolicy, code: number, times: number, urgent = false) =>
  Array.from({ length: times }, () => {
    const decision = p.next({ code }, urgent);
    return decision.step === 'wait' ? Math.round(decision.delayMs) : null;
  });

describe('coming back', () => {
  it('waits below a cap that doubles from half a second to thirty', () => {
    expect(delays(policy(), 1006, 8)).toEqual([500, 999, 1998, 3996, 7992, 15984, 29970, 29970]);
  });

  it('never waits longer than two seconds while an SOS hangs on it', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.nat({ max: 60_000 }),
        fc.integer({ min: 1, max: 20 }),
        (seed, leastMs, times) => {
          const p = policy(seededRandom(seed));
          for (let i = 0; i < times; i++) {
            const decision = p.next({ code: 1012, retryAfterMs: leastMs }, true);
            expect(decision.step === 'wait' && decision.delayMs <= RECONNECT.urgentCapMs).toBe(true);
          }
        },
      ),
    );
  });

  it('stays away when the table says never, whatever bye said', () => {
    for (const { code, comeBack } of Object.values(CLOSE_CODES)) {
      const { step } = policy().next({ code, retryAfterMs: 10 }, true);
      expect(step).toBe(comeBack === 'never' ? 'stop' : 'wait');
    }
  });

  it('stays away when bye says not to come back', () => {
    expect(policy().next({ code: 1012, retryAfterMs: null }, false)).toEqual({ step: 'stop' });
  });

  it('waits at least as long as bye asked', () => {
    expect(policy(() => 0).next({ code: 1012, retryAfterMs: 4_000 }, false)).toEqual({
      step: 'wait',
      delayMs: 4_000,
    });
  });

  it('comes back at once after an expired token or a slow read, but not more than three times in a row', () => {
    expect(delays(policy(), 4001, 5)).toEqual([0, 0, 0, 500, 999]);
    expect(delays(policy(), 4008, 4)).toEqual([0, 0, 0, 500]);
  });

  it('begins anew after a connection that worked', () => {
    const p = policy();
    delays(p, 1006, 6);
    p.worked();
    expect(delays(p, 1006, 1)).toEqual([500]);
  });
});
