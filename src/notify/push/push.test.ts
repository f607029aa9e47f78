import { decodeJwt } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ManualClock, systemClock } from '../../lib/clock.ts';
import { silentLogger } from '../../lib/log.ts';
import { seededRandom } from '../../lib/random.ts';
import { CountingMetrics } from '../../testing/gateway/stage.ts';
import { PushService } from '../../testing/push-service.ts';
import type { Claimed } from '../pg.ts';
import { endpointRule, publicOnly } from './endpoints.ts';
import { PUSH_AFTER_MS } from './offers.ts';
import { PushNotTaken, poster } from './post.ts';
import { PUSHES_AT_ONCE, PushLine } from './push-line.ts';
import { pushReceipts } from './receipts.ts';
import { isPair, newVapidKeys, vapidSigner } from './vapid.ts';
import { webPush } from './web-push.ts';

const KEYS = { ...newVapidKeys(), subject: 'mailto:operator@example.org' };
const uuid = (n: number) => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;

describe('the keys of an operator', () => {
  test('are a pair, each time another', () => {
    expect(isPair(KEYS)).toBe(true);
    expect(isPair({ ...KEYS, publicKey: newVapidKeys().publicKey })).toBe(false);
    expect(isPair({ ...KEYS, privateKey: 'AA' })).toBe(false);
    expect(KEYS.privateKey).toHaveLength(43);
  });

  test('sign for one push service and half a day, and are not asked each time', async () => {
    const clock = new ManualClock();
    const sign = vapidSigner(KEYS, clock);
    const first = await sign('https://a.example');
    expect(await sign('https://a.example')).toBe(first);
    const { aud, exp = 0, sub } = decodeJwt(first.slice('vapid t='.length).split(',')[0] ?? '');
    expect([aud, sub, exp]).toEqual([
      'https://a.example',
      KEYS.subject,
      Math.floor(clock.nowMs() / 1_000) + 43_200,
    ]);
    clock.advance(11.5 * 3_600_000);
    expect(await sign('https://a.example')).not.toBe(first);
  });
});

describe('an address that a page names', () => {
  const mayGoTo = endpointRule(['https://push.example.org:8443', 'http://127.0.0.1:9999']);
  test.each([
    ['https://fcm.googleapis.com/fcm/send/abc', true],
    ['https://updates.push.services.mozilla.com/wpush/v2/abc', true],
    ['https://web.push.apple.com/abc', true],
    ['https://wns2-db5p.notify.windows.com/w/?token=abc', true],
    ['https://push.example.org:8443/abc', true],
    ['http://127.0.0.1:9999/abc', true],
    ['http://fcm.googleapis.com/fcm/send/abc', false],
    ['https://fcm.googleapis.com:8443/abc', false],
    ['https://fcm.googleapis.com.evil.example/abc', false],
    ['https://evilpush.apple.com.example/abc', false],
    ['https://user:pass@fcm.googleapis.com/abc', false],
    ['https://127.0.0.1/abc', false],
    ['http://127.0.0.1:9998/abc', false],
    ['https://169.254.169.254/latest/meta-data', false],
    ['https://push.example.org/abc', false],
    ['file:///etc/passwd', false],
    ['nothing', false],
  ])('%s: %s', (endpoint, may) => {
    expect(mayGoTo(endpoint)).toBe(may);
  });

  test('is not followed to where only this machine can go, whatever its name says', async () => {
    const found = await new Promise<NodeJS.ErrnoException | null>((resolve) => {
      publicOnly('localhost', {}, (error) => resolve(error));
    });
    expect(found?.code).toBe('ENOTPUBLIC');
  });
});

describe('a receipt', () => {
  const receipts = pushReceipts(KEYS.privateKey);
  const mine = { sosId: uuid(1), offerId: uuid(2), userId: uuid(3) };

  test('comes back as what it was written for, on every node with the same keys', () => {
    const text = receipts.write(mine);
    expect(pushReceipts(KEYS.privateKey).read(text)).toEqual(mine);
    expect(text).toMatch(/^[\w-]{86}$/);
  });

  test('that somebody made up or changed is none', () => {
    const text = receipts.write(mine);
    for (let i = 0; i < text.length; i += 7) {
      const changed = text.slice(0, i) + (text[i] === 'A' ? 'B' : 'A') + text.slice(i + 1);
      expect(receipts.read(changed)).toBeNull();
    }
    expect(pushReceipts(newVapidKeys().privateKey).read(text)).toBeNull();
    expect([receipts.read(''), receipts.read('A'.repeat(86))]).toEqual([null, null]);
  });
});

describe('a push service', () => {
  let service: PushService;
  let post: ReturnType<typeof poster>;
  beforeAll(async () => {
    service = await PushService.start();
    post = poster({ timeoutMs: 2_000, origins: [service.origin], atOnce: 4 });
  });
  afterAll(() => {
    post.close();
    service.close();
  });
  const sent = (to: { endpoint: string; keys: { p256dh: string; auth: string } }) =>
    webPush({ keys: KEYS, clock: systemClock, origins: [service.origin], post })(
      { endpoint: to.endpoint, ...to.keys },
      { text: '{"offerId":"x"}', ttlMs: 41_700, topic: 'abc' },
    );

  test('takes what is sent, signed and sealed, with how long it is of use', async () => {
    await sent(service.subscribe('phone'));
    expect(service.refused).toEqual([]);
    expect(service.pushed).toEqual([
      { browser: 'phone', data: { offerId: 'x' }, ttlS: 42, urgency: 'high', topic: 'abc' },
    ]);
  });

  test.each([
    [404, { code: 'PUSH_GONE', isGone: true, isWorthAnother: false }],
    [410, { code: 'PUSH_GONE', isGone: true, isWorthAnother: false }],
    [[429, 3], { code: 'PUSH_HTTP_429', isGone: false, isWorthAnother: true, retryAfterMs: 3_000 }],
    [503, { code: 'PUSH_HTTP_503', isGone: false, isWorthAnother: true, retryAfterMs: null }],
    [403, { code: 'PUSH_HTTP_403', isGone: false, isWorthAnother: false }],
    [302, { code: 'PUSH_HTTP_302', isGone: false, isWorthAnother: false }],
  ] as const)('that answers %s', async (answer, error) => {
    service.answers.push(answer);
    await expect(sent(service.subscribe('tablet'))).rejects.toMatchObject(error);
  });

  test('that is not there is tried again; one that must not be asked is not', async () => {
    const { keys } = service.subscribe('away');
    const nowhere = webPush({
      keys: KEYS,
      clock: systemClock,
      origins: ['http://127.0.0.1:1'],
      post: poster({ timeoutMs: 500, origins: ['http://127.0.0.1:1'], atOnce: 1 }),
    });
    const message = { text: '', ttlMs: 1, topic: 'a' };
    await expect(nowhere({ endpoint: 'http://127.0.0.1:1/x', ...keys }, message)).rejects.toMatchObject({
      code: 'PUSH_ECONNREFUSED',
      isWorthAnother: true,
    });
    await expect(
      nowhere({ endpoint: `${service.origin}/send/away`, ...keys }, message),
    ).rejects.toMatchObject({ code: 'PUSH_ADDRESS', isWorthAnother: false });
  });
});

describe('the line of pushes', () => {
  let clock: ManualClock;
  let metrics: CountingMetrics;
  let due: Claimed<'push'>[];
  let silent: Set<string>;
  let said: string[];
  let send: (endpoint: string, text: string) => Promise<void>;
  let line: PushLine;

  const message = (n: number): Claimed<'push'> => ({
    id: uuid(n),
    channel: 'push',
    recipient: `browser-${n}`,
    subject: '',
    body: JSON.stringify({
      sosId: uuid(900),
      offerId: uuid(n),
      responderId: uuid(800),
      expiresAtMs: clock.nowMs() + 60_000,
    }),
    attempts: 1,
  });
  const settled = async () => {
    for (let turn = 0; turn < 50; turn++) await Promise.resolve();
  };

  beforeEach(() => {
    clock = new ManualClock();
    metrics = new CountingMetrics();
    due = [];
    said = [];
    silent = new Set(Array.from({ length: 100 }, (_, n) => uuid(n)));
    send = async () => {};
    line = new PushLine({
      deliveries: {
        claim: async <C extends string>(_channels: readonly C[], limit: number) =>
          due.splice(0, limit) as unknown as Claimed<C>[],
        finish: async (id, state, error) => {
          said.push(`${Number(id.slice(-12))} ${state} ${error}`);
          return [];
        },
        putOff: async (id, waitMs, error) => {
          said.push(`${Number(id.slice(-12))} put off ${waitMs} ${error}`);
          return [];
        },
      },
      subscriptions: {
        byIds: async (ids) => new Map(ids.map((id) => [id, { endpoint: id, p256dh: '', auth: '' }])),
        forget: async (id) => {
          said.push(`forget ${id}`);
          return [];
        },
      },
      stillSilent: async (offers) =>
        new Set(offers.map(({ offerId }) => offerId).filter((id) => silent.has(id))),
      send: ({ endpoint }, { text }) => send(endpoint, text),
      receipts: pushReceipts(KEYS.privateKey),
      clock,
      random: seededRandom(1),
      log: silentLogger,
      metrics,
    });
  });

  test('sends when devices had two seconds, to whom none has answered', async () => {
    const texts: string[] = [];
    send = async (_endpoint, text) => void texts.push(text);
    silent.delete(uuid(2));
    line.soon();
    due.push(message(1), message(2));
    clock.advance(PUSH_AFTER_MS);
    await settled();
    expect(texts).toEqual([]);
    clock.advance(50);
    await settled();
    expect(said).toEqual(['2 dead acknowledged', '1 sent null']);
    expect(Object.keys(JSON.parse(texts[0] ?? '{}'))).toEqual(['offerId', 'expiresAtMs', 'receipt']);
  });

  test('sends what is new for somebody at once, as an id and nothing else', async () => {
    const texts: string[] = [];
    send = async (_endpoint, text) => void texts.push(text);
    due.push({ ...message(1), body: JSON.stringify({ notificationId: uuid(5), expiresInMs: 600_000 }) });
    await line.look();
    await settled();
    expect(texts).toEqual([JSON.stringify({ notificationId: uuid(5) })]);
    expect(said).toEqual(['1 sent null']);
  });

  test('sends so many at once and no more; the rest waits, and is counted', async () => {
    let underWay = 0;
    let most = 0;
    const doors: (() => void)[] = [];
    send = () =>
      new Promise((resolve) => {
        most = Math.max(most, ++underWay);
        doors.push(() => {
          underWay -= 1;
          resolve();
        });
      });
    due.push(...Array.from({ length: PUSHES_AT_ONCE + 15 }, (_, n) => message(n)));
    await line.look();
    expect([underWay, due.length]).toEqual([PUSHES_AT_ONCE, 15]);
    expect(metrics.counts.get('pushes_put_off{}')).toBe(1);
    while (doors.length > 0) {
      doors.shift()?.();
      await settled();
    }
    expect([most, due.length, said.length]).toEqual([PUSHES_AT_ONCE, 0, PUSHES_AT_ONCE + 15]);
  });

  test('forgets a browser that is no more, and puts off what a busy service does not take', async () => {
    const errors = [
      new PushNotTaken('PUSH_GONE', { isGone: true }),
      new PushNotTaken('PUSH_HTTP_429', { isWorthAnother: true, retryAfterMs: 4_000 }),
      new PushNotTaken('PUSH_HTTP_403'),
    ];
    send = async () => {
      throw errors.shift();
    };
    due.push(message(1), message(2), message(3));
    await line.look();
    await settled();
    expect(said).toEqual([
      '1 dead PUSH_GONE',
      'forget browser-1',
      '2 put off 4000 PUSH_HTTP_429',
      '3 dead PUSH_HTTP_403',
    ]);
    // The service said when: it is looked at again then, by this node too.
    send = async () => {};
    due.push(message(2));
    clock.advance(4_100);
    await settled();
    expect(said.at(-1)).toBe('2 sent null');
  });
});
