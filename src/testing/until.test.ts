import { describe, expect, test } from 'vitest';
import { until } from './until.ts';

describe('until', () => {
  test('answers the first truthy value', async () => {
    let tries = 0;
    const value = await until(() => (++tries === 3 ? 'there' : null), {
      timeoutMs: 1_000,
      what: 'the third try',
    });
    expect(value).toBe('there');
    expect(tries).toBe(3);
  });

  test('a condition that throws at first is only not yet true', async () => {
    let tries = 0;
    const condition = () => {
      if (++tries < 3) throw new Error('not listening');
      return true;
    };
    await expect(until(condition, { timeoutMs: 1_000, what: 'the server' })).resolves.toBe(true);
  });

  test('fails with a sentence that says what was waited for and what went wrong last', async () => {
    await expect(until(() => false, { timeoutMs: 20, what: 'the second offer' })).rejects.toThrow(
      'waited 20 ms in vain for the second offer',
    );
    const broken = () => Promise.reject(new Error('connection refused'));
    await expect(until(broken, { timeoutMs: 20, what: 'the server' })).rejects.toThrow(
      'waited 20 ms in vain for the server; the last try failed with: connection refused',
    );
  });
});
