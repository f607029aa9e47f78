import { expect } from 'vitest';
import { destination } from '../../geo/lat-lng.ts';
import type { Person, PersonOptions } from '../browser/browser.ts';
import type { Stage } from '../browser/stage.ts';
import { SQUARE } from '../city.ts';
import { until } from '../until.ts';

/** The narrowest phone that is looked after. */
export const NARROW = { width: 360, height: 740 };
export const CERTIFICATE = {
  name: 'card.pdf',
  mimeType: 'application/pdf',
  buffer: Buffer.from('%PDF-1.7 a scanned card'),
};

/** Somebody with a phone in their hand, so far east of the square. */
export const withPhone = ({ browser }: Stage, eastM: number, options: PersonOptions = {}): Promise<Person> =>
  browser.person({ size: NARROW, isPhone: true, place: destination(SQUARE, 90, eastM), ...options });

export const press = ({ page }: Person, name: string | RegExp) => page.getByRole('button', { name }).click();

/** Goes to a place, as far as the phone knows. */
export const goTo = ({ context }: Person, eastM: number) => {
  const { lat, lng } = destination(SQUARE, 90, eastM);
  return context.setGeolocation({ latitude: lat, longitude: lng });
};

/** Nothing sticks out to the right of a narrow screen. */
export async function expectToFit({ page }: Person): Promise<void> {
  const [wide, screen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  expect(wide).toBeLessThanOrEqual(screen ?? 0);
}

/** Holds the button that calls for help until the countdown begins. */
export async function holdForHelp({ page }: Person): Promise<void> {
  const button = page.getByRole('button', { name: /Hold for help/ });
  await button.scrollIntoViewIfNeeded();
  const box = await button.boundingBox();
  if (!box) throw new Error('there is no button');
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.getByRole('button', { name: 'Do not call' }).waitFor();
  await page.mouse.up();
}

/** Makes the account of somebody who offers no help, on the page, and waits until it can be used. */
export async function signUpForHelp(person: Person, name: string): Promise<void> {
  const { page } = person;
  await person.open('/sos');
  await press(person, 'Make an account');
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('E-mail').fill(`${name.toLowerCase().replaceAll(' ', '.')}@example.org`);
  await page.getByLabel('Password').fill('a long sentence');
  await press(person, 'Make an account');
  await page.getByText('Where this phone is').waitFor();
  await page.getByText('Live', { exact: true }).waitFor();
}

/** A verified volunteer who is signed in on a page of their own and on duty there. */
export async function onDuty(stage: Stage, eastM: number, options: PersonOptions = {}): Promise<Person> {
  const { city } = stage;
  const volunteer = await city.volunteer(eastM, { skills: ['FIRST_AID', 'CPR'] });
  // Only the page is to be asked: what the test's own device has said does not count once it is gone.
  await volunteer.close();
  const person = await withPhone(stage, eastM, options);
  await person.open('/responder');
  await person.signIn(city.credentialsOf(volunteer.userId));
  await positionIsSent(person);
  return person;
}

export const positionIsSent = ({ page }: Person) => page.getByText(/Your position was sent/).waitFor();

/** Waits for a condition that is asked of the page; the policy forbids Playwright's own way. */
export const onPage = <T>(person: Person, look: () => T | Promise<T>, what: string): Promise<T> =>
  until(() => person.page.evaluate(look), { timeoutMs: 20_000, what }) as Promise<T>;
