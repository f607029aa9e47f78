import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Person } from '../browser/browser.ts';
import { openStage, type Stage } from '../browser/stage.ts';
import type { Somebody } from '../city.ts';
import { FakeCloud } from '../telemetry/fake-cloud.ts';
import { until } from '../until.ts';

const soon = { timeoutMs: 20_000 };

let stage: Stage;
let cloud: FakeCloud;
let owner: Somebody;
const folder = mkdtempSync(join(tmpdir(), 'muster-wearables-'));

beforeAll(async () => {
  cloud = await FakeCloud.start();
  const wearables = join(folder, 'wearables.json');
  writeFileSync(wearables, cloud.clients, { mode: 0o600 });
  stage = await openStage({ MUSTER_WEARABLES_FILE: wearables });
  owner = await stage.city.patient();
});
afterAll(async () => {
  await stage?.close();
  await cloud?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const opened = async (path: string, options = {}): Promise<Person> => {
  const person = await stage.browser.person(options);
  await person.open(path);
  await person.signIn(stage.city.credentialsOf(owner.userId));
  return person;
};
const named = (page: Page, name: string) => page.locator('td[data-label="Name"]').filter({ hasText: name });
const sideways = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

describe('the page of one’s own devices', () => {
  let page: Page;

  test('says what signing in is for, and what to do while there is no device', async () => {
    const person = await stage.browser.person();
    page = person.page;
    await person.open('/devices');
    await page.getByText('see whether an alarm would reach you').waitFor();
    await person.signIn(stage.city.credentialsOf(owner.userId));
    await page.getByText('No device is paired yet.').waitFor();
  });

  test('shows a code and its picture, by which a phone is paired and comes into the list', async () => {
    await page.getByRole('button', { name: 'Show a code' }).click();
    await page.getByRole('img', { name: 'The code as a QR code' }).waitFor();
    await page.getByText(/Good once, for another 9 min/).waitFor();
    const code = ((await page.locator('.code').textContent()) ?? '').trim();
    expect(code).toMatch(/^[A-Z2-9]{4} [A-Z2-9]{4}$/);
    await stage.city.http.pairDevice({ code, name: 'Vera’s phone', kind: 'phone', canSound: false });
    await named(page, 'Vera’s phone').waitFor();
    await page.getByText('Would not ring: it makes no sound').waitFor();
    await page.getByText('One device is paired.').waitFor();
  });

  test('sets up OwnTracks by a link, a picture and by hand, once; what it sends is counted', async () => {
    await page.getByLabel('Name of the device').fill('OwnTracks of Vera');
    await page.getByRole('button', { name: 'Connect' }).click();
    await page.getByRole('img', { name: 'The settings as a QR code' }).waitFor();
    const link = await page.getByRole('link', { name: 'Set up the app on this device' }).getAttribute('href');
    const inline = new URL(link ?? '').searchParams.get('inline') ?? '';
    const settings = JSON.parse(Buffer.from(inline, 'base64').toString());
    expect(settings.url).toBe(`${stage.node.url}/v1/apps/owntracks`);
    const by = Buffer.from(`${settings.username}:${settings.password}`).toString('base64');
    const sent = await fetch(settings.url, {
      method: 'POST',
      headers: { authorization: `Basic ${by}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        _type: 'location',
        lat: 1,
        lon: 2,
        tst: Math.floor(Date.now() / 1_000),
        acc: 5,
      }),
    });
    expect(sent.status).toBe(200);
    await page.getByRole('button', { name: 'Done' }).click();
    expect(await page.getByText(settings.password).count()).toBe(0);
    await page.getByRole('button', { name: 'How it does: OwnTracks of Vera' }).click();
    await page.getByText(/Last position \d+ s ago/).waitFor();
  });

  test('revokes a device after a question', async () => {
    await page.getByRole('button', { name: 'Revoke: Vera’s phone' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Revoke: Vera’s phone' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await named(page, 'Vera’s phone').waitFor({ state: 'detached' });
    expect(await stage.city.http.devices(await owner.token())).toHaveLength(1);
  });
});

describe('the page of one’s own wearables', () => {
  test('offers what this server knows, finishes what came back from its maker, and ends it', async () => {
    const { page } = await opened('/connections');
    await page.getByText('None is connected yet.').waitFor();
    await page.getByRole('button', { name: 'Connect Strava' }).waitFor();

    const begun = await stage.city.http.connections.begin(await owner.token(), 'strava', 'Watch');
    const back = await cloud.agree(begun.authorizationUrl);
    await page.goto(`${stage.node.url}${back.pathname}${back.search}`);
    await page.getByText('Connected. What it has measured arrives within minutes.').waitFor();
    expect(page.url()).not.toContain('code=');
    await page.getByRole('link', { name: 'To your wearables' }).click();
    await page.getByRole('cell', { name: 'Watch (Strava)' }).waitFor();
    await page.getByRole('button', { name: 'History: Strava' }).click();
    await page.getByRole('heading', { name: 'What was read of Strava' }).waitFor();
    await page.getByRole('button', { name: 'Pause: Strava' }).click();
    await page.getByText('Paused').waitFor();
    await page.getByRole('button', { name: 'Activate: Strava' }).click();
    await page.getByRole('button', { name: 'Disconnect: Strava' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
    await page.getByText('None is connected yet.').waitFor();
  });

  test('says that nothing came back when the way back is opened by itself', async () => {
    const { page } = await opened('/v1/connections/callback');
    await page.getByText('This page is where a provider sends you back to.').waitFor();
  });
});

test.each([
  ['light', 1280],
  ['dark', 1280],
  ['light', 360],
] as const)('neither page has a barrier or scrolls sideways (%s, %i px)', async (colours, width) => {
  const size = { width, height: 800 };
  const person = await opened('/devices', { colours, size });
  await named(person.page, 'OwnTracks of Vera').waitFor();
  await person.page.getByRole('button', { name: 'Show a code' }).click();
  await person.page.locator('.code').waitFor();
  expect(await person.accessibilityFaults()).toEqual([]);
  expect(await sideways(person.page)).toBe(0);
  await person.open('/connections');
  await person.page.getByRole('button', { name: 'Connect Strava' }).waitFor();
  await until(async () => (await person.page.getByText('Connecting …').count()) === 0, {
    ...soon,
    what: 'the list',
  });
  expect(await person.accessibilityFaults()).toEqual([]);
  expect(await sideways(person.page)).toBe(0);
  expect(stage.browser.faults).toEqual([]);
});
