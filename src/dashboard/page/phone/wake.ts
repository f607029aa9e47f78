import { signal } from '@preact/signals';
import { browserName } from '../../push.ts';
import type { Session } from '../ui/open-session.ts';

const KEY = 'muster.push';

/** Whether this browser is registered for whoever is signed in, as far as it knows. */
export const isWoken = signal(localStorage.getItem(KEY) !== null);

export const canBeWoken = () =>
  'serviceWorker' in navigator && 'PushManager' in globalThis && 'Notification' in globalThis;

export const permission = signal(canBeWoken() ? Notification.permission : ('denied' as const));

/** Asks the browser, and registers what it gives. To be called from a touch. Rejects with a `MusterError`. */
export async function wakeMe(session: Session, publicKey: string): Promise<void> {
  permission.value = await Notification.requestPermission();
  if (permission.value === 'granted') await register(session, publicKey);
}

/** What is registered goes on; nothing is asked. A browser may have got another address meanwhile. */
export async function stayWoken(session: Session, publicKey: string | null): Promise<void> {
  if (!canBeWoken() || publicKey === null || !isWoken.value || permission.value !== 'granted') return;
  await register(session, publicKey);
}

export async function letMeSleep(session: Session): Promise<void> {
  const id = localStorage.getItem(KEY);
  localStorage.removeItem(KEY);
  isWoken.value = false;
  const registration = await navigator.serviceWorker?.getRegistration();
  const subscription = await registration?.pushManager?.getSubscription();
  await subscription?.unsubscribe();
  if (id) await session.act((token) => session.http.push.remove(token, id));
}

/** What was told of an offer that is over, or answered on another device, is taken off the screen. */
export async function putAway(openOfferIds: ReadonlySet<string>): Promise<void> {
  const registration = await navigator.serviceWorker?.getRegistration();
  for (const shown of (await registration?.getNotifications?.()) ?? []) {
    if (!openOfferIds.has(shown.tag)) shown.close();
  }
}

async function register(session: Session, publicKey: string): Promise<void> {
  const { pushManager } = await navigator.serviceWorker.ready;
  const known = await pushManager.getSubscription();
  if (known && !isOf(known, publicKey)) await known.unsubscribe();
  const subscription = await pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: publicKey,
  });
  const { endpoint = '', keys = {} } = subscription.toJSON();
  const { p256dh = '', auth = '' } = keys;
  const browser = { endpoint, keys: { p256dh, auth }, name: browserName(navigator.userAgent) };
  const { id } = await session.act((token) => session.http.push.register(token, browser));
  localStorage.setItem(KEY, id);
  isWoken.value = true;
}

/** Made with this key of the server, not with one that it had before. */
function isOf({ options }: PushSubscription, publicKey: string): boolean {
  const bytes = options.applicationServerKey;
  if (!bytes) return false;
  const text = btoa(String.fromCharCode(...new Uint8Array(bytes)));
  return text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '') === publicKey;
}
