import { randomBytes } from 'node:crypto';
import type { Options } from '@node-rs/argon2';
import type { Clock } from '../lib/clock.ts';
import type { Metrics } from '../lib/metric.ts';
import type { Result } from '../lib/result.ts';
import { BoundedLine } from './bounded-line.ts';
import { onThread, THREAD_COUNT } from './password-threads.ts';

/** OWASP Password Storage Cheat Sheet, argon2id: m = 19 MiB, t = 2, p = 1. The library's default is argon2id. */
const PARAMETERS: Options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const CURRENT = '$argon2id$v=19$m=19456,t=2,p=1$';
/** As the systems before us kept them. */
const BCRYPT = /^\$2[aby]\$/;

export interface PasswordLine {
  readonly runningMax: number;
  readonly waitingMax: number;
}

/** About 20 ms a hash: whoever is let in waits less than a second. */
const LINE: PasswordLine = { runningMax: THREAD_COUNT, waitingMax: 64 };

export interface Passwords {
  hash(password: string): Promise<Result<string, 'busy'>>;
  /** Whether the password belongs to the hash; no hash costs the same time and is never right. */
  verify(stored: string | null, password: string): Promise<Result<boolean, 'busy'>>;
  /** Whether the hash is of another kind, or weaker or stronger, than those made today. */
  isOutdated(stored: string): boolean;
}

/** Unicode writes one password in several ways, and phones differ (NIST SP 800-63B 3.1.1.2). */
const normal = (password: string) => password.normalize('NFKC');

const hashed = async (password: string): Promise<string> =>
  String(await onThread({ kind: 'hash', password: normal(password), parameters: PARAMETERS }));

async function matches(stored: string, password: string): Promise<boolean> {
  // Those who made bcrypt hashes took the password as it was typed.
  const work = BCRYPT.test(stored)
    ? { kind: 'bcrypt' as const, stored, password }
    : { kind: 'argon2' as const, stored, password: normal(password) };
  return (await onThread(work)) === true;
}

export async function openPasswords(
  { clock, metrics }: { clock: Clock; metrics: Metrics },
  limits: PasswordLine = LINE,
): Promise<Passwords> {
  const line = new BoundedLine(limits);
  const nobodys = await hashed(randomBytes(32).toString('base64'));

  const inLine = async <T>(work: () => Promise<T>): Promise<Result<T, 'busy'>> => {
    const startedMs = clock.monotonicMs();
    const result = await line.run(work);
    if (result.ok) metrics.observeMs('password_hash_ms', clock.monotonicMs() - startedMs);
    else metrics.count('password_hash_refused');
    return result;
  };

  return {
    hash: (password) => inLine(() => hashed(password)),
    verify: (stored, password) =>
      inLine(async () => {
        const right = await matches(stored ?? nobodys, password);
        return stored !== null && right;
      }),
    isOutdated: (stored) => !stored.startsWith(CURRENT),
  };
}
