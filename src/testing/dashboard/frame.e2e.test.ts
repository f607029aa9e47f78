import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStage, type Stage } from '../browser/stage.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());

test('a dispatcher signs in and sees what is live; a reload needs no second sign-in', async () => {
  const { page, open, signIn } = await stage.browser.person();
  await open('/');
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Dispatch');
  await signIn(stage.city.credentialsOf());
  await page.getByText('Live', { exact: true }).waitFor();
  await page.reload();
  await page.getByText('Live', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  expect(stage.browser.faults).toEqual([]);
});

test('an account that may not dispatch is told whom to ask', async () => {
  const { userId } = await stage.city.patient();
  const { page, open } = await stage.browser.person();
  const { email, password } = stage.city.credentialsOf(userId);
  await open('/');
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('it is for dispatchers').waitFor();
  expect(stage.browser.faults).toEqual([]);
});

test.each(['light', 'dark'] as const)('signing in has no barrier (%s)', async (colours) => {
  const person = await stage.browser.person({ colours });
  await person.open('/');
  await person.page.getByLabel('E-mail').waitFor();
  expect(await person.accessibilityFaults()).toEqual([]);
});
