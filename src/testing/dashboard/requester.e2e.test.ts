import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { must } from '../../lib/assert.ts';
import type { Person } from '../browser/browser.ts';
import { openStage, type Stage } from '../browser/stage.ts';
import { offerIn } from '../city.ts';
import { until } from '../until.ts';
import { expectToFit, holdForHelp, press, signUpForHelp, withPhone } from './phones.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage({ MUSTER_EMERGENCY_NUMBER: '911', MUSTER_SOS_CANCEL_WINDOW_MS: '3000' });
});
afterEach(() => stage.browser.everybodyLeaves());
afterAll(() => stage?.close());

/** What dispatchers see as open, by kind. */
const openKinds = async () =>
  (await stage.city.http.sos.list(await stage.city.adminToken())).sos.map(
    ({ emergencyType }) => emergencyType,
  );

/** The server has the call: somebody is looked for, or nobody is near and a dispatcher is told. */
const isCalled = ({ page }: Person) =>
  page.getByText(/Looking for somebody near you|A dispatcher looks for help/).waitFor();

describe('somebody in trouble', () => {
  test('can always call the emergency number, before signing in and after', async () => {
    const person = await withPhone(stage, 0);
    const number = person.page.getByRole('link', { name: 'Call 911' });
    await person.open('/sos');
    expect(await number.getAttribute('href')).toBe('tel:911');
    await signUpForHelp(person, 'Paul Pfister');
    expect(await number.getAttribute('href')).toBe('tel:911');
    await expectToFit(person);
    expect(stage.browser.faults).toEqual([]);
  });

  test('who lets go early or touches once calls nobody; who takes it back in time calls nobody', async () => {
    const person = await withPhone(stage, 0);
    const { page } = person;
    await signUpForHelp(person, 'Lea Lang');
    const button = page.getByRole('button', { name: /Hold for help/ });
    await button.click();
    await page.getByText('Tap once more').first().waitFor();
    await page.getByText('Hold for one second. Or tap twice.').waitFor();
    await holdForHelp(person);
    await press(person, 'Do not call');
    await page.getByText('Nobody was called.').waitFor();
    await button.waitFor();
    expect(await openKinds()).toEqual([]);
    expect(stage.browser.faults).toEqual([]);
  });

  test.each(['Space', 'Enter'])('calls by holding %s, without any pointer', async (key) => {
    const person = await withPhone(stage, 0);
    const { page } = person;
    await signUpForHelp(person, `Kay ${key}`);
    await page.getByText('Crime').click();
    await page.getByRole('button', { name: /Hold for help/ }).focus();
    await page.keyboard.down(key);
    await page.getByRole('button', { name: 'Do not call' }).waitFor();
    await page.keyboard.up(key);
    await isCalled(person);
    expect(await openKinds()).toEqual(['CRIME']);
    await press(person, 'I need no help any more');
    await page.getByLabel(/Why/).fill('a mistake');
    await page.getByRole('dialog').getByRole('button', { name: 'I need no help any more' }).click();
    await page.getByText('It was called off.').waitFor();
    await press(person, 'Back to the start');
    await page.getByRole('button', { name: /Hold for help/ }).waitFor();
    expect(stage.browser.faults).toEqual([]);
  });

  test('calls by two taps from somewhere else, sees who comes from where and when, and writes with them', async () => {
    const { city } = stage;
    const helper = await city.volunteer(400, { skills: ['FIRST_AID'] });
    const person = await withPhone(stage, 900_000);
    const { page } = person;
    await signUpForHelp(person, 'Tom Tell');
    await press(person, 'I am somewhere else');
    await page.getByLabel('Coordinates, or the link of a map').fill('the corner of Main Street');
    await press(person, 'Use this place');
    await page.getByText('That is no place.').waitFor();
    await page.getByLabel('Coordinates, or the link of a map').fill('geo:37.7793,-122.4193');
    await press(person, 'Use this place');
    await page.getByText('Somewhere else: 37.77930, -122.41930').waitFor();
    const button = page.getByRole('button', { name: /Hold for help/ });
    await button.click();
    await button.click();
    await page.getByRole('button', { name: 'Do not call' }).waitFor();
    expect(await person.accessibilityFaults()).toEqual([]);
    await page.getByText('Looking for somebody near you').waitFor();
    await page.getByText('1 person is asked now').waitFor();
    expect(await person.accessibilityFaults()).toEqual([]);

    const { sos } = await city.http.sos.list(await city.adminToken());
    const sosId = must(
      sos.find(({ requesterName }) => requesterName === 'Tom Tell'),
      'the SOS',
    ).sosId;
    await helper.client.command('offer.accept', await offerIn(helper, sosId));
    await page.getByText('Help is coming').waitFor();
    await page.getByText(/about \d+ min · 400 m away/).waitFor();
    await page.getByRole('img', { name: /Who is where/ }).waitFor();
    await helper.client.command('sos.depart', { sosId });
    await page.getByText('on the way').waitFor();
    const chat = helper.follow(`chat:${sosId}`);
    await page.getByLabel('Write a message').fill('The blue door');
    await press(person, 'Send');
    await until(() => chat.events.find(({ type }) => type === 'chat.message'), {
      timeoutMs: 30_000,
      what: 'the words',
    });
    await page.reload();
    await page.getByText('Help is coming').waitFor();
    await page.getByText('The blue door').waitFor();
    await expectToFit(person);
    await helper.client.command('sos.arrive', { sosId });
    await page.getByText('Help is there').waitFor();
    await helper.client.command('sos.resolve', { sosId });
    await page.getByText('Somebody said that help was given.').waitFor();
    expect(await person.accessibilityFaults()).toEqual([]);
    await press(person, '4 stars');
    await page.getByText('Thank you.').waitFor();
    expect(stage.browser.faults).toEqual([]);
  });

  test('without a connection is told that it is not sent, and it arrives once, also after a reload', async () => {
    const person = await withPhone(stage, 0);
    const { page, context } = person;
    person.guard.allow(/ERR_INTERNET_DISCONNECTED|WebSocket connection/);
    await signUpForHelp(person, 'Nina Nord');
    await page.getByText('Fire', { exact: true }).click();
    await until(async () => (await page.evaluate(() => navigator.serviceWorker.ready)) !== null, {
      timeoutMs: 20_000,
      what: 'the shell',
    });
    await context.setOffline(true);
    await holdForHelp(person);
    await press(person, 'Call now');
    await page.getByRole('heading', { name: 'Not sent yet' }).waitFor();
    await page.getByText('call 911 if you can').waitFor();
    expect(await person.accessibilityFaults()).toEqual([]);
    await page.reload();
    await page.getByRole('heading', { name: 'Not sent yet' }).waitFor();
    expect(await openKinds()).toEqual([]);
    await context.setOffline(false);
    await isCalled(person);
    expect(await openKinds()).toEqual(['FIRE']);
    expect(stage.browser.faults).toEqual([]);
  });
});

test.each(['light', 'dark'] as const)('the page has no barrier (%s)', async (colours) => {
  const person = await withPhone(stage, 0, { colours });
  await person.open('/sos');
  await person.page.getByLabel('E-mail').waitFor();
  expect(await person.accessibilityFaults()).toEqual([]);
  await signUpForHelp(person, `Ada ${colours}`);
  expect(await person.accessibilityFaults()).toEqual([]);
  expect(stage.browser.faults).toEqual([]);
});
