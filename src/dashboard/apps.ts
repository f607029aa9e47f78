import {
  type DeviceHealth,
  osmAndUrl,
  ownTracksLink,
  ownTracksUrl,
  type PairedApp,
  traccarLink,
} from '../client/index.ts';
import { spokenCode } from './devices.ts';
import { durationText } from './strings/format.ts';
import { t, tFor } from './strings/index.ts';
import { plainWords } from './words.ts';

/** What a stock app has to be told. */
export interface AppSetup {
  /** Opens the app and sets it up. */
  readonly link: string;
  /** The same by hand: what a field of the app is called, and what goes into it. */
  readonly fields: readonly (readonly [label: string, value: string])[];
}

export function setupOf(serverUrl: string, { deviceId, secret, trackerId }: PairedApp): AppSetup | null {
  if (secret !== null) {
    return {
      link: ownTracksLink({ serverUrl, deviceId, secret }),
      fields: [
        [t('devices.field_mode'), 'HTTP'],
        [t('devices.field_url'), ownTracksUrl(serverUrl)],
        [t('devices.field_user'), deviceId],
        [t('devices.field_password'), secret],
      ],
    };
  }
  if (trackerId === null) return null;
  return {
    link: traccarLink({ serverUrl, trackerId }),
    fields: [
      [t('devices.field_server'), osmAndUrl(serverUrl)],
      [t('devices.field_identifier'), spokenCode(trackerId)],
      [t('devices.field_interval'), '60 s'],
    ],
  };
}

const reasonWords = (reason: string) => tFor('devices', `reason_${reason}`);

/** A day as the texts of its row: day, accepted, late, not used. */
export function healthCells({ day, accepted, late, refused }: DeviceHealth['days'][number]): string[] {
  const reasons = Object.entries(refused).map(
    ([reason, count]) => `${count} ${reasonWords(reason) ?? reason}`,
  );
  return [day, String(accepted), String(late), reasons.join(', ') || '0'];
}

/** What stands above the days. */
export function healthWords({ lastFixAtMs, lastError, days }: DeviceHealth, nowMs: number): string {
  const seen =
    lastFixAtMs === null
      ? t('devices.no_position')
      : t('devices.last_position', { age: durationText(nowMs - lastFixAtMs) });
  if (!lastError) {
    const isNothing = lastFixAtMs === null && days.length === 0;
    return isNothing ? `${seen} ${t('devices.nothing_else')}` : seen;
  }
  const { reason, detail, atMs } = lastError;
  const what = detail ?? reasonWords(reason) ?? plainWords(reason);
  return `${seen} ${t('devices.last_trouble', { age: durationText(nowMs - atMs), what })}`;
}
