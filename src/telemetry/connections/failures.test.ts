import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../lib/random.ts';
import { ProviderFailed } from './ask.ts';
import { codeOf, endingOf, FAILURES_MAX } from './failures.ts';

const random = seededRandom(3);
const failed = (code: string, before = 0, retryAfterMs: number | null = null) =>
  endingOf(new ProviderFailed(code, retryAfterMs), before, random) as Extract<
    ReturnType<typeof endingOf>,
    { ok: false }
  >;

describe('a failure', () => {
  test('is tried again after a wait that grows, at least a minute and at most a day', () => {
    for (let before = 0; before < 30; before++) {
      const { nextInMs } = failed('provider_timeout', before);
      expect(nextInMs).toBeGreaterThanOrEqual(60_000);
      expect(nextInMs).toBeLessThanOrEqual(86_400_000);
      expect(nextInMs).toBeLessThanOrEqual(60_000 + 60_000 * 2 ** (before + 1));
    }
  });

  test('is never tried before the provider wants it', () => {
    expect(failed('provider_http_503', 0, 7_200_000)).toMatchObject({ nextInMs: 7_200_000, isAsked: true });
  });

  test('counts, but for what is no fault of the connection', () => {
    expect(failed('provider_timeout', 4).failures).toBe(5);
    for (const code of [
      'provider_busy',
      'client_refused',
      'token_key_unknown',
      'store_unavailable',
      'node_stopping',
    ])
      expect(failed(code, 4).failures).toBe(4);
  });

  test('ends the connection when only its person can help, or after too many', () => {
    expect(failed('needs_consent').becomes).toBe('needs_consent');
    expect(failed('token_broken').becomes).toBe('needs_consent');
    expect(failed('provider_timeout', FAILURES_MAX - 2).becomes).toBe(null);
    expect(failed('provider_timeout', FAILURES_MAX - 1).becomes).toBe('failing');
  });

  test('has a code of ours and a sentence, and never words of whoever failed', () => {
    const error = Object.assign(new Error('heart rate 93 of Vera'), { code: 'ECONNRESET of Vera' });
    expect(codeOf(error)).toBe('internal');
    expect(codeOf(Object.assign(new Error('x'), { code: 'store_unavailable' }))).toBe('store_unavailable');
    expect(JSON.stringify(endingOf(error, 0, random))).not.toContain('Vera');
  });
});
