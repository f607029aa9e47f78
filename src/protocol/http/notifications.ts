import { z } from 'zod';
import { atMs, uuid } from '../fields.ts';

const NOTIFICATIONS_AT_ONCE = 200;

/** What is asked of one's notifications. */
export const notificationsAsked = z.strictObject({
  unread: z.enum(['true', 'false']).default('false'),
  before: uuid.nullable().default(null),
  limit: z.coerce.number().int().min(1).max(NOTIFICATIONS_AT_ONCE).nullable().default(null),
});

export const notificationView = z.object({
  id: uuid,
  kind: z.string(),
  title: z.string(),
  about: z.object({ type: z.string(), id: uuid }).nullable(),
  createdAtMs: atMs,
  readAtMs: atMs.nullable(),
});

export const notificationPage = z.object({
  notifications: z.array(notificationView),
  /** `before` of the next page; null: there is none. */
  next: uuid.nullable(),
  /** Of all. */
  unread: z.number().int(),
});

/** Which were read; left out: all. */
export const notificationsRead = z.strictObject({
  ids: z.array(uuid).min(1).max(NOTIFICATIONS_AT_ONCE).nullable().default(null),
});

export const notificationsUnread = z.object({ unread: z.number().int() });
