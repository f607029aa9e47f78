import type { DeviceView } from '../client/index.ts';
import { durationText } from './strings/format.ts';
import { t } from './strings/index.ts';
import { plainWords } from './words.ts';

/** A device as the texts of its row: name, kind, last contact, battery, alarm. */
export function deviceCells(device: DeviceView, nowMs: number): string[] {
  const { name, kind, lastContactAtMs, batteryPct } = device;
  return [
    name,
    plainWords(kind),
    lastContactAtMs === null
      ? t('devices.never')
      : t('devices.ago', { age: durationText(nowMs - lastContactAtMs) }),
    batteryPct === null ? t('devices.not_known') : t('devices.percent', { n: Math.round(batteryPct) }),
    alarmWords(device),
  ];
}

/** Whether an alarm would be heard on it. What the device did not say is not known. */
export function alarmWords({ canPush, canSound, wouldNotRing }: DeviceView): string {
  if (wouldNotRing !== null) return t('devices.would_not_ring', { why: wouldNotRing });
  if (canSound === false) return t('devices.would_not_ring', { why: t('devices.no_sound') });
  if (canPush === false) return t('devices.rings_connected');
  return canSound === true ? t('devices.would_ring') : t('devices.not_known');
}

/** Whether somebody should do something about it. */
export const wouldNotRing = (device: DeviceView): boolean =>
  device.wouldNotRing !== null || device.canSound === false;

/** A code as it is read out: `ABCD 2345`. */
export const spokenCode = (code: string): string => code.replace(/(.{4})(?=.)/g, '$1 ');

/** What stands under a code; null once it has run out. */
export function codeWords(expiresAtMs: number, nowMs: number): string | null {
  const leftMs = expiresAtMs - nowMs;
  return leftMs > 0 ? t('devices.code_left', { age: durationText(leftMs) }) : null;
}
