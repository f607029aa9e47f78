import { signal } from '@preact/signals';
import { type DeviceOptions, indexedDbStore } from '../../../client/index.ts';

/** This installation as a device of one person: what it has measured and not sent yet is never sent as somebody else's. */
export function ownDevice(userId: string): DeviceOptions {
  const key = `muster.device.${userId}`;
  const id = localStorage.getItem(key) ?? crypto.randomUUID();
  localStorage.setItem(key, id);
  return { id, store: indexedDbStore(`muster-positions-${userId}`) };
}

/** Whether this tab is the one that works: positions are numbered by one client at a time. Null: not known yet. */
export const isTheOne = signal<boolean | null>(null);

/** Becomes the tab that works, unless another one is; `steal`: also then. It stays so until it is closed or another steals. */
export function becomeTheOne(page: string, steal = false): void {
  if (!navigator.locks) {
    isTheOne.value = true;
    return;
  }
  const options = steal ? { steal } : { ifAvailable: true };
  navigator.locks
    .request(`muster.tab.${page}`, options, (lock) => {
      isTheOne.value = lock !== null;
      return lock === null ? undefined : new Promise<never>(() => {});
    })
    .catch(() => {
      // Another tab took it.
      isTheOne.value = false;
    });
}

interface Battery {
  readonly level: number;
}

let battery: Battery | null = null;
void (navigator as { getBattery?: () => Promise<Battery> }).getBattery?.().then(
  (found) => {
    battery = found;
  },
  () => {},
);

/** Null where the browser does not tell. */
export const batteryPct = (): number | null => (battery === null ? null : Math.round(battery.level * 100));

/** The device's own heading by its compass, clockwise from north; null where there is none. */
export const compassDeg = signal<number | null>(null);

addEventListener('deviceorientationabsolute', (event) => {
  const { alpha, absolute } = event as DeviceOrientationEvent;
  if (absolute && alpha !== null) compassDeg.value = (360 - alpha) % 360;
});
