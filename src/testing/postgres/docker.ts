import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { lastLines, runCommand } from '../command.ts';
import { until } from '../until.ts';
import { type PostgresServer, withClient } from './server.ts';

const IMAGE = 'postgis/postgis:15-3.4';

/** Whether a Docker daemon answers; the client alone is not enough. */
export async function dockerAnswers(): Promise<boolean> {
  return (
    (await runCommand('docker', ['version', '--format', '{{.Server.Version}}'], { timeoutMs: 10_000 }))
      .code === 0
  );
}

/** A container of the official PostGIS image on a free port of this host, removed at the end. */
export async function startContainer(): Promise<PostgresServer> {
  const name = `muster-test-${process.pid}-${randomBytes(4).toString('hex')}`;
  const password = randomBytes(12).toString('hex');
  const args = ['run', '--detach', '--rm', '--name', name, '--publish', '127.0.0.1::5432'];
  const started = await runCommand('docker', [...args, '--env', 'POSTGRES_PASSWORD', IMAGE], {
    timeoutMs: 600_000,
    env: { POSTGRES_PASSWORD: password },
  });
  if (started.code !== 0) throw new Error(`docker run ${IMAGE} failed: ${lastLines(started.output, 2)}`);
  const guard = removeWhenWeDie(name);
  const stop = async () => {
    await runCommand('docker', ['rm', '--force', name], { timeoutMs: 30_000 });
    guard.stdin?.end();
  };
  try {
    const connectionString = `postgres://postgres:${password}@127.0.0.1:${await publishedPort(name)}/postgres`;
    await until(() => withClient(connectionString, async () => true), { timeoutMs: 120_000, what: IMAGE });
    return { connectionString, origin: `Docker image ${IMAGE}`, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function publishedPort(name: string): Promise<number> {
  const result = await runCommand('docker', ['port', name, '5432/tcp'], { timeoutMs: 10_000 });
  const port = /:(\d+)\s*$/m.exec(result.output)?.[1];
  if (port === undefined)
    throw new Error(`Docker published no port for ${name}: ${lastLines(result.output, 1)}`);
  return Number(port);
}

/** A shell that reads from a pipe only we hold open, and removes the container when we end, even by SIGKILL. */
function removeWhenWeDie(name: string) {
  const script = 'cat >/dev/null; docker rm --force "$1"';
  const guard = spawn('/bin/sh', ['-c', script, 'muster-test-guard', name], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.unref();
  (guard.stdin as unknown as { unref?: () => void }).unref?.();
  return guard;
}
