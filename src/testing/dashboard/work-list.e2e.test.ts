import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openStage, type Stage } from '../browser/stage.ts';
import { SQUARE } from '../city.ts';
import { call, clear, eventually, leave, named, openDesk, rowOf, rowsOf } from './desk.ts';

describe('the work list', () => {
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

  test('is worked through by keyboard: the most urgent first, j and k, Enter, search, and a list of the keys', async () => {
    const { page } = await openDesk(stage);
    await page.getByText('Nobody is waiting for help.').waitFor();
    const low = await call(await stage.city.patient(), { priority: 'LOW', description: 'a sprained ankle' });
    const critical = await call(await stage.city.patient(), { priority: 'CRITICAL', emergencyType: 'FIRE' });
    await eventually('both rows', async () => (await rowsOf(page)).length === 2);
    expect(await rowsOf(page)).toEqual([critical, low]);

    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('data-id') ?? null);
    await page.keyboard.press('j');
    await eventually('the first row', async () => (await focused()) === critical);
    await page.keyboard.press('j');
    await eventually('the second row', async () => (await focused()) === low);
    await page.keyboard.press('k');
    await eventually('the first row again', async () => (await focused()) === critical);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Fire' }).waitFor();
    expect(page.url()).toContain(critical);
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { name: 'Fire' }).waitFor({ state: 'detached' });

    await page.keyboard.press('/');
    await page.keyboard.type('ankle');
    await eventually('what fits', async () => (await rowsOf(page)).join() === low);
    await page.getByLabel('Search').fill('');
    await page.getByLabel('Priority').selectOption('CRITICAL');
    await eventually('what is critical', async () => (await rowsOf(page)).join() === critical);
    await page.reload();
    await eventually('the same after a reload', async () => (await rowsOf(page)).join() === critical);
    await page.getByLabel('Priority').selectOption('');

    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).getByText('Escalate').waitFor();
    await page.getByLabel('Single keys').uncheck();
    await page.keyboard.press('Escape');
    await page.keyboard.press('n');
    expect(await page.getByRole('heading', { name: 'Raise an SOS for a caller' }).count()).toBe(0);
    expect(stage.browser.faults).toEqual([]);
  });

  test('stands still under the pointer; what is new waits, is heard and flashes in the title', async () => {
    const { page } = await openDesk(stage);
    const first = await call(await stage.city.patient());
    const second = await call(await stage.city.patient(), { priority: 'MEDIUM' });
    await rowOf(page, second).waitFor();
    // A first touch, so that the page may make a sound.
    await page.keyboard.press('Shift');
    await page.getByTitle('Sound on').waitFor();
    await rowOf(page, second).hover();
    // In the list: what a node says of a busy machine comes and goes above it.
    const placeOf = (id: string) =>
      rowOf(page, id).evaluate(
        (row) =>
          row.getBoundingClientRect().y -
          (row.closest('.work-rows')?.getBoundingClientRect().y ?? Number.NaN),
      );
    const before = [await placeOf(first), await placeOf(second)];
    const critical = await call(await stage.city.patient(), { priority: 'CRITICAL' });
    await page.getByRole('button', { name: '1 new: show' }).waitFor();
    expect(await page.title()).toBe('(1) New critical');
    expect(await rowsOf(page)).toEqual([first, second]);
    expect([await placeOf(first), await placeOf(second)]).toEqual(before);
    // What is over stays in its place and says so.
    await stage.city.http.sos.view(await stage.city.adminToken(), first);
    const dispatcher = await stage.city.dispatcher();
    await dispatcher.client.command('sos.cancel', { sosId: first });
    await rowOf(page, first).getByText('Over').waitFor();
    expect([await placeOf(first), await placeOf(second)]).toEqual(before);
    await page.mouse.move(900, 20);
    await eventually(
      'the right order',
      async () => (await rowsOf(page)).join() === [critical, second].join(),
    );
    await page.keyboard.press('Shift');
    expect(await page.title()).not.toContain('New critical');
    expect(stage.browser.faults).toEqual([]);
  });

  test('what was done is taken back, what was refused is said where it was asked', async () => {
    const { page } = await openDesk(stage);
    const helper = await named(stage, await stage.city.volunteer(300), 'Vera Verra');
    const [one, two] = [
      await call(await stage.city.patient(), { priority: 'CRITICAL' }),
      await call(await stage.city.patient()),
    ];
    await rowOf(page, one).focus();
    await page.keyboard.press('o');
    await page.getByText('On hold.', { exact: true }).waitFor();
    expect((await view(one)).holdUntilMs).not.toBeNull();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('Taken back.').waitFor();
    expect((await view(one)).holdUntilMs).toBeNull();

    await rowOf(page, one).focus();
    await page.keyboard.press('t');
    await rowOf(page, one).getByText('Yours').waitFor();
    await rowOf(page, one).focus();
    await page.keyboard.press('e');
    await page.getByRole('dialog').getByRole('button', { name: 'Escalate' }).click();
    await rowOf(page, one).getByText('Needs you').waitFor();

    // Meanwhile another dispatcher sends the one whom this one is about to send.
    await rowOf(page, two).focus();
    await page.keyboard.press('a');
    const send = page.getByRole('button', { name: 'Send Vera Verra' });
    await send.waitFor();
    const dispatcher = await stage.city.dispatcher();
    await dispatcher.client.command('sos.assign', { sosId: one, responderId: helper.userId });
    await rowOf(page, one).getByText('Vera Verra said yes').waitFor();
    await rowOf(page, two).getByText('Needs you').waitFor();
    await send.click();
    await rowOf(page, two).getByText('Assign was refused. They are with another SOS.').waitFor();
    await rowOf(page, two).click();
    await page.getByRole('alert').getByText('They are with another SOS.').waitFor();
    expect((await view(two)).slots.map(({ holderId }) => holderId)).not.toContain(helper.userId);
    expect(stage.browser.faults).toEqual([]);
  });

  test('somebody on the phone gets an SOS of their own, by keyboard alone', async () => {
    const { page } = await openDesk(stage);
    await page.keyboard.press('n');
    await page.getByRole('heading', { name: 'Raise an SOS for a caller' }).waitFor();
    await page.locator('input[name="number"]:focus').waitFor();
    await page.keyboard.type('+1 555 0199');
    await page.keyboard.press('Enter');
    await page.getByText('Say where help is needed').waitFor();
    await page.getByLabel('Where').fill(`${SQUARE.lat}, ${SQUARE.lng}`);
    await page.locator('select[name="type"]').selectOption('ACCIDENT');
    await page.getByLabel('What happened').fill('two cars');
    await page.getByLabel('Number to call back').press('Enter');
    await page.getByRole('article').getByRole('heading', { name: 'Accident' }).waitFor();
    const sosId = must(new URL(page.url()).hash.match(/sos=([0-9a-f-]{36})/)?.[1]);
    expect(await view(sosId)).toMatchObject({
      origin: 'dispatcher',
      callbackNumber: '+1 555 0199',
      emergencyType: 'ACCIDENT',
      priority: 'HIGH',
      description: 'two cars',
      point: SQUARE,
    });
    await rowOf(page, sosId).getByText('Yours').waitFor();
    expect(stage.browser.faults).toEqual([]);
  });

  test('of many rows only those in sight are on the page', async () => {
    const dispatcher = await stage.city.dispatcher();
    const raised = Array.from({ length: 120 }, () =>
      dispatcher.client.command('sos.raise', {
        emergencyType: 'MEDICAL',
        priority: 'LOW',
        point: SQUARE,
        isDrill: true,
      }),
    );
    await Promise.all(raised);
    const { page } = await openDesk(stage);
    await page.getByText('120 waiting').waitFor();
    const all = await eventually('rows', async () => {
      const rows = await rowsOf(page);
      return rows.length > 0 && rows;
    });
    expect(all.length).toBeLessThan(30);
    await page.locator('.work-rows').evaluate((list) => list.scrollTo(0, list.scrollHeight));
    await eventually('the last rows', async () => !(await rowsOf(page)).includes(all[0] ?? ''));
    expect(await page.locator('.work-rows li').last().getAttribute('aria-posinset')).toBe('120');
    expect(stage.browser.faults).toEqual([]);
  });

  test.each(['light', 'dark'] as const)('has no barrier (%s), also on a phone', async (colours) => {
    await call(await stage.city.patient(), { priority: 'CRITICAL' });
    await call(await stage.city.patient(), { priority: 'MEDIUM' });
    for (const size of [
      { width: 1600, height: 1000 },
      { width: 360, height: 740 },
    ]) {
      const person = await openDesk(stage, { colours, size });
      await person.page.locator('.work-row').first().waitFor();
      await person.page.locator('.work-row').first().click();
      await person.page.getByRole('article').waitFor();
      expect(await person.accessibilityFaults()).toEqual([]);
      const wide = await person.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(wide).toBeLessThanOrEqual(0);
      const shots = process.env.MUSTER_TEST_SHOTS;
      if (shots) await person.page.screenshot({ path: `${shots}/work-${colours}-${size.width}.png` });
    }
    expect(stage.browser.faults).toEqual([]);
  });
});

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('not there');
  return value;
}
