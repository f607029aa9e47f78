import { expect, test } from 'vitest';
import { AlertHistory } from './alert-history.ts';
import type { Offer } from './machine/state.ts';

const DAY_MS = 86_400_000;
const NOW = 100 * DAY_MS;
const offer = (status: Offer['status'], sentAtMs = NOW, id = 'o'): Offer => ({
  id,
  responderId: 'ada',
  wave: 1,
  distanceM: 1,
  etaMs: 1,
  pArrive: 0.15,
  fitsAll: false,
  status,
  closeReason: null,
  sentAtMs,
  expiresAtMs: 0,
  deliveredAtMs: null,
  seenAtMs: null,
  unreachedAtMs: null,
  answeredAtMs: null,
});

test('an alert counts for 30 days, and among the newest for 7', () => {
  const history = new AlertHistory();
  for (const days of [0, 7, 8, 30, 31]) history.changed(null, offer('OPEN', NOW - days * DAY_MS, `o${days}`));
  expect(history.of('ada', NOW)).toEqual({ asked: 0, accepted: 0, alerts7: 2, alerts30: 4 });
  expect(history.of('somebody else', NOW)).toEqual({ asked: 0, accepted: 0, alerts7: 0, alerts30: 0 });
});

test('silence, no and yes are answers, each counted once; being stood down is none', () => {
  const history = new AlertHistory();
  const turn = (id: string, ...[from, to]: [Offer['status'], Offer['status']]) =>
    history.changed(offer(from, NOW, id), offer(to, NOW, id));
  turn('a', 'OPEN', 'CLOSED');
  expect(history.of('ada', NOW)).toMatchObject({ asked: 0, accepted: 0 });
  turn('b', 'OPEN', 'EXPIRED');
  turn('b', 'EXPIRED', 'ACCEPTED');
  expect(history.of('ada', NOW)).toMatchObject({ asked: 1, accepted: 1 });
  turn('c', 'OPEN', 'RESERVE');
  turn('c', 'RESERVE', 'ACCEPTED');
  expect(history.of('ada', NOW)).toMatchObject({ asked: 2, accepted: 2 });
  turn('d', 'OPEN', 'DECLINED');
  turn('d', 'DECLINED', 'DECLINED');
  expect(history.of('ada', NOW)).toMatchObject({ asked: 3, accepted: 2 });
});

test('an SOS that was forgotten and is read again is counted no second time', () => {
  const history = new AlertHistory();
  const open = offer('OPEN');
  expect(history.changed(null, open)).toBe(true);
  expect(history.changed(open, offer('ACCEPTED'))).toBe(false);
  for (const again of [offer('ACCEPTED'), open, offer('ACCEPTED')])
    expect(history.changed(null, again)).toBe(false);
  expect(history.of('ada', NOW)).toEqual({ asked: 1, accepted: 1, alerts7: 1, alerts30: 1 });
});

test('what is kept of one person has an end', () => {
  const history = new AlertHistory();
  for (let i = 0; i < 1_000; i++) history.changed(null, offer('OPEN', NOW, `o${i}`));
  expect(history.of('ada', NOW).alerts30).toBe(200);
});
