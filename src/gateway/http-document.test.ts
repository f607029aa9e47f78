import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROUTES } from '../access/doors.ts';
import { type Stage, stage } from '../testing/gateway/stage.ts';

const document = await readFile(new URL('../../docs/http.md', import.meta.url), 'utf8');
const routes = [...document.matchAll(/^\| ([A-Z]+) \| `(\/[^`]*)`/gm)].map(([, method = '', path = '']) => ({
  method,
  path: path.replace(':id', randomUUID()).replace(':grant', 'dispatcher'),
}));

let on: Stage;
beforeAll(async () => {
  on = await stage();
});
afterAll(() => on.close());

test('docs/http.md lists routes', () => {
  expect(routes.map(({ method, path }) => `${method} ${path}`)).toContain('POST /v1/sessions');
});

test('docs/http.md lists every door', () => {
  const listed = [...document.matchAll(/^\| ([A-Z]+) \| `(\/[^`]*)`/gm)].map(([, method = '', path]) => {
    return `${method === 'DELETE' ? 'del' : method.toLowerCase()} ${path}`;
  });
  expect(listed.sort()).toEqual(Object.keys(ROUTES).sort());
});

test.each(routes)('$method $path of docs/http.md is answered', async ({ method, path }) => {
  const answer = await fetch(on.origin + path, { method });
  expect(answer.status).not.toBe(404);
});

test('an address beside them is not', async () => {
  expect((await fetch(`${on.origin}/v1/nothing`)).status).toBe(404);
});
