import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openStage, type Stage } from '../browser/stage.ts';
import { offerIn } from '../city.ts';
import { call, clear, eventually, leave, named, openDesk, rowOf } from './desk.ts';

describe('an SOS in detail', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await openStage();
  });
  afterAll(() => stage?.close());
  afterEach(async () => {
    await clear(stage);
    await leave();
  });

  const view = async (sosId: string) => stage.city.http.sos.view(await stage.city.adminToken(), sosId);
  const openSos = async (sosId: string, options = {}) => {
    const person = await openDesk(stage, options);
    await rowOf(person.page, sosId).click();
    await person.page.getByRole('article').waitFor();
    return person;
  };

  test('shows what happens as it does, who was considered by which score, who was passed over and why, and what is next', async () => {
    const vera = await named(stage, await stage.city.volunteer(300), 'Vera Verra');
    const ben = await named(stage, await stage.city.volunteer(200), 'Ben Benn');
    await ben.client.command('duty.set', { available: false });
    const requester = await named(stage, await stage.city.patient(), 'Paul Paulsen');
    const sosId = await call(requester, { priority: 'CRITICAL', description: 'third floor' });
    const { page } = await openSos(sosId);
    const detail = page.getByRole('article');
    await detail.getByText('Paul Paulsen').first().waitFor();
    await detail.locator('.said', { hasText: 'third floor' }).waitFor();
    await detail.getByText('Wave 1: 1 person asked within 500 m').waitFor();
    await detail.getByText('Wave 2 is asked').waitFor();
    await detail.getByText('1 offer runs out').waitFor();
    await detail.getByText('Escalates: a wider ring is asked').waitFor();

    await page.getByRole('tab', { name: 'Asked' }).click();
    const considered = detail.locator('.asked li[data-offer]');
    await considered.getByText('Vera Verra').waitFor();
    await considered.getByText('Why this place').click();
    await considered.getByText('300 m at').waitFor();
    await considered.getByText('for silence: said yes 0 of 0 times').waitFor();
    const passed = detail.locator('.passed li', { hasText: 'Ben Benn' });
    await passed.getByText('off duty').waitFor();

    await page.getByRole('tab', { name: 'Asked' }).press('ArrowLeft');
    await page.getByRole('tab', { name: 'Timeline', selected: true }).waitFor();
    await vera.client.command('offer.accept', await offerIn(vera, sosId));
    await detail.getByText('Vera Verra is coming, from 300 m away').waitFor();
    await detail.locator('.sos-slots li[data-held="true"]', { hasText: 'Vera Verra' }).waitFor();

    await page.getByRole('button', { name: 'Release Vera Verra' }).click();
    await detail.getByText('Vera Verra was taken out').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await detail.getByText('A dispatcher sent Vera Verra').waitFor();
    expect((await view(sosId)).acceptedBy).toBe(vera.userId);

    await page.getByRole('button', { name: 'Resolve' }).click();
    await page.getByRole('dialog').getByText('Is it over?').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    expect((await view(sosId)).status).toBe('ACCEPTED');
    await page.getByRole('button', { name: 'Resolve' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Resolve' }).click();
    await detail.getByText('Over: help was given').waitFor();
    await page.getByRole('button', { name: 'Reopen' }).click();
    await detail.getByText('Open again', { exact: true }).waitFor();
    expect((await view(sosId)).status).toBe('PENDING');
    expect(stage.browser.faults).toEqual([]);
  });

  test('a dispatcher talks on the chat once it is theirs, and sees who has read what', async () => {
    const requester = await named(stage, await stage.city.patient(), 'Paul Paulsen');
    const sosId = await call(requester);
    const chat = requester.follow(`chat:${sosId}`);
    await requester.client.command('chat.send', { sosId, text: 'the door is open' });
    const { page } = await openSos(sosId);
    await page.getByRole('tab', { name: 'Chat' }).click();
    await page.getByText('The chat belongs to those who are in this SOS.').waitFor();
    expect(await page.getByText('the door is open').count()).toBe(0);
    await page.getByRole('tabpanel').getByRole('button', { name: 'Take over' }).click();
    await page.getByText('the door is open').waitFor();
    await eventually('the receipt', async () => chat.events.some(({ type }) => type === 'chat.read'));
    await page.getByLabel('Write to everybody in this SOS').fill('help is coming');
    await page.keyboard.press('Enter');
    const said = page.locator('.chat li[data-mine="true"]');
    await said.getByText('Not read yet').waitFor();
    const message = await eventually(
      'the message',
      async () => chat.events.findLast(({ type }) => type === 'chat.message') ?? false,
    );
    await requester.client.command('chat.read', { sosId, upToSeq: message.seq });
    await said.getByText('Read by Paul Paulsen').waitFor();
    expect(stage.browser.faults).toEqual([]);
  });

  test('vital signs are shown to who breaks the glass, with their age and a score that says what it lacks', async () => {
    const requester = await stage.city.patient();
    const sosId = await call(requester);
    const { page } = await openSos(sosId);
    await page.getByRole('tab', { name: 'Vitals' }).click();
    await page.getByText('Vital signs are for those who care for this person.').waitFor();
    expect(await page.getByText('Heart rate').count()).toBe(0);
    requester.client.sendVitals({ atMs: Date.now(), heartRateBpm: 134, spo2Pct: 91 });
    await requester.client.flushed();
    await page.getByLabel('Why you need to see them').fill('caller says chest pain');
    await page.getByRole('button', { name: 'Break the glass' }).click();
    const vitals = page.locator('.vitals');
    await vitals.getByText('134').waitFor();
    await vitals.getByText(/^at least \d+$/).waitFor();
    await vitals.getByText('Not known:').waitFor();
    requester.client.sendVitals({ atMs: Date.now(), heartRateBpm: 141 });
    await vitals.getByText('141').waitFor();
    expect(stage.browser.faults).toEqual([]);
  });

  test('what another dispatcher has decided meanwhile is not overruled unseen', async () => {
    const sosId = await call(await stage.city.patient());
    const { page } = await openSos(sosId);
    await page.getByRole('button', { name: 'Hand off' }).click();
    await page.getByLabel('Service', { exact: true }).fill('112');
    const dispatcher = await stage.city.dispatcher();
    await dispatcher.client.command('sos.cancel', { sosId });
    await page.getByRole('article').getByText('Cancelled', { exact: true }).first().waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Hand off' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Hand off' }).click();
    await page.getByRole('alert').getByText('Hand off was refused').waitFor();
    await page
      .getByRole('alert')
      .getByText('Somebody has changed this SOS since you looked at it.')
      .waitFor();
    expect(stage.browser.faults).toEqual([]);
  });

  test.each(['light', 'dark'] as const)('has no barrier in any of its parts (%s)', async (colours) => {
    await named(stage, await stage.city.volunteer(250), 'Vera Verra');
    const sosId = await call(await named(stage, await stage.city.patient(), 'Paul Paulsen'));
    const person = await openSos(sosId, { colours });
    await person.page.locator('.sos-commands').getByRole('button', { name: 'Take over' }).click();
    for (const tab of ['Timeline', 'Asked', 'Chat', 'Vitals']) {
      await person.page.getByRole('tab', { name: tab }).click();
      expect(await person.accessibilityFaults()).toEqual([]);
      const shots = process.env.MUSTER_TEST_SHOTS;
      if (shots) await person.page.screenshot({ path: `${shots}/detail-${tab}-${colours}.png` });
    }
    await person.page.locator('.sos-commands').getByRole('button', { name: 'Assign' }).click();
    await person.page.getByRole('dialog').getByText('Vera Verra').first().waitFor();
    expect(await person.accessibilityFaults()).toEqual([]);
    expect(stage.browser.faults).toEqual([]);
  });
});
