import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { codeAt, stepAt } from '../../accounts/second-factor-code.ts';
import { must } from '../../lib/assert.ts';
import { OwnEngine } from '../../sim/own-engine.ts';
import { type Person, TestBrowser } from '../browser/browser.ts';
import { REFUSED } from '../browser/guards.ts';
import type { TestDatabase } from '../databases.ts';
import { type Mailbox, openMailbox } from '../mailbox.ts';
import { openNodeDatabase } from '../node-database.ts';
import { NARROW } from './phones.ts';

const PUBLIC = 'https://muster.example.org';
const PASSWORD = 'a long sentence';

let database: TestDatabase;
let mailbox: Mailbox;
let node: OwnEngine;
let browser: TestBrowser;

beforeAll(async () => {
  mailbox = await openMailbox();
  database = await openNodeDatabase();
  const { connection } = database;
  node = await OwnEngine.start({
    databaseUrl: 'connectionString' in connection ? connection.connectionString : null,
    env: {
      ...process.env,
      MUSTER_SMTP_URL: mailbox.url,
      MUSTER_PUBLIC_URL: PUBLIC,
      MUSTER_REQUIRE_SECOND_FACTOR: 'false',
    },
    onDeath: () => {},
  });
  browser = await TestBrowser.launch(node.url);
});
afterEach(() => browser.everybodyLeaves());
afterAll(async () => {
  await browser?.close();
  await node?.remove();
  await database?.stop();
  mailbox?.close();
});

const somebody = (colours: 'light' | 'dark' = 'light') =>
  browser.person({ size: NARROW, isPhone: true, colours });
const fill = ({ page }: Person, label: string, text: string) =>
  page.getByLabel(label, { exact: true }).fill(text);
const press = ({ page }: Person, name: string) => page.getByRole('button', { name }).click();

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** What an authenticator app shows for this secret now. */
function codeOf(secret: string): string {
  const bits = [...secret].map((letter) => BASE32.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const bytes = (bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2));
  return codeAt(Buffer.from(bytes), stepAt(Date.now()));
}

/** Where the link of a mail leads, on this node. */
async function linkIn(address: string): Promise<string> {
  const { body } = await mailbox.next(address);
  return must(/https:\/\/muster\.example\.org(\/\S+)/.exec(body)?.[1], 'a link');
}

test('the first administrator makes their account by the link of the first start, and is on the board', async () => {
  const person = await somebody();
  await person.open(`/setup#token=${node.setupToken}`);
  await fill(person, 'Name', 'Ada');
  await fill(person, 'E-mail', 'ada@example.org');
  await fill(person, 'Password', PASSWORD);
  expect(person.page.url()).not.toContain('token');
  await press(person, 'Create and sign in');
  await person.page.getByText('Live', { exact: true }).waitFor();
  expect(browser.faults).toEqual([]);
});

test('somebody signs up to help, follows the link in their mail, and signs in', async () => {
  const person = await somebody();
  await person.open('/responder');
  await press(person, 'I want to help: make an account');
  await fill(person, 'Name', 'Vera');
  await fill(person, 'E-mail', 'vera@example.org');
  await fill(person, 'Password', PASSWORD);
  await press(person, 'Make an account');
  await person.page.getByText('Look into your mail').waitFor();
  expect(await person.accessibilityFaults()).toEqual([]);
  await person.open(await linkIn('vera@example.org'));
  await fill(person, 'Password', PASSWORD);
  await press(person, 'Make the account');
  await person.page.getByText('Your account is ready.').waitFor();
  expect(await person.accessibilityFaults()).toEqual([]);
  await person.page.getByRole('link', { name: 'I help others' }).click();
  await person.signIn({ email: 'vera@example.org', password: PASSWORD });
  await person.page.getByText('Not verified yet.').waitFor();
  expect(browser.faults).toEqual([]);
});

test('whoever forgot their password sets another one by the link in their mail', async () => {
  const person = await somebody();
  await person.open('/password-reset');
  await fill(person, 'E-mail', 'vera@example.org');
  await press(person, 'Send the link');
  await person.page.getByText('Look into your mail.').waitFor();
  await person.open(await linkIn('vera@example.org'));
  await fill(person, 'Password', 'another long sentence');
  await press(person, 'Set the password');
  await person.page.getByText('Your password is set.').waitFor();
  await person.open('/responder');
  await person.signIn({ email: 'vera@example.org', password: 'another long sentence' });
  expect(browser.faults).toEqual([]);
});

test('an authenticator is set up with its QR code, and is asked for from then on', async () => {
  const person = await somebody();
  const { page } = person;
  person.guard.allow(REFUSED);
  await person.open('/second-factor');
  await fill(person, 'E-mail', 'vera@example.org');
  await fill(person, 'Password', 'another long sentence');
  await press(person, 'Go on');
  await page.getByRole('img', { name: /The secret as a QR code/ }).waitFor();
  expect(await person.accessibilityFaults()).toEqual([]);
  await fill(person, 'The code that the app shows now', '000000');
  await press(person, 'Use it from now on');
  await page.getByRole('alert').getByText(/./).waitFor();
  const secret = must(await page.locator('.secret').textContent(), 'the secret').replaceAll(' ', '');
  await fill(person, 'The code that the app shows now', codeOf(secret));
  await press(person, 'Use it from now on');
  await page.getByText('Keep these codes').waitFor();
  const [recovery] = await page.locator('.codes li').allTextContents();
  await person.open('/responder');
  await fill(person, 'E-mail', 'vera@example.org');
  await fill(person, 'Password', 'another long sentence');
  await press(person, 'Sign in');
  await page.getByRole('alert').getByText(/./).waitFor();
  await fill(person, 'Code of your authenticator', recovery ?? '');
  await press(person, 'Sign in');
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
  expect(browser.faults).toEqual([]);
});

describe.each([
  '/setup',
  '/registration',
  '/invitation',
  '/password-reset',
  '/email-verification',
  '/second-factor',
])('%s', (path) => {
  test.each(['light', 'dark'] as const)('has no barrier, also without its link (%s)', async (colours) => {
    const person = await somebody(colours);
    await person.open(path);
    await person.page.getByRole('heading', { level: 1 }).waitFor();
    expect(await person.accessibilityFaults()).toEqual([]);
    const needsLink = !['/password-reset', '/second-factor'].includes(path);
    if (needsLink) await person.page.getByRole('alert').getByText('Open that link.').waitFor();
    expect(browser.faults).toEqual([]);
  });
});

test('the reference of the API shows a type of record, finds another by a word, and has no barrier', async () => {
  const person = await somebody('light');
  await person.open('/reference');
  const { page } = person;
  await page.getByLabel('Find a type or a field').fill('amountMl');
  await page.getByRole('link', { name: 'hydration-logs' }).click();
  await page.getByRole('heading', { level: 2, name: 'hydration-logs' }).waitFor();
  const fields = page.getByRole('table', { name: 'What hydration-logs holds' }).getByRole('row');
  const amount = fields.filter({ has: page.getByText('amountMl', { exact: true }) });
  expect(await amount.textContent()).toMatch(/number.+ml.*yes$/);
  await page.getByRole('heading', { name: 'PATCH /v1/records/hydration-logs/{id}' }).waitFor();
  expect(await person.accessibilityFaults()).toEqual([]);
  expect(browser.faults).toEqual([]);
});
