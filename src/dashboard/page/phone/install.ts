import { signal } from '@preact/signals';

interface InstallPrompt extends Event {
  prompt(): Promise<unknown>;
}

/** What the browser offers to install with; null: it is installed, or has to be done by its menu. */
export const installPrompt = signal<InstallPrompt | null>(null);
/** Opened from the home screen. */
export const isInstalled = signal(
  matchMedia('(display-mode: standalone)').matches ||
    (navigator as { standalone?: boolean }).standalone === true,
);
/** A newer version of the page waits until somebody takes it. */
export const update = signal<ServiceWorker | null>(null);

addEventListener('beforeinstallprompt', (event) => {
  event.preventDefault();
  installPrompt.value = event as InstallPrompt;
});
addEventListener('appinstalled', () => {
  installPrompt.value = null;
  isInstalled.value = true;
});

/** Lets the page be opened without a connection. Only its shell is kept on the device, never what it shows. */
export async function keepShell(scope: string): Promise<void> {
  if (!navigator.serviceWorker) return;
  try {
    const hadOne = navigator.serviceWorker.controller !== null;
    const registration = await navigator.serviceWorker.register('/shell-worker.js', { scope });
    const look = (worker: ServiceWorker | null) => {
      worker?.addEventListener('statechange', () => {
        if (worker.state === 'installed' && hadOne) update.value = worker;
      });
    };
    if (registration.waiting && hadOne) update.value = registration.waiting;
    look(registration.installing);
    registration.addEventListener('updatefound', () => look(registration.installing));
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') registration.update().catch(() => {});
    });
  } catch {
    // Private windows have none; the page works all the same while there is a connection.
  }
}

/** Goes over to the newer version. */
export function takeUpdate(): void {
  navigator.serviceWorker?.addEventListener('controllerchange', () => location.reload(), { once: true });
  update.value?.postMessage('take over');
}
