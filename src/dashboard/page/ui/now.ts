import { signal } from '@preact/signals';

/** The page's clock in whole seconds: what reads it is drawn again once per second, all at the same moment. */
export const nowMs = signal(Date.now());

setInterval(() => {
  nowMs.value = Date.now();
}, 1_000);
