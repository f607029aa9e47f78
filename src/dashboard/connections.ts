import type { ConnectionView, SyncLogView } from '../client/index.ts';
import { ageWords, plainWords } from './words.ts';

export const CONNECTION_COLUMNS = ['Wearable', 'State', 'Last read', 'Every'] as const;
export const LOG_COLUMNS = ['Began', 'Outcome', 'Records', 'New samples'] as const;

const INACTIVE: Readonly<Record<NonNullable<ConnectionView['inactiveReason']>, string>> = {
  paused: 'Paused',
  needs_consent: 'Needs your consent: connect it again',
  failing: 'Stopped, because it failed too often',
  disconnected: 'Disconnected',
};

/** A connection as the texts of its row, in the order of {@link CONNECTION_COLUMNS}. `title`: of its provider. */
export function connectionCells(connection: ConnectionView, title: string, nowMs: number): string[] {
  const { deviceName, lastSyncAtMs, syncEveryMs } = connection;
  return [
    deviceName === null ? title : `${deviceName} (${title})`,
    stateWords(connection),
    lastSyncAtMs === null ? 'Never' : `${ageWords(nowMs - lastSyncAtMs)} ago`,
    ageWords(syncEveryMs),
  ];
}

function stateWords({ inactiveReason, failures }: ConnectionView): string {
  if (inactiveReason !== null) return INACTIVE[inactiveReason];
  return failures === 0 ? 'Connected' : `Connected; could not be read ${failures} times in a row`;
}

/** Whether its person should do something about it. */
export const needsSomebody = ({ inactiveReason }: ConnectionView): boolean =>
  inactiveReason === 'needs_consent' || inactiveReason === 'failing';

export const canBeActivated = ({ inactiveReason }: ConnectionView): boolean =>
  inactiveReason === 'paused' || inactiveReason === 'failing';

/** An attempt as the texts of its row, in the order of {@link LOG_COLUMNS}. */
export function logCells(log: SyncLogView, nowMs: number): string[] {
  const { startedAtMs, status, errorMessage, recordsSynced, samplesStored } = log;
  return [
    `${ageWords(nowMs - startedAtMs)} ago`,
    status === 'failed' ? (errorMessage ?? 'Failed') : plainWords(status),
    String(recordsSynced),
    String(samplesStored),
  ];
}

/** What a provider has put into the address that it sent somebody back to; null: nothing. */
export type CameBack = { readonly state: string } & ({ readonly code: string } | { readonly error: string });

/** What a page has of the browser that it was opened in. */
export interface Opened {
  readonly location: { readonly search: string; readonly pathname: string };
  readonly history: { replaceState(data: null, unused: string, url: string): void };
}

/** Takes it out of the address bar and the history, where a code has no business to be. */
export function takeFromAddress({ location, history }: Opened): CameBack | null {
  const said = new URLSearchParams(location.search);
  if (location.search !== '') history.replaceState(null, '', location.pathname);
  const [state, code] = [said.get('state') ?? '', said.get('code') ?? ''];
  if (state === '') return null;
  return code === '' ? { state, error: said.get('error') ?? 'no_code' } : { state, code };
}
