import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Person } from '../browser/browser.ts';
import { REFUSED, SERVER_AWAY } from '../browser/guards.ts';
import { openStage, type Stage } from '../browser/stage.ts';
import { SQUARE } from '../city.ts';
import { until } from '../until.ts';
import { goTo, onDuty, press } from './phones.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());

const live = ({ page }: Person) => page.getByText('Live', { exact: true }).waitFor();
const unwell = { emergencyType: 'MEDICAL', priority: 'CRITICAL', point: SQUARE } as const;
/** The SOS as it stands on the dispatcher's map. */
const onMap = ({ page }: Person, phase: string) =>
  page.locator(`.sos-marker[data-priority=CRITICAL][data-phase=${phase}]`);

/** Presses what comes next until it is over: by position the page may be a step further than the finger. */
async function helped({ page }: Person): Promise<void> {
  const sure = page.getByRole('dialog').getByRole('button', { name: 'It is over' });
  const next = page.getByRole('button', { name: /^(I am there|I have begun to help|It is over)$/ }).first();
  const pressed = async () => {
    if (!(await sure.isVisible())) await next.click({ timeout: 2_000 });
    return sure.isVisible();
  };
  await until(pressed, { timeoutMs: 30_000, what: 'the question whether it is over' });
  await sure.click();
}

test('two responders and a dispatcher complete an SOS in three browsers; the node dies in the middle, and no page is loaded again', async () => {
  const dispatcher = await stage.browser.person({ size: { width: 1600, height: 900 } });
  await dispatcher.open('/');
  await dispatcher.signIn(stage.city.credentialsOf());
  await dispatcher.page.locator('.map-view[data-ready=true]').waitFor();
  const [vera, uwe] = [await onDuty(stage, 200), await onDuty(stage, 350)];
  const everybody = [dispatcher, vera, uwe];
  for (const { page } of everybody) await page.evaluate(() => Reflect.set(globalThis, 'isTheSamePage', true));

  const patient = await stage.city.patient();
  await patient.client.command('sos.create', unwell);
  await onMap(dispatcher, 'searching').waitFor();
  await press(vera, 'I am coming');
  await onMap(dispatcher, 'coming').waitFor();
  await press(uwe, 'I am coming');
  await press(vera, 'I have set off');

  for (const { guard } of everybody) {
    guard.allow(SERVER_AWAY);
    guard.allow(REFUSED);
  }
  await stage.node.crash();
  for (const { page } of everybody)
    await page
      .getByText(/^Not connected/)
      .first()
      .waitFor();
  await onMap(dispatcher, 'coming').waitFor();
  await stage.node.restart();
  for (const person of everybody) await live(person);

  await goTo(vera, 5);
  await helped(vera);
  await vera.page.getByText('help was given').first().waitFor();
  await uwe.page.getByText(/The SOS is over/).waitFor();
  await onMap(dispatcher, 'coming').or(onMap(dispatcher, 'there')).waitFor({ state: 'detached' });

  for (const { page } of everybody)
    expect(await page.evaluate(() => Reflect.get(globalThis, 'isTheSamePage'))).toBe(true);
  expect(stage.browser.faults).toEqual([]);
}, 240_000);
