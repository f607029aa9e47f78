import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../lib/clock.ts';
import type { Person } from '../browser/browser.ts';
import { openStage, type Stage } from '../browser/stage.ts';
import { type Somebody, SQUARE } from '../city.ts';
import { until } from '../until.ts';
import { Ward, type Wearer } from './ward.ts';

const soon = { timeoutMs: 20_000 };

let stage: Stage;
let ward: Ward;
let nurse: Person;
let page: Page;
let wearer: Wearer;
let doctor: Somebody;

beforeAll(async () => {
  stage = await openStage({ MUSTER_ALERT_SOS_AFTER_S: 'panic:3600', MUSTER_ALERT_HIGH_S: '900' });
  ward = await Ward.open(stage);
  wearer = await ward.wearer('Ibu', 'Sari');
  doctor = await ward.colleague('Dora Doctor', [wearer.patientId]);
  nurse = await stage.browser.person();
  page = nurse.page;
  await nurse.open('/care');
  await nurse.signIn(ward.nurseCredentials);
  await page.getByText('No open alerts.').waitFor();
});
afterAll(() => stage?.close());

const alarm = async (kind: 'no_motion' | 'panic') => {
  const { client } = wearer.somebody;
  client.sendAlarm({ atMs: systemClock.nowMs(), kind, point: SQUARE });
  await client.flushed();
};
const cards = () => page.locator('.alerts > .alert');
const alertsOf = async (state: 'open' | 'closed') =>
  (await stage.city.http.alerts.list(await ward.nurse.token(), { state })).alerts;

describe('an alert', () => {
  beforeEach(async () => {
    expect(await cards().count()).toBe(0);
  });

  test('comes by itself, is acknowledged and resolved by keys, and can be taken back in between', async () => {
    await alarm('no_motion');
    await cards().waitFor();
    expect(await cards().textContent()).toMatch(/High.*Ibu Sari.*No motion.*nobody looks after it/);
    expect(await cards().textContent()).toMatch(/Goes to more people in 1[45] min/);
    await page.keyboard.press('j');
    await page.keyboard.press('a');
    await cards().getByText('acknowledged by you').waitFor();
    await until(async () => (await alertsOf('open'))[0]?.acknowledgedBy === ward.nurse.userId, {
      ...soon,
      what: 'the server to know who',
    });

    await page.keyboard.press('r');
    await page.getByLabel('For the record').fill('Slept, is well');
    await page.getByRole('dialog').getByRole('button', { name: 'Resolve' }).click();
    await page.getByRole('button', { name: 'Undo' }).click();
    expect((await alertsOf('open')).length).toBe(1);

    await page.keyboard.press('r');
    await page.getByLabel('For the record').fill('Slept, is well');
    await page.keyboard.press('Tab');
    await page.getByRole('dialog').getByRole('button', { name: 'Resolve' }).press('Enter');
    await cards().waitFor({ state: 'detached' });
    expect((await alertsOf('closed'))[0]).toMatchObject({
      actionTaken: 'Slept, is well',
      resolvedBy: ward.nurse.userId,
    });
    await page.getByRole('button', { name: 'Over' }).click();
    await page.getByText('Slept, is well').waitFor();
    await page.getByText('resolved by you').waitFor();
    await page.getByRole('button', { name: /^Open/ }).click();
  });

  test('is given to a colleague of the care team, by name', async () => {
    await alarm('no_motion');
    await cards().waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('s');
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /Dora Doctor/ })
      .click();
    await cards().getByText('assigned to Dora Doctor').waitFor();
    expect((await alertsOf('open'))[0]?.assignedTo).toBe(doctor.userId);
    const [{ alertId = '' } = {}] = await alertsOf('open');
    await doctor.client.command('alert.resolve', { alertId });
    await cards().waitFor({ state: 'detached' });
  });

  test('that is critical is in the title of the tab; the SOS a machine would raise counts down and is called off', async () => {
    await alarm('panic');
    await cards().waitFor();
    await until(async () => (await page.title()).startsWith('(1)'), { ...soon, what: 'the title' });
    expect(await cards().textContent()).toMatch(/Critical.*A machine calls for help in (59 min|1 h 0 min)/);
    await page.keyboard.press('j');
    await page.keyboard.press('c');
    await cards().getByText('The SOS was called off').waitFor();
    expect((await alertsOf('open'))[0]?.sos.state).toBe('cancelled');
    await page.keyboard.press('a');
    await cards().getByText('acknowledged by you').waitFor();
    await until(async () => !(await page.title()).startsWith('('), {
      ...soon,
      what: 'the title to calm down',
    });
    const [{ alertId = '' } = {}] = await alertsOf('open');
    await doctor.client.command('alert.resolve', { alertId });
    await cards().waitFor({ state: 'detached' });
  });

  test('that a colleague looks after says who, and leaves when they say that it is over', async () => {
    await alarm('panic');
    await cards().waitFor();
    expect(await cards().getByRole('button', { name: 'Acknowledge' }).count()).toBe(1);
    const [{ alertId = '' } = {}] = await alertsOf('open');
    await doctor.client.command('alert.acknowledge', { alertId, isFalseAlarm: true });
    await cards().getByText('acknowledged by Dora Doctor').waitFor();
    expect(await cards().getByRole('button', { name: 'Acknowledge' }).count()).toBe(0);
    await doctor.client.command('alert.resolve', { alertId });
    await cards().waitFor({ state: 'detached' });
  });
});

test.each(['light', 'dark'] as const)('the queue has no barrier (%s)', async (colours) => {
  await alarm('no_motion');
  const person = await stage.browser.person({ colours });
  await person.open('/care');
  await person.signIn(ward.nurseCredentials);
  await person.page.locator('.alert').first().waitFor();
  await person.page.keyboard.press('j');
  expect(await person.accessibilityFaults()).toEqual([]);
  await person.page.keyboard.press('r');
  await person.page.getByLabel('For the record').waitFor();
  expect(await person.accessibilityFaults()).toEqual([]);
  expect(stage.browser.faults).toEqual([]);
});
