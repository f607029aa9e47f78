import { pushWords as PUSH_WORDS } from '../strings/en/push.ts';

/** Filled in by the build: the version of the shell, and everything that belongs to it. */
declare const SHELL: { readonly version: string; readonly files: readonly string[] };

/** As much of a service worker as this one uses: the types of workers and of pages can't be had at once. */
interface Waiting extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetching extends Event {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Pushed extends Waiting {
  readonly data: { json(): unknown } | null;
}
interface Clicked extends Waiting {
  readonly notification: Notification;
}
interface PageOfOurs {
  readonly url: string;
  focus(): Promise<unknown>;
}
interface Worker {
  readonly registration: {
    readonly scope: string;
    showNotification(title: string, options: NotificationOptions & Ringing): Promise<void>;
  };
  readonly location: { readonly origin: string };
  readonly clients: {
    claim(): Promise<void>;
    matchAll(options: { readonly type: 'window' }): Promise<readonly PageOfOurs[]>;
    openWindow(path: string): Promise<unknown>;
  };
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install' | 'activate', listener: (event: Waiting) => void): void;
  addEventListener(type: 'push', listener: (event: Pushed) => void): void;
  addEventListener(type: 'notificationclick', listener: (event: Clicked) => void): void;
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
  addEventListener(type: 'fetch', listener: (event: Fetching) => void): void;
}

/** What browsers know of notifications and the types do not. */
interface Ringing {
  readonly renotify?: boolean;
  readonly vibrate?: readonly number[];
}

const worker = self as unknown as Worker;
const page = new URL(worker.registration.scope).pathname;
const cacheName = `muster-shell ${page} ${SHELL.version}`;
/** A connection that does not answer is as good as none. */
const PAGE_WITHIN_MS = 4_000;

/** Keeps the shell of one page: itself and what it is made of. Never an answer of the engine, never anything about anybody. */
worker.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(cacheName)
      .then((cache) =>
        cache.addAll([page, ...SHELL.files].map((path) => new Request(path, { cache: 'reload' }))),
      ),
  );
});

worker.addEventListener('activate', (event) => {
  const isOld = (name: string) => name.startsWith(`muster-shell ${page} `) && name !== cacheName;
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter(isOld).map((name) => caches.delete(name))))
      .then(() => worker.clients.claim()),
  );
});

worker.addEventListener('message', (event) => {
  if (event.data === 'take over') void worker.skipWaiting();
});

worker.addEventListener('fetch', (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== 'GET' || origin !== worker.location.origin) return;
  if (event.request.mode === 'navigate' && pathname === page) event.respondWith(freshPage(event.request));
  else if (SHELL.files.includes(pathname)) event.respondWith(kept(event.request));
});

/** Somebody asks for help, and no page of this person has said that it knows. */
worker.addEventListener('push', (event) => {
  if (isNotice(event.data)) {
    event.waitUntil(notifyOfNews());
    return;
  }
  const pushed = readPush(event.data);
  event.waitUntil(Promise.all([notify(pushed), pushed && acknowledge(pushed.receipt)]));
});

worker.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(
    worker.clients.matchAll({ type: 'window' }).then((pages) => {
      const open = pages.find(({ url }) => new URL(url).pathname === page);
      return open ? open.focus() : worker.clients.openWindow(page);
    }),
  );
});

interface Offered {
  readonly offerId: string;
  readonly expiresAtMs: number;
  readonly receipt: string;
}

function readPush(data: Pushed['data']): Offered | null {
  try {
    const pushed = data?.json() as Partial<Offered> | undefined;
    return typeof pushed?.offerId === 'string' && typeof pushed.receipt === 'string'
      ? { offerId: pushed.offerId, receipt: pushed.receipt, expiresAtMs: Number(pushed.expiresAtMs) }
      : null;
  } catch {
    return null;
  }
}

/** That there is something new for somebody, and no word of what: a locked screen is read by others. */
function isNotice(data: Pushed['data']): boolean {
  try {
    const pushed = data?.json() as { readonly notificationId?: unknown } | undefined;
    return typeof pushed?.notificationId === 'string';
  } catch {
    return false;
  }
}

const notifyOfNews = () =>
  worker.registration.showNotification(PUSH_WORDS.news, {
    body: PUSH_WORDS.news_help,
    tag: 'news',
    icon: '/icons/responder-192.png',
  });

/** Whatever came has to be shown: a browser takes the permission away from whoever wakes it for nothing. */
async function notify(pushed: Offered | null): Promise<void> {
  const isOver = pushed === null || pushed.expiresAtMs <= Date.now();
  await worker.registration.showNotification(isOver ? PUSH_WORDS.over : PUSH_WORDS.title, {
    body: isOver ? PUSH_WORDS.over_help : PUSH_WORDS.help,
    tag: pushed?.offerId ?? 'muster',
    icon: '/icons/responder-192.png',
    requireInteraction: !isOver,
    renotify: !isOver && pushed !== null,
    ...(isOver ? {} : { vibrate: [400, 150, 400, 150, 400] }),
  });
}

/** So that nobody else has to be asked because this device seems to be silent. Lost ones do no harm. */
async function acknowledge(receipt: string): Promise<void> {
  await fetch('/v1/push/receipts', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ receipt }),
  }).catch(() => {});
}

/** The newest page while there is a connection, so that an update needs no second visit; else the kept one. */
async function freshPage(request: Request): Promise<Response> {
  const known = await caches.match(page, { cacheName });
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PAGE_WITHIN_MS) });
    return answer.ok || !known ? answer : known;
  } catch (error) {
    if (known) return known;
    throw error;
  }
}

async function kept(request: Request): Promise<Response> {
  return (await caches.match(request, { cacheName })) ?? fetch(request);
}
