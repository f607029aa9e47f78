import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Person } from '../browser/browser.ts';
import { REFUSED } from '../browser/guards.ts';
import { openStage, type Stage } from '../browser/stage.ts';
import type { Somebody } from '../city.ts';
import { until } from '../until.ts';

const soon = { timeoutMs: 30_000 };
/** One red pixel. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
);

let stage: Stage;
let admin: Person;
let page: Page;
let nurse: Somebody;

const part = async (name: string) => {
  await page.getByRole('navigation', { name: 'Administration' }).getByRole('link', { name }).click();
  await page.getByRole('heading', { level: 2 }).first().waitFor();
};
const toldBy = async (text: string | RegExp) => page.locator('.toast').getByText(text).first().waitFor();

beforeAll(async () => {
  stage = await openStage();
  const { http } = stage.city;
  nurse = await stage.city.patient();
  const token = await nurse.token();
  await http.setGrant(await stage.city.adminToken(), nurse.userId, 'professional', true);
  await http.me.change(token, { name: 'Nina Nurse' });
  const license = { profession: 'nurse', licenseNumber: 'N-1', specialization: 'ICU' } as const;
  await http.me.setProfessional(token, license);
  const about = { role: 'professional', type: 'MEDICAL_LICENSE', name: 'licence.png' } as const;
  await http.documents.upload(token, about, new Uint8Array(PNG));
  admin = await stage.browser.person();
  page = admin.page;
  await admin.open('/admin');
  expect(await page.getByText('Verify people, look into what is suspicious').count()).toBe(1);
  await admin.signIn(stage.city.credentialsOf());
});
afterAll(() => stage?.close());

describe('verifying people', () => {
  test('shows who waits and what they handed in, and refuses nobody without a reason', async () => {
    const waits = page.locator('.waiting button').filter({ hasText: /Nina Nurse.*Professional/ });
    await waits.click();
    await page.getByText('N-1').waitFor();
    await page.getByRole('button', { name: 'Look at it' }).click();
    const picture = page.getByRole('img', { name: 'Document licence.png' });
    await until(async () => picture.evaluate((img) => (img as HTMLImageElement).naturalWidth > 0), {
      ...soon,
      what: 'the picture',
    });
    await page.getByRole('button', { name: 'Refuse' }).click();
    await page.getByText('Say why: whoever is refused may ask.').waitFor();
    await page.getByRole('button', { name: 'Verify', exact: true }).click();
    await page.getByText('Choose the documents that prove it.').waitFor();
  });

  test('verifies by what was chosen, with a note, and goes on with the next', async () => {
    await page.getByLabel('Decide from licence.png').check();
    await page.getByLabel('Reason or note').fill('Seen the original');
    await page.getByRole('button', { name: 'Verify', exact: true }).click();
    await toldBy('Nina Nurse is verified.');
    const decided = await stage.city.http.people.decisions(await stage.city.adminToken(), nurse.userId);
    expect(decided[0]).toMatchObject({ role: 'professional', verified: true, note: 'Seen the original' });
    expect(decided[0]?.documentIds).toHaveLength(1);
    await until(
      async () =>
        (await page
          .locator('.waiting button')
          .filter({ hasText: /Nina.*Professional/ })
          .count()) === 0,
      { ...soon, what: 'the queue to be shorter' },
    );
  });

  test('refuses with a reason that stays on record', async () => {
    await page
      .locator('.waiting button')
      .filter({ hasText: /Nina Nurse.*Volunteer/ })
      .click();
    await page.getByLabel('Reason or note').fill('Helps on the ward only');
    await page.getByRole('button', { name: 'Refuse' }).click();
    await toldBy('Nina Nurse is refused.');
    await page.getByText('Nobody waits.').waitFor();
  });
});

describe('people', () => {
  test('are found, given rights, suspended and let in again, each after a question', async () => {
    await part('People');
    await page.getByLabel('Name, e-mail or id').fill('nina');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByRole('button', { name: 'Open Nina Nurse' }).click();
    await page.getByRole('heading', { name: 'Nina Nurse' }).waitFor();
    await page.getByRole('button', { name: 'dispatchers' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Change it' }).click();
    await toldBy('The rights of Nina Nurse are changed.');
    await page.getByRole('button', { name: 'dispatchers', pressed: true }).waitFor();

    await page.getByRole('button', { name: 'Suspend' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Suspend' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Suspend' }).click();
    await page.getByText('suspended', { exact: true }).waitFor();
    await expect(nurse.token()).resolves.toBeTypeOf('string');
    await page.getByRole('button', { name: 'Lift the suspension' }).click();
    await page.getByText('active', { exact: true }).waitFor();
  });

  test('have their devices there, which can be revoked', async () => {
    const { http } = stage.city;
    await http.apps.pair(await nurseToken(), { app: 'owntracks', name: 'Old phone' });
    await page.reload();
    await page.getByText('Old phone (Owntracks)').waitFor();
    await page.getByRole('button', { name: 'Revoke Old phone' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke Old phone' }).click();
    await page.getByText('No device is paired.').waitFor();
  });
});

test('a question stays that is asked in the moment in which another one goes', async () => {
  await page.getByRole('button', { name: 'Suspend' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).waitFor();
  await page.evaluate(async () => {
    const press = (words: string) =>
      [...document.querySelectorAll('button')].find(({ textContent }) => textContent === words)?.click();
    press('Cancel');
    // Not a frame later, which is when the event of a dialog that has closed comes.
    const { port1, port2 } = new MessageChannel();
    while (document.querySelector('dialog[open]'))
      await new Promise((resolve) => {
        port1.onmessage = resolve;
        port2.postMessage(null);
      });
    press('Suspend');
    for (let i = 0; i < 5; i += 1) await new Promise(requestAnimationFrame);
  });
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await page.getByText('active', { exact: true }).waitFor();
});

/** Signed in again: a suspension ended what there was. */
const nurseToken = async () =>
  (await stage.city.http.signIn(stage.city.credentialsOf(nurse.userId))).accessToken;

test('an invitation is sent and taken back', async () => {
  await part('Invitations');
  await page.getByLabel('E-mail').fill('new@example.org');
  await page.getByRole('button', { name: 'Send the invitation' }).click();
  await page.getByText('Choose at least one.').waitFor();
  await page.getByLabel('volunteers').check();
  await page.getByRole('button', { name: 'Send the invitation' }).click();
  await page.getByRole('cell', { name: 'new@example.org' }).waitFor();
  await page.getByRole('button', { name: 'Take back' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Take back' }).click();
  await page.getByText('over', { exact: true }).waitFor();
});

test('what is suspicious says who it was about, and what is not looked for', async () => {
  const somebody = await stage.city.patient();
  const reason = 'found unconscious in the street';
  await stage.city.http.access.breakGlass(await nurseToken(), { subjectUserId: somebody.userId, reason });
  await part('Suspicious');
  await page.getByText('This server does not look for: An SOS from an address far from its place.').waitFor();
  await page.getByRole('cell', { name: 'A record opened in an emergency' }).waitFor();
  await page.getByLabel('Kind').selectOption('SPAM_MESSAGES');
  await page.getByText('Nothing suspicious was seen.').waitFor();
  await page.getByLabel('Kind').selectOption('');
  await page.getByRole('link', { name: 'Nina Nurse' }).first().click();
  await page.getByRole('heading', { name: 'Nina Nurse' }).waitFor();
});

describe('the policy', () => {
  const editor = () => page.getByLabel('Policy as JSON');

  test('is edited as JSON, which says where it is none, and shows what differs before it counts', async () => {
    admin.guard.allow(REFUSED);
    await part('Policy');
    const before = await editor().inputValue();
    await editor().fill(`${before.slice(0, -1)}oops`);
    await page.getByText(/This is no JSON: line \d+, column \d+\./).waitFor();
    expect(await page.getByRole('button', { name: 'Put into force …' }).isDisabled()).toBe(true);
    const body = JSON.parse(before);
    await editor().fill(JSON.stringify({ ...body, base: { ...body.base, seekForMs: 'soon' } }, null, 2));
    await page.getByRole('cell', { name: 'base.seekForMs' }).waitFor();
    await page.getByRole('button', { name: 'Put into force …' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Put into force' }).click();
    await until(async () => ((await page.locator('#policy-problem').textContent()) ?? '').length > 10, {
      ...soon,
      what: 'why it is refused',
    });
  });

  test('comes into force after a question, as a new version, and an old one can be loaded again', async () => {
    await page.getByRole('button', { name: 'Start again from what is in force' }).click();
    const body = JSON.parse(await editor().inputValue());
    const [name = '', value] =
      Object.entries(body.base).find(([key, one]) => key.endsWith('Ms') && typeof one === 'number') ?? [];
    const changed = { ...body, base: { ...body.base, [name]: Number(value) + 1_000 } };
    await editor().fill(JSON.stringify(changed));
    await page.getByRole('heading', { name: '1 change', exact: true }).waitFor();
    await page.getByRole('button', { name: 'Put into force …' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Put into force' }).click();
    await toldBy(/Version \d+ is in force\./);
    const policy = (await stage.city.http.policy(await stage.city.adminToken())).body as typeof body;
    expect(policy.base[name]).toBe(Number(value) + 1_000);
    await page.getByRole('button', { name: 'Load into the editor' }).last().click();
    await page.getByRole('heading', { name: '1 change', exact: true }).waitFor();
  });
});

test('jobs say how they stand, and run when they are told to', async () => {
  await part('Jobs');
  const row = page.getByRole('row').filter({ hasText: 'Retention' });
  await row.getByText('ago').waitFor();
  const token = await stage.city.adminToken();
  const lastOk = async () =>
    (await stage.city.http.admin.jobs(token)).find(({ name }) => name === 'retention')?.lastOkAtMs ?? 0;
  const before = await lastOk();
  await page.getByRole('button', { name: 'Run now: Retention' }).click();
  await toldBy('Retention is due now.');
  await until(async () => (await lastOk()) > before, { ...soon, what: 'the run' });
});

test('what is typed while the audit log is on its way is asked for', async () => {
  let send = () => {};
  const sent = new Promise<void>((resolve) => {
    send = resolve;
  });
  await page.route('**/v1/audit?*', async (route) => {
    await sent;
    await route.continue();
  });
  await part('Audit');
  const act = page.getByLabel('Act', { exact: true });
  await act.fill('sign_in');
  send();
  await page.getByRole('row').nth(1).waitFor();
  expect(await act.inputValue()).toBe('sign_in');
  await page.keyboard.press('Tab');
  await until(() => page.url().includes('action=sign_in'), { ...soon, what: 'the question in the address' });
  await page.unroute('**/v1/audit?*');
  await act.fill('');
  await page.keyboard.press('Tab');
  await part('People');
});

test('the audit log is searched, names people, and is compared with its hashes', async () => {
  await part('Audit');
  await page.getByLabel('Act', { exact: true }).fill('suspend');
  await page.keyboard.press('Tab');
  const entry = page.getByRole('row').filter({ hasText: 'Suspend: account' });
  await entry.first().waitFor();
  expect(await entry.first().textContent()).toMatch(/First Admin.*Nina Nurse/);
  await until(() => page.url().includes('action=suspend'), { ...soon, what: 'the question in the address' });
  await page.getByRole('button', { name: 'Check that nothing was changed' }).click();
  await page.getByText(/Nothing was changed: [\d,]+ entries in \d+ chains?/).waitFor();
  await page.getByRole('button', { name: /^Who:/ }).click();
  await page.getByRole('dialog').getByLabel('Name, e-mail or id').fill('nina');
  await page.getByRole('dialog').getByRole('button', { name: 'Search' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Open Nina Nurse' }).click();
  await page.getByText('No entry fits.').waitFor();
});

test('an entry about several people says how many, and names them when it is asked to', async () => {
  const { city } = stage;
  await city.volunteer(100);
  await city.volunteer(200);
  const dispatcher = await city.dispatcher();
  dispatcher.client.watchDispatch({ onFeed: () => {}, onEvent: () => {}, onState: () => {} });
  const filter = { action: 'read', resourceKind: 'position' };
  await until(
    async () => (await city.http.access.audit(await city.adminToken(), filter)).some((e) => e.subjects === 2),
    { ...soon, what: 'the entry' },
  );
  await page.goto(`${stage.node.url}/admin#tab=audit&action=read&kind=position`);
  await page.getByRole('button', { name: '2 people' }).click();
  const dialog = page.getByRole('dialog', { name: 'About whom' });
  await dialog.getByRole('link').nth(1).waitFor();
  expect(await dialog.getByRole('link').allTextContents()).toEqual(['Somebody', 'Somebody']);
  await page.keyboard.press('Escape');
  await part('People');
});

test('is for administrators only', async () => {
  const other = await stage.browser.person();
  const { email, password } = stage.city.credentialsOf(nurse.userId);
  await other.open('/admin');
  await other.page.getByLabel('E-mail').fill(email);
  await other.page.getByLabel('Password', { exact: true }).fill(password);
  await other.page.getByRole('button', { name: 'Sign in' }).click();
  await other.page.getByText('it is for administrators').waitFor();
});

const PARTS = ['verify', 'people', 'invitations', 'suspicious', 'policy', 'jobs', 'audit'];
test.each([
  ['light', 1280],
  ['dark', 1280],
  ['light', 360],
] as const)('no part of it has a barrier or scrolls sideways (%s, %i px)', async (colours, width) => {
  const person = await stage.browser.person({ colours, size: { width, height: 800 } });
  await person.open('/admin');
  await person.signIn(stage.city.credentialsOf());
  for (const name of PARTS) {
    await person.page.goto(`${stage.node.url}/admin#tab=${name}`);
    await person.page.getByRole('heading', { level: 2 }).first().waitFor();
    await until(async () => (await person.page.getByText('Connecting …').count()) === 0, {
      ...soon,
      what: name,
    });
    const faults = await person.accessibilityFaults();
    expect([name, faults]).toEqual([name, []]);
    const sideways = await person.page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect([name, sideways]).toEqual([name, 0]);
  }
  expect(stage.browser.faults).toEqual([]);
});
