import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { findOrStartPostgres, SERVER_VARIABLE } from './postgres.ts';

afterEach(() => vi.unstubAllEnvs());

describe('a server that the environment names', () => {
  test('is used before anything else, and what is used is said in one line', async () => {
    const lines: string[] = [];
    const server = await findOrStartPostgres((line) => lines.push(line));
    expect(server.connectionString).toBe(process.env[SERVER_VARIABLE]);
    expect(lines).toEqual([
      expect.stringMatching(/^tests use PostgreSQL \d+.* with PostGIS \d.* \(MUSTER_TEST_DATABASE_URL\)$/),
    ]);
  });

  test('is not replaced in silence when it does not answer, and its password is not told', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const address = closed.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    closed.close();
    vi.stubEnv(SERVER_VARIABLE, `postgres://ada:s3cret@127.0.0.1:${port}/postgres`);
    const failure = await findOrStartPostgres(() => {}).catch((error: Error) => error.message);
    expect(failure).toMatch(/^The test database \(MUSTER_TEST_DATABASE_URL\) can't be used: .*ECONNREFUSED/);
    expect(failure).not.toContain('s3cret');
  });
});
