import { expect, test } from 'vitest';
import { slowPostgres, waited } from './slow-disk.ts';
import { hasStrace } from './strace.ts';

const isPossible = (await hasStrace()) && process.getuid?.() === 0;

// Alone, because the disk is slow for everybody who uses that server.
test.skipIf(!isPossible)(
  'an SOS is acknowledged when the disk of PostgreSQL has it, and not before',
  async () => {
    const result = await slowPostgres(1, 1_000);
    expect(waited(result), JSON.stringify(result)).toBe(true);
  },
);
