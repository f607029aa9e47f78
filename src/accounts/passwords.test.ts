import { parseOptions } from '@node-rs/argon2';
import { beforeAll, describe, expect, test } from 'vitest';
import { must } from '../lib/assert.ts';
import { ManualClock } from '../lib/clock.ts';
import { noMetrics } from '../lib/metric.ts';
import { openPasswords, type Passwords } from './passwords.ts';

const hashed = async (passwords: Passwords, password: string) => {
  const result = await passwords.hash(password);
  return must(result.ok ? result.value : null, 'a hash');
};

describe('passwords', () => {
  let passwords: Passwords;
  beforeAll(async () => {
    passwords = await openPasswords({ clock: new ManualClock(), metrics: noMetrics });
  });

  test('are kept as argon2id with the parameters of OWASP', async () => {
    const hash = await hashed(passwords, 'correct horse');
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(parseOptions(hash)).toMatchObject({ memoryCost: 19_456, timeCost: 2, parallelism: 1 });
  });

  test('fit their own hash only', async () => {
    const hash = await hashed(passwords, 'correct horse');
    expect(await passwords.verify(hash, 'correct horse')).toEqual({ ok: true, value: true });
    expect(await passwords.verify(hash, 'Correct horse')).toEqual({ ok: true, value: false });
  });

  test('are the same however the keyboard composes its letters', async () => {
    const hash = await hashed(passwords, 'caf\u00e9 au lait');
    expect(await passwords.verify(hash, 'cafe\u0301 au lait')).toEqual({ ok: true, value: true });
  });

  test('are never right where there is no hash, whatever is tried', async () => {
    expect(await passwords.verify(null, '')).toEqual({ ok: true, value: false });
  });

  test('cost the same work where there is no hash', async () => {
    const hash = await hashed(passwords, 'correct horse');
    const fastestMs = async (stored: string | null) => {
      const tries: number[] = [];
      for (let i = 0; i < 7; i++) {
        const startedMs = performance.now();
        await passwords.verify(stored, 'wrong');
        tries.push(performance.now() - startedMs);
      }
      return Math.min(...tries);
    };
    const ratio = (await fastestMs(null)) / (await fastestMs(hash));
    expect(ratio).toBeGreaterThan(1 / 4);
    expect(ratio).toBeLessThan(4);
  });

  test('a storm is let in as far as the line is long, the rest is told at once and counted', async () => {
    const counted: string[] = [];
    const metrics = { ...noMetrics, count: (name: string) => void counted.push(name) };
    const small = await openPasswords(
      { clock: new ManualClock(), metrics },
      { runningMax: 2, waitingMax: 3 },
    );
    const answers = await Promise.all(Array.from({ length: 12 }, () => small.verify(null, 'x')));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(5);
    expect(answers.filter((a) => !a.ok && a.code === 'busy')).toHaveLength(7);
    expect(counted).toEqual(Array(7).fill('password_hash_refused'));
  });
});
