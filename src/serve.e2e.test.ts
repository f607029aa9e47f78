import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { freePort } from './testing/free-port.ts';
import { embeddedDataDir, openNodeDatabase } from './testing/node-database.ts';
import { until } from './testing/until.ts';

const WITHIN_MS = 100_000;

vi.setConfig({ testTimeout: 2 * WITHIN_MS });
const root = fileURLToPath(new URL('..', import.meta.url));
let embedded: Awaited<ReturnType<typeof embeddedDataDir>>;
beforeAll(async () => {
  embedded = await embeddedDataDir();
});
afterAll(() => embedded?.remove());

let started: ChildProcess | null = null;
afterEach(() => {
  const leader = started?.pid;
  try {
    if (leader !== undefined) process.kill(-leader, 'SIGKILL');
  } catch {
    // The whole group has ended, as it should.
  }
});

function start(command: string, args: readonly string[], more: Readonly<Record<string, string>> = {}) {
  const env = { ...process.env, PORT: '0', DATABASE_URL: '', MUSTER_DATA_DIR: embedded.dataDir, ...more };
  const child = spawn(command, args, { cwd: root, env, detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  started = child;
  let log = '';
  child.stdout.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  const said = (message: string) =>
    until(() => log.includes(`"msg":"${message}"`), { timeoutMs: WITHIN_MS, what: message });
  return { child, said, times: (message: string) => log.split(`"msg":"${message}"`).length - 1 };
}

/** Processes that this one started and that still run. */
const childrenOf = (pid: number) =>
  readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
  );

/** Its end, told again and again to stop, as somebody does who has no patience left. */
async function insisting(child: ChildProcess): Promise<readonly unknown[]> {
  const exit = once(child, 'exit');
  const again = setInterval(() => child.kill('SIGTERM'), 200);
  return exit.finally(() => clearInterval(again));
}

describe('a node that is told to stop', () => {
  test('twice at once, by the terminal and by npm, stops in order all the same', async () => {
    const { child, said } = start(process.execPath, ['dist/src/main.js', 'serve']);
    const exit = once(child, 'exit');
    await said('ready');
    child.kill('SIGINT');
    await said('stopping');
    child.kill('SIGINT');
    expect(await exit).toEqual([0, null]);
    await said('stopped');
  });

  test('a second time, a while later, ends at once, though its database hangs', async () => {
    const { child, said } = start(process.execPath, ['dist/src/main.js', 'serve'], {
      MUSTER_SHUTDOWN_MS: '60000',
    });
    await said('ready');
    const databases = childrenOf(child.pid ?? 0);
    expect(databases).not.toEqual([]);
    for (const pid of databases) process.kill(pid, 'SIGSTOP');
    child.kill('SIGTERM');
    await said('stopping');
    expect(await insisting(child)).toEqual([1, null]);
  });

  test('through npm start does stop', async () => {
    const { child, said } = start('npm', ['start', '--ignore-scripts']);
    await said('ready');
    child.kill('SIGTERM');
    await said('stopped');
  });
});

describe('several nodes on one host', () => {
  test('need a database of their own kind, and say so', async () => {
    const { child } = start(process.execPath, ['dist/src/main.js', 'serve'], {
      MUSTER_PROCESSES: '2',
      PORT: '8099',
    });
    expect(await once(child, 'exit')).toEqual([2, null]);
  });

  test('share a port, start again what dies, are renewed while they serve, and stop together, in order or at once', async () => {
    const database = await openNodeDatabase();
    try {
      const port = String(await freePort());
      const { connection } = database;
      const startBoth = () =>
        start(process.execPath, ['dist/src/main.js', 'serve'], {
          DATABASE_URL: 'connectionString' in connection ? connection.connectionString : '',
          MUSTER_PROCESSES: '2',
          MUSTER_SHUTDOWN_MS: '60000',
          PORT: port,
        });
      const { child, said, times } = startBoth();
      await said('all nodes are ready');
      const nodeIds = new Set<string>();
      const answers = async () => {
        const response = await fetch(`http://127.0.0.1:${port}/healthz`, {
          headers: { connection: 'close' },
        });
        nodeIds.add(((await response.json()) as { nodeId: string }).nodeId);
        return response.ok;
      };
      await until(async () => (await answers()) && nodeIds.size === 2, {
        timeoutMs: 10_000,
        what: 'both nodes',
      });
      const before = new Set(nodeIds);
      child.kill('SIGHUP');
      let failed = 0;
      await until(
        async () => {
          if (!(await answers().catch(() => false))) failed += 1;
          return [...nodeIds].filter((id) => !before.has(id)).length === 2 && times('ready') === 4;
        },
        { timeoutMs: WITHIN_MS, what: 'two other nodes' },
      );
      expect(failed).toBe(0);
      const exit = once(child, 'exit');
      child.kill('SIGTERM');
      expect(await exit).toEqual([0, null]);
      expect(times('stopped')).toBe(4);

      const hanging = startBoth();
      await hanging.said('all nodes are ready');
      const nodes = childrenOf(hanging.child.pid ?? 0);
      expect(nodes).toHaveLength(2);
      for (const pid of nodes) process.kill(pid, 'SIGSTOP');
      hanging.child.kill('SIGTERM');
      await hanging.said('stopping all nodes');
      expect(await insisting(hanging.child)).toEqual([1, null]);
      await until(() => nodes.every((pid) => !existsSync(`/proc/${pid}`)), {
        timeoutMs: 10_000,
        what: 'both nodes to be gone',
      });
    } finally {
      await database.stop();
    }
  });
});
