import { z } from 'zod';
import { atMs, text, uuid } from '../fields.ts';

const base64url = (most: number) =>
  z
    .string()
    .max(most)
    .regex(/^[\w-]+={0,2}$/, 'no base64url');

/** As `PushSubscription.toJSON()` of a browser gives it, and how its person calls it. */
export const pushBrowser = z.object({
  endpoint: z.url().max(2_000),
  keys: z.object({ p256dh: base64url(120), auth: base64url(40) }),
  name: text(120).nullable().default(null),
});

export const pushView = z.object({
  id: uuid,
  name: z.string().nullable(),
  /** The host that carries the messages. */
  service: z.string(),
  createdAtMs: atMs,
  renewedAtMs: atMs,
});

export const pushList = z.object({ browsers: z.array(pushView) });

/** What stood in the message, word for word. */
export const pushReceipt = z.strictObject({ receipt: base64url(128) });
