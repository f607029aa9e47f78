import { z } from 'zod';
import { declared, isOrigin, isOwnAddress, list } from './config-checks.ts';

const isKey = (bytes: number) => (text: string) =>
  /^[\w-]+$/.test(text) && Buffer.from(text, 'base64url').length === bytes;

/** To this machine it may be plain: a push service of the operator's own. */
const isPushOrigin = (text: string) =>
  isOrigin(text) && (text.startsWith('https://') || isOwnAddress(new URL(text).hostname));

/** Web Push, with keys of the operator's own: no vendor is asked, and none is needed. */
export const PUSH_SETTINGS = {
  vapidPublicKey: declared({
    variable: 'MUSTER_VAPID_PUBLIC_KEY',
    default: null,
    schema: z.string().refine(isKey(65), 'is no public key of push-keys'),
    expected: 'what "muster push-keys" prints',
    help: 'Public key for Web Push. Not set: nobody whose page is closed can be woken.',
  }),
  vapidPrivateKey: declared({
    variable: 'MUSTER_VAPID_PRIVATE_KEY',
    default: null,
    schema: z.string().refine(isKey(32), 'is no private key of push-keys'),
    expected: 'what "muster push-keys" prints',
    help: 'Private key for Web Push. With another pair everybody has to allow notifications anew.',
    secret: true,
  }),
  vapidSubject: declared({
    variable: 'MUSTER_VAPID_SUBJECT',
    default: null,
    schema: z.string().regex(/^(mailto:[^\s@]+@[^\s@]+|https:\/\/\S+)$/, 'is no address'),
    expected: 'mailto:you@example.org or https://…',
    help: 'Whom push services may write to when something is wrong with what this server sends.',
  }),
  pushOrigins: declared({
    variable: 'MUSTER_PUSH_ORIGINS',
    default: '',
    schema: list(isPushOrigin, 'holds something that is no origin of a push service'),
    expected: 'origins like https://push.example.org, separated by commas, without a path',
    help: 'Push services besides those of Apple, Google, Microsoft and Mozilla that pages may name.',
  }),
} as const;

interface PushKeys {
  readonly vapidPublicKey: string | null;
  readonly vapidPrivateKey: string | null;
  readonly vapidSubject: string | null;
}

/** All of them or none; null: that is so. */
export function pushConflict({ vapidPublicKey, vapidPrivateKey, vapidSubject }: PushKeys): string | null {
  const set = [vapidPublicKey, vapidPrivateKey, vapidSubject].filter((value) => value !== null).length;
  if (set === 0 || set === 3) return null;
  return 'MUSTER_VAPID_PUBLIC_KEY, MUSTER_VAPID_PRIVATE_KEY and MUSTER_VAPID_SUBJECT belong together; expected all of them or none.';
}
