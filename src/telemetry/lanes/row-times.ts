import type { FrameTimes } from './types.ts';

const AT_MS_MAX = 8.64e15;

/** Whether a device can have meant this as a time: whole milliseconds since 1970, as far as dates go. */
export const isAtMs = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= AT_MS_MAX;

/**
 * When something was taken, by the server's clock: the time of receipt less the age that the device states. Only the
 * difference of two times of one device clock counts, so a clock that is years off changes nothing.
 */
export const onServerClock = (atMs: number, { sentAtMs, receivedAtMs }: FrameTimes): number =>
  receivedAtMs - Math.max(0, sentAtMs - atMs);
