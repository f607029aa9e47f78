import type { Clock } from '../../lib/clock.ts';
import { endpointRule } from './endpoints.ts';
import { type Post, PushNotTaken } from './post.ts';
import { type BrowserKeys, seal } from './seal.ts';
import { type VapidKeys, vapidSigner } from './vapid.ts';

/** One browser of somebody, as its push service knows it. */
export interface Browser extends BrowserKeys {
  readonly endpoint: string;
}

export interface PushMessage {
  readonly text: string;
  /** How long the push service may keep it for a phone that is off. */
  readonly ttlMs: number;
  /** A later one of the same topic takes its place: at most 32 characters of base64url. */
  readonly topic: string;
}

export interface WebPushOptions {
  readonly keys: VapidKeys;
  readonly clock: Clock;
  readonly origins: readonly string[];
  readonly post: Post;
}

/**
 * Sends by Web Push (RFC 8030). Resolves when the push service has taken it, which says nothing about the phone. Rejects
 * with {@link PushNotTaken}: `PUSH_GONE`, `PUSH_HTTP_<status>`, `PUSH_ADDRESS`, `PUSH_TIMEOUT`, `PUSH_<code of the connection>`.
 */
export function webPush({ keys, clock, origins, post }: WebPushOptions) {
  const mayGoTo = endpointRule(origins);
  const sign = vapidSigner(keys, clock);
  return async ({ endpoint, ...theirs }: Browser, { text, ttlMs, topic }: PushMessage): Promise<void> => {
    // What was allowed when it was stored may not be any more.
    if (!mayGoTo(endpoint)) throw new PushNotTaken('PUSH_ADDRESS');
    const body = seal(text, theirs);
    const { status, retryAfterMs } = await post(
      endpoint,
      {
        authorization: await sign(new URL(endpoint).origin),
        'content-encoding': 'aes128gcm',
        'content-type': 'application/octet-stream',
        'content-length': body.length,
        ttl: Math.max(0, Math.round(ttlMs / 1_000)),
        urgency: 'high',
        topic,
      },
      body,
    );
    if (status >= 200 && status < 300) return;
    if (status === 404 || status === 410) throw new PushNotTaken('PUSH_GONE', { isGone: true });
    const isWorthAnother = status === 429 || status >= 500;
    throw new PushNotTaken(`PUSH_HTTP_${status}`, { isWorthAnother, retryAfterMs });
  };
}
