import type { DeviceView } from '../client/index.ts';
import { ageWords, plainWords } from './words.ts';

export const DEVICE_COLUMNS = ['Name', 'Kind', 'Last contact', 'Battery', 'Alarm'] as const;

/** A device as the texts of its row, in the order of {@link DEVICE_COLUMNS}. */
export function deviceCells(device: DeviceView, nowMs: number): string[] {
  const { name, kind, lastContactAtMs, batteryPct } = device;
  return [
    name,
    plainWords(kind),
    lastContactAtMs === null ? 'Never' : `${ageWords(nowMs - lastContactAtMs)} ago`,
    batteryPct === null ? 'Not known' : `${Math.round(batteryPct)} %`,
    alarmWords(device),
  ];
}

/** Whether an alarm would be heard on it. What the device did not say is not known. */
export function alarmWords({ canPush, canSound, wouldNotRing }: DeviceView): string {
  if (wouldNotRing !== null) return `Would not ring: ${wouldNotRing}`;
  if (canSound === false) return 'Would not ring: it makes no sound';
  if (canPush === false) return 'Rings only while connected';
  return canSound === true ? 'Would ring' : 'Not known';
}

/** Whether somebody should do something about it. */
export const wouldNotRing = (device: DeviceView): boolean =>
  device.wouldNotRing !== null || device.canSound === false;

/** A code as it is read out: `ABCD 2345`. */
export const spokenCode = (code: string): string => code.replace(/(.{4})(?=.)/g, '$1 ');

/** What stands under a code; null once it has run out. */
export function codeWords(expiresAtMs: number, nowMs: number): string | null {
  const leftMs = expiresAtMs - nowMs;
  return leftMs > 0 ? `Good once, for another ${ageWords(leftMs)}.` : null;
}
