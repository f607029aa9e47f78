import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../lib/clock.ts';
import type { Person } from '../browser/browser.ts';
import { openStage, type Stage } from '../browser/stage.ts';
import { until } from '../until.ts';
import { Ward, type Wearer } from './ward.ts';

const soon = { timeoutMs: 20_000 };
const MINUTE_MS = 60_000;

let stage: Stage;
let ward: Ward;
let wearer: Wearer;
let nurse: Person;
let page: Page;

beforeAll(async () => {
  stage = await openStage();
  ward = await Ward.open(stage);
  wearer = await ward.wearer('Ibu', 'Sari');
  const { client } = wearer.somebody;
  const nowMs = systemClock.nowMs();
  for (let minute = 90; minute > 0; minute--)
    client.sendVitals({ atMs: nowMs - minute * MINUTE_MS, heartRateBpm: 70 + (minute % 7), spo2Pct: 97 });
  client.sendVitals({ atMs: nowMs - 30_000, heartRateBpm: 600 });
  client.sendVitals({ atMs: nowMs, heartRateBpm: 80 });
  await client.flushed();
  await ward.record(wearer.patientId, { systolicMmhg: 85 });
  nurse = await stage.browser.person();
  page = nurse.page;
  await nurse.open('/care');
  await nurse.signIn(ward.nurseCredentials);
  await page.getByRole('button', { name: 'Charts of Ibu Sari' }).click();
  await chart('heartRateBpm').waitFor();
});
afterAll(() => stage?.close());

const chart = (vital: string) => page.locator(`.vital[data-vital="${vital}"]`);

test('each vital sign has its chart, with the newest value, drawn on a canvas and said in words', async () => {
  await page.getByRole('heading', { name: 'Ibu Sari' }).waitFor();
  expect(await chart('heartRateBpm').locator('canvas').count()).toBe(1);
  expect(await chart('heartRateBpm').locator('header b').textContent()).toBe('80');
  const label = await chart('heartRateBpm').getByRole('img').getAttribute('aria-label');
  expect(label).toMatch(/^Heart rate in bpm: 91 values from /);
  expect(await chart('heartRateBpm').textContent()).toContain('1 value is not believed');
  expect(await page.locator('.score-now').textContent()).toMatch(/Missing: .*temperature/);
});

test('what is measured now goes on in them without a reload', async () => {
  await wearer.measure({ heartRateBpm: 91 });
  await chart('heartRateBpm').getByText('91', { exact: true }).waitFor();
});

test('the time that is shown stands in the address, and a reload finds it again', async () => {
  await page.getByRole('button', { name: '1 hour', exact: true }).click();
  expect(page.url()).toMatch(/#patient=[0-9a-f-]+&range=1h$/);
  await page.reload();
  await chart('heartRateBpm').waitFor();
  expect(await page.getByRole('button', { name: '1 hour', exact: true }).getAttribute('aria-pressed')).toBe(
    'true',
  );
  const label = () => chart('heartRateBpm').getByRole('img').getAttribute('aria-label');
  await until(async () => /: [56]\d values/.test((await label()) ?? ''), {
    ...soon,
    what: 'an hour of values',
  });
});

test('a chart can be read as a table, with the lowest, the highest and the last of each step', async () => {
  await page.getByRole('button', { name: 'As a table' }).click();
  const table = chart('heartRateBpm').getByRole('table', { name: 'Heart rate' });
  expect(await table.getByRole('columnheader').allTextContents()).toEqual([
    'Time',
    'Lowest',
    'Highest',
    'Last',
  ]);
  expect(await table.textContent()).not.toContain('600');
  expect(await nurse.accessibilityFaults()).toEqual([]);
  await page.getByRole('button', { name: 'As a table' }).click();
});

test('dragging over a chart looks closer, and the way back is one press', async () => {
  const box = await chart('heartRateBpm').locator('.u-over').boundingBox();
  if (!box) throw new Error('the chart is not there');
  await page.mouse.move(box.x + box.width * 0.3, box.y + 20);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.6, box.y + 20, { steps: 5 });
  await page.mouse.up();
  await until(() => /range=\d+-\d+$/.test(page.url()), { ...soon, what: 'the part of the time' });
  await page.getByRole('button', { name: '6 hours', exact: true }).click();
  await chart('heartRateBpm').getByText('live').waitFor();
});

test('all of it can be taken along as CSV, and reading is on record', async () => {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download as CSV' }).click(),
  ]);
  const csv = await readFile(await download.path(), 'utf8');
  expect(csv.split('\n').length).toBeGreaterThan(90);
  const asked = { subjectUserId: wearer.somebody.userId, actorId: ward.nurse.userId, resourceKind: 'vitals' };
  await until(
    async () => {
      const entries = await stage.city.http.access.audit(await stage.city.adminToken(), asked);
      return entries.some(({ reason }) => reason?.includes('vitals.csv'));
    },
    { ...soon, what: 'the entry of the audit log' },
  );
});

test.each([
  ['light', 1280],
  ['dark', 1280],
  ['light', 360],
] as const)('charts have no barrier and do not scroll sideways (%s, %i px)', async (colours, width) => {
  const person = await stage.browser.person({ colours, size: { width, height: 800 } });
  await person.open(`/care#patient=${wearer.somebody.userId}`);
  await person.signIn(ward.nurseCredentials);
  await person.page.locator('.vital canvas').first().waitFor();
  expect(await person.accessibilityFaults()).toEqual([]);
  expect(
    await person.page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    ),
  ).toBe(0);
  expect(stage.browser.faults).toEqual([]);
});
