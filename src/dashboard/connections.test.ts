import { describe, expect, test } from 'vitest';
import type { ConnectionView } from '../client/index.ts';
import { connectionCells, logCells, needsSomebody, takeFromAddress } from './connections.ts';

const NOW = 1_700_000_000_000;
const connection: ConnectionView = {
  id: '00000000-0000-4000-8000-000000000001',
  provider: 'polar',
  deviceName: null,
  isActive: true,
  inactiveReason: null,
  scopes: [],
  settings: {},
  syncEveryMs: 3_600_000,
  lastSyncAtMs: NOW - 65_000,
  nextSyncAtMs: NOW,
  failures: 0,
  lastError: null,
  createdAtMs: NOW - 900_000,
};

describe('a connection in the list', () => {
  test('says when it was read last and how often it is', () => {
    expect(connectionCells(connection, 'Polar', NOW)).toEqual([
      'Polar',
      'Connected',
      '1 min 5 s ago',
      '1 h 0 min',
    ]);
    const fresh = { ...connection, deviceName: 'Watch', lastSyncAtMs: null };
    expect(connectionCells(fresh, 'Polar', NOW).slice(0, 3)).toEqual(['Watch (Polar)', 'Connected', 'Never']);
  });

  test('says what its person has to do', () => {
    const needy = { ...connection, isActive: false, inactiveReason: 'needs_consent' } as const;
    expect(connectionCells(needy, 'Polar', NOW)[1]).toBe('Needs your consent: connect it again');
    expect([needsSomebody(needy), needsSomebody(connection)]).toEqual([true, false]);
    expect(needsSomebody({ ...needy, inactiveReason: 'paused' })).toBe(false);
  });

  test('shows how an attempt went', () => {
    const log = {
      id: connection.id,
      startedAtMs: NOW - 5_000,
      completedAtMs: NOW,
      status: 'failed' as const,
      recordsSynced: 3,
      samplesStored: 120,
      errorCode: 'provider_timeout',
      errorMessage: 'The provider did not answer in time.',
    };
    expect(logCells(log, NOW)).toEqual(['5 s ago', 'The provider did not answer in time.', '3', '120']);
    expect(logCells({ ...log, status: 'success' }, NOW)[1]).toBe('Success');
  });
});

describe('the way back from a provider', () => {
  const opened = (search: string) => {
    const replaced: string[] = [];
    const history = { replaceState: (_data: null, _unused: string, url: string) => replaced.push(url) };
    return { came: takeFromAddress({ location: { search, pathname: '/back' }, history }), replaced };
  };

  test('is taken out of the address at once', () => {
    expect(opened('?state=s&code=c&scope=read')).toEqual({
      came: { state: 's', code: 'c' },
      replaced: ['/back'],
    });
  });
  test('may say that somebody did not agree', () => {
    expect(opened('?error=access_denied&state=s').came).toEqual({ state: 's', error: 'access_denied' });
  });
  test('is none without a state', () => {
    expect(opened('?code=c').came).toBe(null);
    expect(opened('')).toEqual({ came: null, replaced: [] });
  });
});
