import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { must } from '../../lib/assert.ts';
import { openStage, type Stage } from '../browser/stage.ts';
import { offerIn } from '../city.ts';
import { until } from '../until.ts';
import {
  CERTIFICATE,
  expectToFit,
  goTo,
  holdForHelp,
  onDuty,
  positionIsSent,
  press,
  signUpForHelp,
  withPhone,
} from './phones.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});
afterEach(() => stage.browser.everybodyLeaves());
afterAll(() => stage?.close());

const call = {
  emergencyType: 'MEDICAL',
  priority: 'CRITICAL',
  point: { lat: 37.7793, lng: -122.4193 },
} as const;

test('from making an account over the certificate and duty to the end of an SOS, on two phones', async () => {
  const { city } = stage;
  const vera = await withPhone(stage, 300);
  await vera.open('/responder');
  await press(vera, /I want to help/);
  await vera.page.getByLabel('Name').fill('Vera Vogel');
  await vera.page.getByLabel('E-mail').fill('vera@example.org');
  await vera.page.getByLabel('Password').fill('a long sentence');
  await vera.page.getByLabel('First aid').check();
  await expectToFit(vera);
  await press(vera, 'Make an account');
  await vera.page.getByText('Not verified yet.').waitFor();
  await expectToFit(vera);

  await vera.page.getByLabel('Name of the certificate').fill('Basic Life Support');
  await vera.page.getByLabel('Issued by').fill('Red Cross');
  await vera.page.getByLabel('Issued on').fill('2026-01-10');
  await vera.page
    .getByLabel('Photo or file')
    .setInputFiles({ ...CERTIFICATE, name: 'a.txt', mimeType: 'text/plain' });
  await press(vera, 'Upload a document');
  await vera.page.getByText('Only PDF, PNG and JPEG are taken.').waitFor();
  await vera.page.getByLabel('Photo or file').setInputFiles(CERTIFICATE);
  await press(vera, 'Upload a document');
  await vera.page.getByText('An administrator is looking at your documents.').waitFor();
  await vera.page.getByText('Basic Life Support').waitFor();

  await press(vera, 'Go on duty');
  await vera.page.getByText('nobody asks you before you are verified').waitFor();
  const admin = await city.adminToken();
  const [volunteer] = await city.http.volunteers(admin, { verified: false });
  await city.http.verifyVolunteer(admin, must(volunteer, 'a volunteer').userId);
  await vera.page.reload();
  await vera.page.getByRole('heading', { name: 'You are on duty' }).waitFor();
  await positionIsSent(vera);

  const paul = await withPhone(stage, 0);
  await signUpForHelp(paul, 'Paul Pfister');
  await paul.page.getByLabel(/Say what happened/).fill('My father fell down the stairs');
  await holdForHelp(paul);
  await press(paul, 'Call now');

  await vera.page.getByRole('dialog').getByText('Medical').waitFor();
  expect(await vera.page.title()).toBeTruthy();
  await expectToFit(vera);
  expect(await vera.accessibilityFaults()).toEqual([]);
  await press(vera, 'I am coming');
  await vera.page.getByText('My father fell down the stairs').waitFor();
  await vera.page.getByText('300 m').waitFor();
  await vera.page.getByText(/west · about \d+ min/).waitFor();
  await expectToFit(vera);
  expect(await vera.accessibilityFaults()).toEqual([]);

  await paul.page.getByText('Help is coming').waitFor();
  await paul.page.getByText(/about \d+ min · .* away/).waitFor();
  await paul.page.getByText('Vera', { exact: true }).first().waitFor();
  await vera.page.getByLabel('Write a message').fill('Two streets away');
  await press(vera, 'Send');
  await paul.page.getByText('Two streets away').waitFor();
  await vera.page.getByText(/Read by 1 person/).waitFor();
  await paul.page.getByLabel('Write a message').fill('The door is open');
  await press(paul, 'Send');
  await vera.page.getByText('The door is open').waitFor();
  await expectToFit(paul);
  expect(await paul.accessibilityFaults()).toEqual([]);

  await press(vera, 'I have set off');
  await press(vera, 'I am there');
  await press(vera, 'I have begun to help');
  await paul.page.getByText('You are being helped').waitFor();
  await press(vera, 'It is over');
  await vera.page.getByRole('dialog').getByRole('button', { name: 'It is over' }).click();
  await paul.page.getByText('Somebody said that help was given.').waitFor();
  await press(paul, '5 stars');
  await vera.page.getByText('The SOS is over: help was given. Thank you.').waitFor();
  await press(vera, 'Understood');
  await vera.page.getByText('Where you helped').click();
  await vera.page.getByText('Medical, first').waitFor();
  await press(vera, 'Go off duty');
  await vera.page.getByRole('heading', { name: 'You are off duty' }).waitFor();
  expect(stage.browser.faults).toEqual([]);
});

describe('somebody on duty', () => {
  test('is told that the slot went to somebody else, and what happened while they were away', async () => {
    const { city } = stage;
    const [person, other] = [await onDuty(stage, 150), await city.volunteer(100, { skills: ['FIRST_AID'] })];
    const patient = await city.patient();
    const { sosId = '' } = await patient.client.command('sos.create', { ...call, emergencyType: 'OTHER' });
    await person.page.getByRole('button', { name: 'I am coming' }).waitFor();
    await other.client.command('offer.accept', await offerIn(other, sosId));
    await person.page.getByText('The slot went to somebody else.').waitFor();
    await press(person, 'Understood');

    await person.page.goto('about:blank');
    await other.client.command('sos.resolve', { sosId });
    await other.client.command('duty.set', { available: false });
    await person.open('/responder');
    await positionIsSent(person);
    const second = await patient.client.command('sos.create', { ...call, emergencyType: 'OTHER' });
    await person.page.getByRole('button', { name: 'I am coming' }).waitFor();
    await person.page.goto('about:blank');
    await patient.client.command('sos.cancel', { sosId: must(second.sosId, 'an SOS') });
    await person.open('/responder');
    await person.page.getByText('It was called off: help is not needed.').waitFor();
    await press(person, 'Go off duty');
    expect(stage.browser.faults).toEqual([]);
  });

  test('who loses the connection in an SOS loses nothing: positions, words and steps arrive', async () => {
    const person = await onDuty(stage, 200);
    person.guard.allow(/ERR_INTERNET_DISCONNECTED|WebSocket connection/);
    const patient = await stage.city.patient();
    const { sosId = '' } = await patient.client.command('sos.create', { ...call, emergencyType: 'OTHER' });
    await press(person, 'I am coming');
    await press(person, 'I have set off');
    const chat = patient.follow(`chat:${sosId}`);
    await person.context.setOffline(true);
    await person.page.getByText('Not connected', { exact: false }).first().waitFor();
    await person.page.getByLabel('Write a message').fill('said without a connection');
    await press(person, 'Send');
    await person.page.getByText('Not sent yet').waitFor();
    await goTo(person, 60);
    await person.page.reload();
    await person.page.getByText('60 m').waitFor();
    await person.page.getByText('said without a connection').waitFor();
    await person.page.getByLabel('Write a message').fill('and after a reload');
    await press(person, 'Send');
    await person.context.setOffline(false);
    await person.page.getByText('Not sent yet').first().waitFor({ state: 'detached' });
    const said = () => chat.events.map(({ data }) => (data as { text?: string }).text).filter(Boolean);
    await until(() => said().length > 1, { timeoutMs: 20_000, what: 'both messages' });
    expect(said()).toEqual(['said without a connection', 'and after a reload']);
    await press(person, 'I am there');
    await press(person, 'I can not come');
    await person.page.getByRole('dialog').getByRole('button', { name: 'I can not come' }).click();
    await person.page.getByRole('heading', { name: 'You are on duty' }).waitFor();
    await patient.client.command('sos.cancel', { sosId });
    await press(person, 'Go off duty');
    expect(stage.browser.faults).toEqual([]);
  });

  test('practises with a drill, which is marked and asks nobody else', async () => {
    const person = await onDuty(stage, 400);
    const [other] = [await stage.city.volunteer(380, { skills: ['FIRST_AID'] })];
    await press(person, 'Practise with a drill');
    await person.page.getByRole('dialog').getByText('This is a drill.').waitFor();
    await press(person, 'I am coming');
    await person.page.getByText('This is a drill. Nobody is in trouble.').waitFor();
    await press(person, 'I am there');
    await press(person, 'It is over');
    await person.page.getByRole('dialog').getByRole('button', { name: 'It is over' }).click();
    await person.page.getByRole('heading', { name: 'You are on duty' }).waitFor();
    expect(other.inbox.filter(({ type }) => type === 'offer.sent')).toEqual([]);
    await press(person, 'Go off duty');
    expect(stage.browser.faults).toEqual([]);
  });

  test('sets shifts and quiet hours, and is told when they keep everybody away', async () => {
    const person = await onDuty(stage, 500);
    const { page } = person;
    await page.getByText('Shifts and quiet hours').click();
    await press(person, 'Add a shift');
    await page.getByText('Choose at least one day.').waitFor();
    for (const day of ['Monday', 'Sunday']) await page.getByLabel(day).check();
    await press(person, 'Add a shift');
    await page.getByText('Sunday, 08:00 to 17:00').waitFor();
    await page.getByLabel('Ask me nothing in these hours').check();
    const quiet = page.getByRole('form', { name: 'Quiet hours, every day' });
    await quiet.getByLabel('From').fill('00:00');
    await quiet.getByLabel('To').fill('00:00');
    await quiet.getByRole('button', { name: 'Save' }).click();
    await page.getByText('in your quiet hours: nobody asks you now').waitFor();
    await press(person, 'Remove Monday, 08:00 to 17:00');
    await page.getByText('Monday, 08:00 to 17:00').waitFor({ state: 'detached' });
    expect(await person.accessibilityFaults()).toEqual([]);
    await expectToFit(person);
    await press(person, 'Go off duty');
    expect(stage.browser.faults).toEqual([]);
  });
});

test.each(['light', 'dark'] as const)('an offer and signing up have no barrier (%s)', async (colours) => {
  const person = await onDuty(stage, 250, { colours });
  expect(await person.accessibilityFaults()).toEqual([]);
  await press(person, 'Practise with a drill');
  await person.page.getByRole('button', { name: 'I am coming' }).waitFor();
  expect(await person.accessibilityFaults()).toEqual([]);
  await press(person, 'I can not');
  await press(person, 'Go off duty');
  await press(person, 'Sign out');
  await press(person, /I want to help/);
  expect(await person.accessibilityFaults()).toEqual([]);
  expect(stage.browser.faults).toEqual([]);
});
