import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stage } from '../testing/gateway/stage.ts';

const run = promisify(execFile);
const hasOpenssl = await run('openssl', ['version']).then(
  () => true,
  () => false,
);

let folder: string;
let tls: { keyFile: string; certFile: string };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'muster-tls-'));
  tls = { keyFile: join(folder, 'key.pem'), certFile: join(folder, 'cert.pem') };
  if (!hasOpenssl) return;
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-subj', '/CN=localhost'];
  await run('openssl', [...made, '-keyout', tls.keyFile, '-out', tls.certFile]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test.skipIf(!hasOpenssl)('with a key and a certificate the door speaks TLS', async () => {
  const on = await stage({ tls });
  try {
    const status = await new Promise((resolve, reject) => {
      const asked = request({
        port: on.gateway.port,
        host: '127.0.0.1',
        path: '/healthz',
        rejectUnauthorized: false,
      });
      asked.on('response', (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      asked.on('error', reject);
      asked.end();
    });
    expect(status).toBe(200);
  } finally {
    await on.close();
  }
});

test('a missing TLS file is named', async () => {
  await expect(stage({ tls: { ...tls, keyFile: join(folder, 'absent.pem') } })).rejects.toThrow(
    /absent\.pem can't be read/,
  );
});

test.skipIf(!hasOpenssl)('files that are no key and certificate are refused with one sentence', async () => {
  const junk = join(folder, 'junk.pem');
  await writeFile(junk, 'not a key');
  await expect(stage({ tls: { ...tls, keyFile: junk } })).rejects.toThrow(
    /no PEM key and certificate that fit/,
  );
});
