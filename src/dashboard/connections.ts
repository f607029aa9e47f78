import type { ConnectionView, SyncLogView } from '../client/index.ts';
import { durationText } from './strings/format.ts';
import { t } from './strings/index.ts';
import { plainWords } from './words.ts';

/** A connection as the texts of its row: wearable, state, last read, how often. `title`: of its provider. */
export function connectionCells(connection: ConnectionView, title: string, nowMs: number): string[] {
  const { deviceName, lastSyncAtMs, syncEveryMs } = connection;
  return [
    deviceName === null ? title : t('connections.named', { name: deviceName, title }),
    stateWords(connection),
    lastSyncAtMs === null
      ? t('connections.never')
      : t('connections.ago', { age: durationText(nowMs - lastSyncAtMs) }),
    durationText(syncEveryMs),
  ];
}

function stateWords({ inactiveReason, failures }: ConnectionView): string {
  if (inactiveReason !== null) return t(`connections.${inactiveReason}`);
  return failures === 0 ? t('connections.connected') : t('connections.connected_failing', { n: failures });
}

/** Whether its person should do something about it. */
export const needsSomebody = ({ inactiveReason }: ConnectionView): boolean =>
  inactiveReason === 'needs_consent' || inactiveReason === 'failing';

export const canBeActivated = ({ inactiveReason }: ConnectionView): boolean =>
  inactiveReason === 'paused' || inactiveReason === 'failing';

/** An attempt as the texts of its row: when it began, how it went, records, new samples. */
export function logCells(log: SyncLogView, nowMs: number): string[] {
  const { startedAtMs, status, errorMessage, recordsSynced, samplesStored } = log;
  return [
    t('connections.ago', { age: durationText(nowMs - startedAtMs) }),
    status === 'failed' ? (errorMessage ?? t('connections.failed')) : plainWords(status),
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
