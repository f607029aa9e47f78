import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { whoIsTold } from '../accounts/who-is-told.ts';
import type { LogEvent } from '../journal/event-log.ts';
import { systemClock } from '../lib/clock.ts';
import { uuidV7Maker } from '../lib/ids.ts';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import { seededRandom } from '../lib/random.ts';
import { CountingMetrics } from '../testing/gateway/stage.ts';
import { type Mailbox, openMailbox } from '../testing/mailbox.ts';
import { openTestStore, type TestStore } from '../testing/open-store.ts';
import { type RecordsStage, recordsStage } from '../testing/records-stage.ts';
import { deliveriesJob } from './job.ts';
import { type Notice, noticesOf } from './occasions.ts';
import { deliveryWriter, pgDeliveries } from './pg.ts';
import { NOTICES_MAX, noticeWriter, notificationDesk, SENT_AN_HOUR } from './pg-notices.ts';
import { keepNoticePushes } from './push/notices.ts';
import { smtp } from './smtp.ts';

const random = seededRandom(20_261_126);
const newId = uuidV7Maker(() => Date.now(), random);
const ALL_UNREAD = { before: null, unreadOnly: true, limit: null };

let store: TestStore;
let on: RecordsStage;
let mailbox: Mailbox;
const metrics = new CountingMetrics();
const live: LogEvent[] = [];

beforeAll(async () => {
  store = await openTestStore('postgres');
  mailbox = await openMailbox();
  const tell = noticeWriter({
    newId,
    metrics,
    publicUrl: 'https://muster.example.org',
    reach: (tx, userIds) => whoIsTold(tx, ['email', 'sms']).reach(userIds),
    deliver: deliveryWriter(newId),
    wake: async (tx, notices) => void (await keepNoticePushes(tx, notices)),
    publish: (event) => live.push(event),
  });
  write = tell;
  on = await recordsStage(store.db, (tx, occasions) => tell(tx, occasions.flatMap(noticesOf)));
});
afterAll(async () => {
  mailbox?.close();
  await store?.stop();
});

let write: ReturnType<typeof noticeWriter>;
const tellAll = (notices: readonly Notice[]) => store.db.transaction((tx) => write(tx, notices));
const desk = () => notificationDesk(store.db);
/** Somebody who can be reached as they want to be. */
async function reachable(wants = 'notify_email'): Promise<{ userId: string; email: string }> {
  const { userId } = await on.somebody('patient');
  await on.ask('update accounts.users set email_verified_at = now() where id = $1', [userId]);
  await on.ask(
    `insert into accounts.user_profiles (user_id, name, phone, phone_verified_at, notify_email, notify_sms, notify_push)
     values ($1, 'Ada', '+4179' || floor(random() * 1e7), now(), $2 = 'notify_email', $2 = 'notify_sms', $2 = 'notify_push')`,
    [userId, wants],
  );
  return { userId, email: `${userId}@example.org` };
}
const news = (userId: string): Notice => ({ userId, kind: 'appointment_booked', about: null });
const outgoing = (userId: string) =>
  on.ask<{ channel: string; subject: string; body: string; state: string }>(
    'select channel, subject, body, state from journal.deliveries where user_id = $1 order by id',
    [userId],
  );

describe('notifications', () => {
  test('are written with what causes them, told live, and mailed without a word of what they are about', async () => {
    await on.ask('update accounts.users set email_verified_at = now() where id = $1', [on.patient.userId]);
    await on.ask(`insert into accounts.user_profiles (user_id, name) values ($1, 'Ada')`, [
      on.patient.userId,
    ]);
    const said = { patientId: on.patientId, recipientId: on.patient.userId, body: 'Your potassium is high' };
    const sent = await on.records.create(on.nurse, 'messages', said);
    if (!sent.ok) throw new Error(sent.code);
    const { notifications, unread } = await desk().list(on.patient.userId, ALL_UNREAD);
    expect(unread).toBe(1);
    expect(notifications).toMatchObject([
      { kind: 'message_received', about: { type: 'messages', id: sent.value.id }, readAtMs: null },
    ]);
    expect(live.at(-1)).toMatchObject({
      stream: `inbox:${on.patient.userId}`,
      type: 'notification.created',
      data: { notificationId: notifications[0]?.id, kind: 'message_received' },
    });
    const email = smtp({ url: mailbox.url, from: 'Muster <muster@example.org>', timeoutMs: 5_000 });
    const job = deliveriesJob({ email }, random);
    const parts = { clock: systemClock, log: silentLogger, metrics: noMetrics };
    await job.run({ ...parts, db: store.db, signal: new AbortController().signal });
    const mail = await mailbox.next(`${on.patient.userId}@example.org`);
    email.close();
    expect(mail.subject).toBe('There is something new for you in Muster');
    expect(mail.body).toContain('https://muster.example.org');
    expect(mail.subject + mail.body).not.toMatch(/potassium|message|appointment/i);
    expect(await outgoing(on.patient.userId)).toMatchObject([{ channel: 'email', state: 'sent' }]);
  });

  test('of what was rolled back were never written, and nobody hears of them', async () => {
    const { userId } = await reachable();
    const before = live.length;
    const broken = store.db.transaction(async (tx) => {
      await write(tx, [news(userId)]);
      throw new Error('broken');
    });
    await expect(broken).rejects.toThrow('broken');
    expect((await desk().list(userId, ALL_UNREAD)).notifications).toEqual([]);
    expect(await outgoing(userId)).toEqual([]);
    expect(live).toHaveLength(before);
  });

  test.each([
    ['notify_email', ['email']],
    ['notify_sms', ['sms']],
    ['none', []],
  ])('go out as their person wants: %s', async (wants, channels) => {
    const { userId } = await reachable(wants);
    await tellAll([news(userId)]);
    expect((await outgoing(userId)).map(({ channel }) => channel)).toEqual(channels);
    expect((await desk().list(userId, ALL_UNREAD)).unread).toBe(1);
  });

  test('wake the browsers of their person with an id and nothing else', async () => {
    const { userId } = await reachable('notify_push');
    await on.ask(
      `insert into care.push_subscriptions (id, user_id, endpoint, p256dh, auth) values ($1, $2, $3, 'AA', 'AA')`,
      [newId(), userId, `https://push.example.org/${userId}`],
    );
    await tellAll([news(userId)]);
    const [claimed] = await pgDeliveries(store.db).claim(['push'], 10, 15_000);
    const [shown] = (await desk().list(userId, ALL_UNREAD)).notifications;
    expect(JSON.parse(claimed?.body ?? '{}')).toEqual({ notificationId: shown?.id, expiresInMs: 600_000 });
    expect(await whoIsTold(store.db, []).toBeWoken([userId])).toEqual([userId]);
    expect(await whoIsTold(store.db, []).toBeWoken([(await reachable('none')).userId])).toEqual([]);
  });

  test('are read by their person, one or all, page by page', async () => {
    const [{ userId }, other] = [await reachable('none'), await reachable('none')];
    await tellAll([news(userId), news(userId), news(userId), news(other.userId)]);
    const first = await desk().list(userId, { before: null, unreadOnly: false, limit: 2 });
    const rest = await desk().list(userId, { before: first.next, unreadOnly: false, limit: 2 });
    const ids = [...first.notifications, ...rest.notifications].map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].sort().reverse());
    expect([ids.length, rest.next]).toEqual([3, null]);
    const [theirs] = (await desk().list(other.userId, ALL_UNREAD)).notifications;
    expect(await desk().read(userId, [ids[0] ?? '', theirs?.id ?? ''])).toEqual({ unread: 2 });
    expect((await desk().list(userId, ALL_UNREAD)).notifications.map(({ id }) => id)).toEqual(ids.slice(1));
    expect(await desk().read(userId, null)).toEqual({ unread: 0 });
    expect((await desk().list(other.userId, ALL_UNREAD)).unread).toBe(1);
  });

  test('are bounded: the oldest go, so many an hour go out, and what is more is counted', async () => {
    const { userId } = await reachable();
    await on.ask(
      `insert into care.notifications (id, user_id, kind, title)
       select ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, $1::uuid, 'message_received', 'x'
         from generate_series(1, $2::integer) n`,
      [userId, NOTICES_MAX],
    );
    for (let n = 0; n < SENT_AN_HOUR + 2; n++) await tellAll([news(userId)]);
    expect((await desk().list(userId, ALL_UNREAD)).unread).toBe(NOTICES_MAX);
    expect(await outgoing(userId)).toHaveLength(SENT_AN_HOUR);
    expect(metrics.counts.get('notifications_dropped{too_many}')).toBe(SENT_AN_HOUR + 2);
    expect(metrics.counts.get('notifications_held_back{email}')).toBe(2);
    await on.ask(
      `insert into journal.deliveries (id, user_id, channel, body, expires_at)
       select gen_random_uuid(), $1::uuid, 'push', '{}', now() from generate_series(1, 60)`,
      [userId],
    );
    await tellAll([news(userId)]);
    expect(metrics.counts.get('notifications_held_back{push}')).toBe(1);
  });
});
