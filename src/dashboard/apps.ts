import {
  type DeviceHealth,
  osmAndUrl,
  ownTracksLink,
  ownTracksUrl,
  type PairedApp,
  traccarLink,
} from '../client/index.ts';
import { spokenCode } from './devices.ts';
import { ageWords, plainWords } from './words.ts';

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
        ['Mode', 'HTTP'],
        ['URL', ownTracksUrl(serverUrl)],
        ['User ID', deviceId],
        ['Password', secret],
      ],
    };
  }
  if (trackerId === null) return null;
  return {
    link: traccarLink({ serverUrl, trackerId }),
    fields: [
      ['Server URL', osmAndUrl(serverUrl)],
      ['Device identifier', spokenCode(trackerId)],
      ['Interval', '60 s'],
    ],
  };
}

export const HEALTH_COLUMNS = ['Day', 'Accepted', 'Late', 'Not used'] as const;

const REASONS: Readonly<Record<string, string>> = {
  duplicate: 'sent again',
  future: 'dated in the future',
  impossible: 'impossibly far',
  invalid: 'no place or time',
  'ignored-type': 'without a position',
  rejected: 'not understood',
  'sos-too-late': 'a call for help that came too late',
};

/** A day as the texts of its row, in the order of {@link HEALTH_COLUMNS}. */
export function healthCells({ day, accepted, late, refused }: DeviceHealth['days'][number]): string[] {
  const reasons = Object.entries(refused).map(([reason, count]) => `${count} ${REASONS[reason] ?? reason}`);
  return [day, String(accepted), String(late), reasons.join(', ') || '0'];
}

/** What stands above the days. */
export function healthWords({ lastFixAtMs, lastError, days }: DeviceHealth, nowMs: number): string {
  const seen =
    lastFixAtMs === null
      ? 'No position in the last seven days.'
      : `Last position ${ageWords(nowMs - lastFixAtMs)} ago.`;
  if (!lastError)
    return lastFixAtMs === null && days.length === 0 ? `${seen} Nothing else came either.` : seen;
  const { reason, detail, atMs } = lastError;
  const what = detail ?? REASONS[reason] ?? plainWords(reason);
  return `${seen} Last trouble ${ageWords(nowMs - atMs)} ago: ${what}.`;
}
