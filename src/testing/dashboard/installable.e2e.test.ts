import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStage, type Stage } from '../browser/stage.ts';
import { onPage, withPhone } from './phones.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());

describe.each(['/responder', '/sos'])('%s', (path) => {
  test('is an app: Chromium finds nothing that keeps it from being installed', async () => {
    const person = await withPhone(stage, 0);
    await person.open(path);
    const session = await person.context.newCDPSession(person.page);
    const { errors } = await session.send('Page.getAppManifest');
    expect(errors).toEqual([]);
    const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
    // A context of the tests is a private window.
    expect(installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== 'in-incognito')).toEqual(
      [],
    );
    expect(stage.browser.faults).toEqual([]);
  });

  test('names icons that are there, and a page within its scope', async () => {
    const manifest = (await (await fetch(`${stage.node.url}${path}.webmanifest`)).json()) as {
      start_url: string;
      scope: string;
      icons: { src: string; type: string }[];
    };
    expect(manifest).toMatchObject({ start_url: path, scope: path });
    for (const { src, type } of manifest.icons) {
      const icon = await fetch(stage.node.url + src);
      expect([src, icon.status, icon.headers.get('content-type')]).toEqual([src, 200, type]);
    }
  });

  test('opens without a connection, from its shell; nothing else is kept', async () => {
    const person = await withPhone(stage, 0);
    person.guard.allow(/ERR_INTERNET_DISCONNECTED|WebSocket connection/);
    const { userId } = await stage.city.volunteer(100);
    await person.open(path);
    await person.signIn(stage.city.credentialsOf(userId));
    await person.page.getByText('Live', { exact: true }).waitFor();
    await onPage(
      person,
      async () => (await navigator.serviceWorker.ready).active?.state === 'activated',
      'the shell',
    );
    const kept = await person.page.evaluate(async () => {
      const names = await caches.keys();
      const requests = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
      return requests.flat().map(({ url }) => new URL(url).pathname);
    });
    expect(kept).toContain(path);
    expect(kept.filter((one) => one !== path && !/^\/(assets|icons)\//.test(one))).toEqual([]);

    await person.context.setOffline(true);
    await person.page.reload();
    await person.page.getByText('Not connected', { exact: false }).waitFor();
    await person.context.setOffline(false);
    await person.page.getByText('Live', { exact: true }).waitFor();
    expect(stage.browser.faults).toEqual([]);
  });

  test('works in one tab of a browser at a time, and says so in the other', async () => {
    const person = await withPhone(stage, 0);
    const { userId } = await stage.city.volunteer(100);
    await person.open(path);
    await person.signIn(stage.city.credentialsOf(userId));
    const second = await person.context.newPage();
    await second.goto(stage.node.url + path);
    await second.getByText('Muster is open in another tab').waitFor();
    await second.getByRole('button', { name: 'Use it here' }).click();
    await second.getByText('Live', { exact: true }).waitFor();
    await person.page.getByText('Muster is open in another tab').waitFor();
    expect(stage.browser.faults).toEqual([]);
  });
});

test('somebody stays signed in when the app is closed, until they sign out', async () => {
  const person = await withPhone(stage, 0);
  const { userId } = await stage.city.volunteer(100);
  await person.open('/responder');
  await person.signIn(stage.city.credentialsOf(userId));
  await person.page.close();
  const again = await person.context.newPage();
  await again.goto(`${stage.node.url}/responder`);
  await again.getByText('Live', { exact: true }).waitFor();
  await again.getByRole('button', { name: 'Sign out' }).click();
  await again.getByRole('button', { name: 'Sign in' }).waitFor();
  await again.reload();
  await again.getByRole('button', { name: 'Sign in' }).waitFor();
});
