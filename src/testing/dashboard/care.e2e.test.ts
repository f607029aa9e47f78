import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SERVER_AWAY } from '../browser/guards.ts';
import { openStage, type Stage } from '../browser/stage.ts';
import { until } from '../until.ts';
import { Ward, type Wearer } from './ward.ts';

const soon = { timeoutMs: 20_000 };
const WELL = { heartRateBpm: 72, spo2Pct: 97, respirationPerMin: 15 };

let stage: Stage;
let ward: Ward;
let calm: Wearer;
let ill: Wearer;
let silent: Wearer;

beforeAll(async () => {
  stage = await openStage();
  ward = await Ward.open(stage);
  calm = await ward.wearer('Anna', 'Calm');
  ill = await ward.wearer('Zora', 'Ill');
  silent = await ward.wearer('Sam', 'Silent');
  await calm.measure(WELL);
  await ill.measure(WELL);
});
afterAll(() => stage?.close());

const tile = (page: Page, { somebody }: Wearer) => page.locator(`[data-person="${somebody.userId}"]`);
const namesOnWall = (page: Page) => page.locator('.tile h3').allTextContents();

describe('the wall of vital signs', () => {
  let page: Page;

  beforeAll(async () => {
    const nurse = await stage.browser.person();
    page = nurse.page;
    await nurse.open('/care');
    expect(await page.getByText('See how those you care for are').count()).toBe(1);
    await nurse.signIn(ward.nurseCredentials);
    await tile(page, calm).waitFor();
  });

  test('has a tile for everybody, with name, newest values and their age, and says who has no data', async () => {
    await page.getByRole('button', { name: 'Charts of Anna Calm' }).waitFor();
    expect(await tile(page, calm).locator('[data-vital="heartRateBpm"]').textContent()).toMatch(/72.*\d+ s/);
    expect(await tile(page, silent).textContent()).toContain('No current data');
    expect(await tile(page, calm).locator('.score').textContent()).toMatch(/≥ 0.*at least 0, incomplete/);
  });

  test('shows a sample within a second or two, and a complete score in number and words', async () => {
    await calm.measure({ ...WELL, heartRateBpm: 95 });
    await tile(page, calm).locator('[data-vital="heartRateBpm"]').getByText('95').waitFor();
    const round = { systolicMmhg: 118, temperatureC: 36.8, consciousness: 'A', onOxygen: false };
    await ward.record(calm.patientId, round);
    await tile(page, calm).getByText('low', { exact: true }).waitFor();
    expect(await tile(page, calm).locator('.score').textContent()).toMatch(/NEWS2 1 low/);
  });

  test('moves whoever is worse to the top, but not while somebody points at it', async () => {
    await until(async () => (await namesOnWall(page)).at(0) === 'Sam Silent', {
      ...soon,
      what: 'the silent first',
    });
    await tile(page, silent).hover();
    await ill.measure({ heartRateBpm: 135, spo2Pct: 96, respirationPerMin: 26 });
    await ward.record(ill.patientId, { systolicMmhg: 88 });
    await until(async () => (await tile(page, ill).getAttribute('data-tone')) === 'critical', {
      ...soon,
      what: 'the tile to be critical',
    });
    expect((await namesOnWall(page)).at(0)).toBe('Sam Silent');
    await page.getByText('The order is held while you point at it').first().waitFor();
    await page.mouse.move(5, 5);
    await until(async () => (await namesOnWall(page)).at(0) === 'Zora Ill', {
      ...soon,
      what: 'the ill one first',
    });
  });

  test('is a screen in the room at #wall, which a reload finds again and Escape leaves', async () => {
    await page.getByRole('button', { name: 'Wall screen' }).click();
    await page.getByText('Muster is not a medical device').waitFor();
    expect(await page.getByRole('navigation').count()).toBe(0);
    await page.reload();
    await page.getByText('Muster is not a medical device').waitFor();
    await tile(page, ill).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { name: 'Alerts' }).waitFor();
  });

  test('goes on by itself after a restart of the node, and says meanwhile that it is old', async () => {
    const nurse = await stage.browser.person();
    nurse.guard.allow(SERVER_AWAY);
    await nurse.open('/care');
    await nurse.signIn(ward.nurseCredentials);
    await tile(nurse.page, calm).waitFor();
    await stage.node.crash();
    await nurse.page.getByText('everything here is as it was').waitFor();
    await stage.node.restart();
    await nurse.page.getByText('everything here is as it was').waitFor({ state: 'detached' });
    await nurse.page.getByText('Live', { exact: true }).waitFor();
    await calm.measure({ ...WELL, heartRateBpm: 77 });
    await tile(nurse.page, calm).locator('[data-vital="heartRateBpm"]').getByText('77').waitFor();
    await nurse.page.close();
  });
});

test.each([
  ['light', 1280],
  ['dark', 1280],
  ['light', 360],
] as const)('has no barrier and does not scroll sideways (%s, %i px)', async (colours, width) => {
  const nurse = await stage.browser.person({ colours, size: { width, height: 800 }, isPhone: width < 500 });
  nurse.guard.allow(SERVER_AWAY);
  await nurse.open('/care');
  await nurse.signIn(ward.nurseCredentials);
  await tile(nurse.page, ill).waitFor();
  expect(await nurse.accessibilityFaults()).toEqual([]);
  const sideways = () =>
    nurse.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(await sideways()).toBe(0);
  if (width < 500) {
    await nurse.page.getByRole('button', { name: /^Alerts/ }).click();
    expect(await nurse.accessibilityFaults()).toEqual([]);
    expect(await sideways()).toBe(0);
  }
});

test('no page did what no page may do', () => {
  expect(stage.browser.faults.filter((fault) => !SERVER_AWAY.test(fault))).toEqual([]);
});
