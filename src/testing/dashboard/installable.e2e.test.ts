import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { pushWords } from '../../dashboard/strings/en/push.ts';
import { responder as words } from '../../dashboard/strings/en/responder.ts';
import { openStage, type Stage } from '../browser/stage.ts';
import { until } from '../until.ts';
import { onPage, withPhone } from './phones.ts';

let stage: Stage;

beforeAll(async () => {
  // Notifications are shown outside of pages.
  stage = await openStage({}, 'whole');
});
afterEach(() => stage.browser.everybodyLeaves());
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

describe('a push', () => {
  /** As its push service would: no browser of a test has one. */
  async function wakeable() {
    const person = await withPhone(stage, 0);
    await person.context.grantPermissions(['notifications']);
    await person.open('/responder');
    const ready = async () => (await navigator.serviceWorker.ready).active?.state === 'activated';
    await onPage(person, ready, 'the worker');
    const session = await person.context.newCDPSession(person.page);
    const registrationId = new Promise<string>((resolve) => {
      session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
        const [one] = registrations.filter(({ scopeURL }) => scopeURL.endsWith('/responder'));
        if (one) resolve(one.registrationId);
      });
    });
    await session.send('ServiceWorker.enable');
    const to = { origin: stage.node.url, registrationId: await registrationId };
    return {
      person,
      deliver: (data: unknown) =>
        session.send('ServiceWorker.deliverPushMessage', { ...to, data: JSON.stringify(data) }),
    };
  }

  test('is shown without a word about anybody, and the worker hands its receipt back', async () => {
    const { person, deliver } = await wakeable();
    const brought: string[] = [];
    await person.context.route('**/v1/push/receipts', async (route) => {
      brought.push(route.request().postData() ?? '');
      await route.fulfill({ status: 204 });
    });
    await deliver({ offerId: 'an-offer', expiresAtMs: Date.now() + 60_000, receipt: 'word-for-word' });
    const shown = () =>
      onPage(
        person,
        async () => {
          const notifications = await (await navigator.serviceWorker.ready).getNotifications();
          return notifications.map(({ title, body, tag }) => ({ title, body, tag }));
        },
        'the notification',
      );
    await until(async () => (await shown()).length > 0, { timeoutMs: 30_000, what: 'the notification' });
    expect(await shown()).toEqual([{ title: pushWords.title, body: pushWords.help, tag: 'an-offer' }]);
    await until(() => brought.length > 0, { timeoutMs: 30_000, what: 'the receipt' });
    expect(brought).toEqual(['{"receipt":"word-for-word"}']);
    // The same offer once more is the same notification; what is no message of ours is shown all the same.
    await deliver({ offerId: 'an-offer', expiresAtMs: Date.now() - 1, receipt: 'late' });
    await deliver('nonsense');
    const titles = async () => (await shown()).map(({ title, tag }) => `${tag}: ${title}`).sort();
    await until(async () => (await titles()).length === 2, { timeoutMs: 30_000, what: 'the second' });
    expect(await titles()).toEqual([`an-offer: ${pushWords.over}`, `muster: ${pushWords.over}`]);
    expect(stage.browser.faults).toEqual([]);
  });

  test('is asked for in words first, and where the server sends none the page says so', async () => {
    const person = await withPhone(stage, 0);
    const { userId } = await stage.city.volunteer(100);
    await person.open('/responder');
    await person.signIn(stage.city.credentialsOf(userId));
    await person.page.getByText(words.waking_no_server).waitFor();
    expect(stage.browser.faults).toEqual([]);
  });

  test('is allowed by a touch, and signing out ends it', async () => {
    const person = await withPhone(stage, 0);
    const { context, page } = person;
    await context.grantPermissions(['notifications']);
    // Chromium of a test has no push service behind it.
    await context.addInitScript(() => {
      const keys = { p256dh: 'AA', auth: 'AA' };
      const subscription = { toJSON: () => ({ endpoint: 'https://push.example.org/me', keys }) };
      Object.assign(PushManager.prototype, {
        getSubscription: async () => null,
        subscribe: async () => subscription,
      });
    });
    const about = {
      emergencyNumber: '112',
      sosCancelWindowMs: 5_000,
      mapStyleUrl: null,
      pushPublicKey: 'AA',
    };
    await context.route('**/v1/about', (route) => route.fulfill({ json: about }));
    const asked: string[] = [];
    const id = '00000000-0000-7000-8000-000000000001';
    const view = { id, name: null, service: 'push.example.org', createdAtMs: 0, renewedAtMs: 0 };
    await context.route('**/v1/me/push**', async (route) => {
      const request = route.request();
      asked.push(`${request.method()} ${new URL(request.url()).pathname}`);
      await route.fulfill(request.method() === 'PUT' ? { json: view } : { status: 204 });
    });
    const { userId } = await stage.city.volunteer(100);
    await person.open('/responder');
    await person.signIn(stage.city.credentialsOf(userId));
    await page.getByText(words.waking_limits).waitFor();
    await page.getByRole('button', { name: words.waking_allow }).click();
    await page.getByText(words.waking_on).waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    expect(asked).toEqual(['PUT /v1/me/push', `DELETE /v1/me/push/${id}`]);
    expect(stage.browser.faults).toEqual([]);
  });
});
