import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { localFolder } from './local-folder.ts';
import type { ObjectStore } from './object-store.ts';
import { s3 } from './s3.ts';

const KEY = '01990000-0000-7000-8000-0000000000ab';
const CONTENT = Uint8Array.from({ length: 70_000 }, (_, i) => i % 251);

const keepsWhatItIsGiven = (store: () => ObjectStore) => {
  test('what is taken out is gone, and taking out what is not there changes nothing', async () => {
    await store().remove(KEY);
    await store().put(KEY, CONTENT);
    await store().remove(KEY);
    expect(await store().get(KEY)).toBeNull();
  });

  test('gives back what it was given, byte by byte', async () => {
    await store().put(KEY, CONTENT);
    expect(Buffer.from((await store().get(KEY)) ?? [])).toEqual(Buffer.from(CONTENT));
  });

  test('has nothing under other keys', async () => {
    expect(await store().get(KEY)).toBeNull();
  });

  test.each(['../../etc/passwd', 'a/b', '..', ''])('takes no key like %j', async (key) => {
    await expect(store().put(key, CONTENT)).rejects.toThrow('not a key');
    await expect(store().get(key)).rejects.toThrow('not a key');
  });
};

describe('a local folder', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'muster-storage-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  keepsWhatItIsGiven(() => localFolder(folder));

  test('leaves no half-written file, and files that nobody else may read', async () => {
    await localFolder(folder).put(KEY, CONTENT);
    expect(await readdir(join(folder, 'ab'))).toEqual([KEY]);
    expect((await stat(join(folder, 'ab', KEY))).mode & 0o077).toBe(0);
  });
});

describe('an S3 store', () => {
  const objects = new Map<string, Buffer>();
  const signatures: string[] = [];
  let server: Server;
  let url = '';
  let answerWith: number | null = null;

  beforeEach(async () => {
    objects.clear();
    signatures.length = 0;
    answerWith = null;
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        signatures.push(request.headers.authorization ?? '');
        const path = request.url ?? '';
        if (answerWith !== null) response.writeHead(answerWith).end('<Error>key values</Error>');
        else if (request.method === 'PUT') {
          objects.set(path, Buffer.concat(chunks));
          response.end();
        } else if (request.method === 'DELETE') {
          objects.delete(path);
          response.writeHead(204).end();
        } else if (objects.has(path)) response.end(objects.get(path));
        else response.writeHead(404).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/bucket`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const store = () =>
    s3({ url, accessKeyId: 'key', secretAccessKey: 'secret', region: 'us-east-1', timeoutMs: 2_000 });

  keepsWhatItIsGiven(store);

  test('is asked with a signature, under the bucket', async () => {
    await store().put(KEY, CONTENT);
    expect([...objects.keys()]).toEqual([`/bucket/${KEY}`]);
    expect(signatures[0]).toMatch(/^AWS4-HMAC-SHA256 Credential=key\/\d{8}\/us-east-1\/s3\/aws4_request, /);
  });

  test.each([403, 500, 503])('that answers %i is away, and nothing of its words gets out', async (status) => {
    answerWith = status;
    const away = { code: 'store_unavailable', message: `the object store answered ${status}` };
    await expect(store().put(KEY, CONTENT)).rejects.toMatchObject(away);
    await expect(store().get(KEY)).rejects.toMatchObject(away);
  });

  test('that can not be reached is away', async () => {
    server.close();
    await expect(store().put(KEY, CONTENT)).rejects.toMatchObject({ code: 'store_unavailable' });
  });
});
