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
interface Worker {
  readonly registration: { readonly scope: string };
  readonly location: { readonly origin: string };
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install' | 'activate', listener: (event: Waiting) => void): void;
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
  addEventListener(type: 'fetch', listener: (event: Fetching) => void): void;
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
