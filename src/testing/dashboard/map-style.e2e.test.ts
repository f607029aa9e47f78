import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStage, type Stage } from '../browser/stage.ts';
import { until } from '../until.ts';

let stage: Stage;
let server: Server;
const asked: string[] = [];

/** A style of somebody else, on another origin. */
const STYLE = {
  version: 8,
  sources: {},
  layers: [{ id: 'paper', type: 'background', paint: { 'background-color': '#fdf6e3' } }],
};

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.setHeader('access-control-allow-origin', '*');
    response.end(JSON.stringify(STYLE));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  stage = await openStage({ MUSTER_MAP_STYLE_URL: `http://127.0.0.1:${port}/style.json` });
});
afterAll(async () => {
  await stage?.close();
  server?.close();
});

test('the map is drawn in the style that the operator names, and only its origin is asked beside our own', async () => {
  const { page, open, signIn } = await stage.browser.person();
  await open('/');
  await signIn(stage.city.credentialsOf());
  await page.locator('.map-view[data-ready=true]').waitFor();
  await until(() => asked.includes('/style.json'), { timeoutMs: 30_000, what: 'the style' });
  const { port } = server.address() as AddressInfo;
  const elsewhere = stage.browser.faults.filter((fault) => !fault.includes(`//127.0.0.1:${port}/`));
  expect(elsewhere).toEqual([]);
});
