import { randomBytes } from 'node:crypto';
import { hash, type Options, verify } from '@node-rs/argon2';
import type { Clock } from '../lib/clock.ts';
import type { Metrics } from '../lib/metric.ts';
import type { Result } from '../lib/result.ts';
import { BoundedLine } from './bounded-line.ts';

/** OWASP Password Storage Cheat Sheet, argon2id: m = 19 MiB, t = 2, p = 1. The library's default is argon2id. */
const PARAMETERS: Options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export interface PasswordLine {
  /** Hashes at once. Below the size of the libuv pool (4), so that fsync always finds a thread. */
  readonly runningMax: number;
  readonly waitingMax: number;
}

/** About 20 ms a hash: whoever is let in waits less than a second. */
const LINE: PasswordLine = { runningMax: 2, waitingMax: 64 };

export interface Passwords {
  hash(password: string): Promise<Result<string, 'busy'>>;
  /** Whether the password belongs to the hash; no hash costs the same time and is never right. */
  verify(stored: string | null, password: string): Promise<Result<boolean, 'busy'>>;
}

/** Unicode writes one password in several ways, and phones differ (NIST SP 800-63B 3.1.1.2). */
const normal = (password: string) => password.normalize('NFKC');

export async function openPasswords(
  { clock, metrics }: { clock: Clock; metrics: Metrics },
  limits: PasswordLine = LINE,
): Promise<Passwords> {
  const line = new BoundedLine(limits);
  const nobodys = await hash(randomBytes(32), PARAMETERS);

  const inLine = async <T>(work: () => Promise<T>): Promise<Result<T, 'busy'>> => {
    const startedMs = clock.monotonicMs();
    const result = await line.run(work);
    if (result.ok) metrics.observeMs('password_hash_ms', clock.monotonicMs() - startedMs);
    else metrics.count('password_hash_refused');
    return result;
  };

  return {
    hash: (password) => inLine(() => hash(normal(password), PARAMETERS)),
    verify: (stored, password) =>
      inLine(async () => {
        const matches = await verify(stored ?? nobodys, normal(password));
        return stored !== null && matches;
      }),
  };
}
