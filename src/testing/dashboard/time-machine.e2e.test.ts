import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { destination } from '../../geo/lat-lng.ts';
import { openStage, type Stage } from '../browser/stage.ts';
import { offerIn, SQUARE } from '../city.ts';
import { call, clear, eventually, leave, named, openDesk } from './desk.ts';

describe('the time machine', () => {
  let stage: Stage;
  let sosId: string;
  let other: string;

  beforeAll(async () => {
    stage = await openStage();
    const vera = await named(stage, await stage.city.volunteer(400, { skills: ['FIRST_AID'] }), 'Vera Verra');
    const requester = await named(stage, await stage.city.patient(), 'Paul Paulsen');
    sosId = await call(requester, { priority: 'CRITICAL', emergencyType: 'FIRE', description: 'smoke' });
    await vera.client.command('offer.accept', await offerIn(vera, sosId));
    // Where she was before: whoever is elsewhere within moments is refused as impossible.
    vera.client.sendFix({ atMs: Date.now(), ...destination(SQUARE, 90, 400) });
    await vera.client.flushed();
    await vera.client.command('sos.start', { sosId });
    await vera.client.command('sos.resolve', { sosId });
    other = await call(await stage.city.patient());
    await clear(stage);
  });
  afterAll(() => stage?.close());
  afterEach(() => leave());

  test('finds what is over by kind and number, and shows map, state and timeline of any moment together', async () => {
    const { page } = await openDesk(stage, { size: { width: 1680, height: 1000 }, paintsMap: true });
    await page.getByRole('button', { name: 'Past' }).click();
    const found = page.locator('.found-past button');
    await eventually('both', async () => (await found.count()) === 2);
    await page.getByLabel('Kind').selectOption('FIRE');
    await page.getByRole('button', { name: 'Find' }).click();
    await eventually('the fire', async () => (await found.count()) === 1);
    await page.getByLabel('Kind').selectOption('');
    await page.getByLabel('Number').fill(other.slice(-8));
    await page.getByRole('button', { name: 'Find' }).click();
    await eventually('the other', async () => (await found.getAttribute('data-id')) === other);
    await page.getByLabel('Number').fill(sosId.slice(-8));
    await page.getByRole('button', { name: 'Find' }).click();
    await eventually('the one', async () => (await found.getAttribute('data-id')) === sosId);
    await found.click();

    const state = page.locator('.past-state');
    const standing = state.locator('.sos-head .badge').nth(1);
    await state.getByText('Vera Verra is coming').waitFor();
    await page.locator('.past-map .map-view[data-ready="true"] .sos-marker').waitFor();
    expect(await standing.textContent()).toBe('Searching');
    expect(await state.locator('.sos-slots li[data-held="true"]').count()).toBe(0);
    await eventually(
      'nobody is on the way yet',
      async () => (await page.locator('.replay-person').count()) === 0,
    );

    await state.getByText('Vera Verra has begun to help').click();
    await eventually('how it stood', async () => (await standing.textContent()) === 'On scene');
    await state.locator('.sos-slots li[data-held="true"]', { hasText: 'Vera Verra' }).waitFor();
    await page.locator('.replay-person', { hasText: 'Vera Verra' }).waitFor();
    const here = state.locator('.story li[aria-current="step"]');
    await here.getByText('has begun to help').waitFor();

    await page.keyboard.press('End');
    await eventually('the end', async () => (await standing.textContent()) === 'resolved');
    await page.keyboard.press('Home');
    await eventually('the beginning', async () => (await standing.textContent()) === 'Searching');
    await page.getByRole('heading', { name: 'Fire' }).click();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowLeft');
    await eventually('before the end', async () => (await standing.textContent()) === 'On scene');
    await page.keyboard.press('Home');
    await page.getByRole('button', { name: '60×' }).click();
    await page.getByRole('button', { name: 'Play' }).click();
    await eventually('played to the end', async () => (await standing.textContent()) === 'resolved');
    await page.getByRole('button', { name: 'Play' }).waitFor();

    await page.reload();
    await state.getByText('Vera Verra is coming').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('.work-list').waitFor();
    const entries = await stage.city.http.access.audit(await stage.city.adminToken(), { limit: 200 });
    expect(entries.some(({ resourceId, action }) => resourceId === sosId && action === 'export')).toBe(true);
    expect(stage.browser.faults).toEqual([]);
  });

  test.each([
    ['light', 1680],
    ['dark', 1680],
    ['light', 360],
  ] as const)('has no barrier (%s, %i wide)', async (colours, width) => {
    const person = await openDesk(stage, { colours, size: { width, height: 900 } });
    await person.page.evaluate((id) => {
      location.hash = `past=${id}`;
    }, sosId);
    await person.page.locator('.past-map .map-view[data-ready="true"]').waitFor();
    await person.page.locator('.past-state').getByText('Vera Verra has begun to help').click();
    expect(await person.accessibilityFaults()).toEqual([]);
    const beyond = await person.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(beyond).toBeLessThanOrEqual(0);
    const shots = process.env.MUSTER_TEST_SHOTS;
    if (shots) await person.page.screenshot({ path: `${shots}/past-${colours}-${width}.png` });
    expect(stage.browser.faults).toEqual([]);
  });
});
