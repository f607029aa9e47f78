import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { packageRoot } from '../lib/package-root.ts';
import { checkUwsBinary, loadUws, PINNED_SHA256, type UwsHost } from './uws-binary.ts';

const host: UwsHost = { platform: 'linux', arch: 'x64', modules: '115', nodeVersion: 'v20.19.0' };
const NAME = 'uws_linux_x64_115.node';
const sha256 = (content: string | Buffer) => createHash('sha256').update(content).digest('hex');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'muster-uws-'));
  mkdirSync(join(folder, 'dist/bin'), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

function complaint(of: UwsHost): string {
  try {
    checkUwsBinary(folder, of);
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  return 'none';
}

describe('the installed package', () => {
  const installed = fileURLToPath(new URL('node_modules/uWebSockets.js', packageRoot));
  const isUpstreams = !existsSync(join(installed, 'dist/bin'));

  test.skipIf(isUpstreams).each(Object.keys(PINNED_SHA256))('holds %s as it was reviewed', (name) => {
    const [, platform = '', arch = '', modules = ''] = /^uws_(\w+)_(\w+)_(\d+)\.node$/.exec(name) ?? [];
    expect(checkUwsBinary(installed, { ...host, platform, arch, modules })).toBe(
      join(installed, 'dist/bin', name),
    );
  });

  test('loads on this machine', async () => {
    expect((await loadUws()).App).toBeTypeOf('function');
  });
});

describe('a binary that was not reviewed', () => {
  test('is refused, with its hash and the way out', () => {
    writeFileSync(join(folder, 'dist/bin', NAME), 'tampered');
    expect(complaint(host)).toMatch(
      /^The uWebSockets.js binary uws_linux_x64_115.node for Node v20.19.0 on linux x64 is/,
    );
    expect(complaint(host)).toContain(`MUSTER_UWS_SHA256=${sha256('tampered')}`);
    expect(complaint(host)).toContain('npm ci');
  });

  test('is refused under the name of another that was', () => {
    const other = fileURLToPath(
      new URL('node_modules/uWebSockets.js/dist/bin/uws_linux_x64_127.node', packageRoot),
    );
    writeFileSync(join(folder, 'dist/bin', NAME), readFileSync(other));
    expect(complaint(host)).toContain('is not the one');
  });

  test('is taken when the operator names its hash, wherever upstream keeps it', () => {
    writeFileSync(join(folder, NAME), 'from upstream');
    const accepting = { ...host, acceptedSha256: ` ${sha256('from upstream').toUpperCase()}\n` };
    expect(checkUwsBinary(folder, accepting)).toBe(join(folder, NAME));
    expect(complaint({ ...host, acceptedSha256: sha256('another') })).toContain('is not the one');
    expect(complaint({ ...host, acceptedSha256: '' })).toContain('is not the one');
  });
});

test('a Node without a binary is told which Node to take, in one sentence', () => {
  const message = complaint({ ...host, modules: '141', nodeVersion: 'v25.1.0' });
  expect(message).toMatch(
    /^uWebSockets.js has no binary for Node v25.1.0 on linux x64 \(uws_linux_x64_141.node\): /,
  );
  expect(message).toContain('Node 20.19');
  expect(message).toContain('github:uNetworking/uWebSockets.js#v20.');
  expect(message.split('\n')).toHaveLength(1);
});
