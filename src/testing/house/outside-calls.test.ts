import { expect, test } from 'vitest';
import { checkOutsideCalls } from './outside-calls.ts';
import { parseSource } from './source.ts';

const found = (text: string, path = 'src/notify/x.ts') =>
  checkOutsideCalls(parseSource(path, text)).map(({ sentence }) => sentence.replace(/:.*/, ''));

test.each<[what: string, text: string, missing: number]>([
  ['a pool without limits', 'const p = new pg.Pool({ max: 3 });', 2],
  [
    'a pool that only asks the server to stop',
    'const p = new pg.Pool({ connectionTimeoutMillis: 1, statement_timeout: 1 });',
    1,
  ],
  ['a pool with both', 'const p = new pg.Pool({ connectionTimeoutMillis: 1, query_timeout: 1 });', 0],
  ['a Redis that has a command timeout alone', 'const r = new Redis({ commandTimeout: 1 });', 4],
  ['a fetch without a signal', 'await fetch(url, { method: "POST" });', 1],
  ['a fetch of a library', 'await client.fetch(url, { signal: AbortSignal.timeout(1) });', 0],
  ['a mail server', 'createTransport({ url, socketTimeout: 1 });', 3],
  ['a plain request', "import { request } from 'node:http';\nrequest('http://x');", 1],
  ['a socket', 'net.connect(1);', 1],
])('%s', (_, text, missing) => {
  expect(found(text)).toHaveLength(missing);
});

test('what runs in no node is left alone', () => {
  expect(found('await fetch(url);', 'src/client/x.ts')).toEqual([]);
  expect(found('await fetch(url);', 'src/places/x.test.ts')).toEqual([]);
});
