import { expect, test } from 'vitest';
import { ManualClock } from '../lib/clock.ts';
import { CountingMetrics } from '../testing/gateway/stage.ts';
import type { AuditEntry } from './audit-entry.ts';
import { UnknownCallers } from './unknown-callers.ts';

function stage() {
  const entries: AuditEntry[] = [];
  const clock = new ManualClock();
  const metrics = new CountingMetrics();
  const unknown = new UnknownCallers({ record: (entry) => entries.push(entry), clock, metrics });
  const call = (address: string, code = 'token_invalid', door = 'get /v1/me') =>
    unknown.refused({ address, action: 'read', resourceKind: 'profile', door, code });
  return { entries, clock, metrics, unknown, call };
}

test('callers whom nobody knows are written once a minute per address, door and code, with how many', () => {
  const { entries, clock, call } = stage();
  for (let n = 0; n < 1_000; n += 1) call('192.0.2.1');
  call('192.0.2.1', 'token_expired');
  call('192.0.2.1', 'token_invalid', 'socket');
  call('192.0.2.2');
  expect(entries).toEqual([]);
  clock.advance(60_000);
  expect(entries.map(({ address, reason }) => `${address} ${reason}`)).toEqual([
    '192.0.2.1 get /v1/me: token_invalid, 1000×',
    '192.0.2.1 get /v1/me: token_expired, 1×',
    '192.0.2.1 socket: token_invalid, 1×',
    '192.0.2.2 get /v1/me: token_invalid, 1×',
  ]);
  expect(entries[0]).toMatchObject({
    actorId: null,
    grants: [],
    action: 'read',
    resourceKind: 'profile',
    outcome: 'refused',
  });
  clock.advance(600_000);
  expect(entries).toHaveLength(4);
  call('192.0.2.1');
  clock.advance(60_000);
  expect(entries).toHaveLength(5);
});

test('a flood from ever new addresses writes a bounded number of rows, and none is forgotten', () => {
  const { entries, clock, call, metrics } = stage();
  for (let n = 0; n < 100_000; n += 1) call(`2001:db8::${n.toString(16)}`);
  clock.advance(60_000);
  expect(entries).toHaveLength(501);
  expect(entries.at(-1)).toMatchObject({
    action: 'enter',
    reason: '99500 more within a minute, of callers who are not named',
  });
  expect(metrics.counts.get('access_unknown_total{token_invalid}')).toBe(100_000);
});

test('what waits for its minute to end is handed on when asked for, once', () => {
  const { entries, clock, call, unknown } = stage();
  call('192.0.2.1');
  unknown.flush();
  clock.advance(60_000);
  expect(entries).toHaveLength(1);
});
