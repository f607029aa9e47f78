import { expect, test } from 'vitest';
import { aSos } from '../client/testing/sos-view.ts';
import type { AlertLine } from './board.ts';
import {
  ageWords,
  alertWords,
  connectionWords,
  plainWords,
  responderWords,
  shortId,
  slotsWords,
  statusWords,
} from './words.ts';

test.each([
  [-5, '0 s'],
  [59_999, '59 s'],
  [200_000, '3 min 20 s'],
  [7_500_000, '2 h 5 min'],
  [400_000_000, '4 d'],
])('%i ms are said as %s', (ageMs, words) => {
  expect(ageWords(ageMs)).toBe(words);
});

test('constants become words', () => {
  expect(plainWords('NATURAL_DISASTER')).toBe('Natural disaster');
});

test('a lost connection says that the view may be old, and when the next try is', () => {
  const words = connectionWords({ state: 'waiting', retryAtMs: 10_000, reason: 'restart' }, 6_500);
  expect(words).toBe('Not connected (Restart). What you see may be old. Next try in 4 s.');
});

test('a responder with an SOS is not called available', () => {
  const line = { id: '', verified: true, available: true, connected: true, free: false, fixAtMs: 0 };
  expect([responderWords(line), responderWords({ ...line, free: true })]).toEqual([
    'With an SOS',
    'Available',
  ]);
});

test('a short id is its end', () => {
  expect(shortId('00000000-0000-7000-8000-00000000abcd')).toBe('0000abcd');
});

test('a drill is called one, and one on hold is not said to be searching', () => {
  const sos = aSos({ sosId: 'a' });
  expect(statusWords(sos)).toBe('Searching');
  expect(statusWords({ ...sos, isDrill: true })).toBe('Drill: Searching');
  expect(statusWords({ ...sos, holdUntilMs: 5 })).toBe('On hold');
});

test('an SOS that nobody pressed is called one by a machine', () => {
  expect(statusWords({ ...aSos({ sosId: 'a' }), origin: 'machine' })).toBe('By a machine: Searching');
});

test('an alert says who looks after it, and what becomes of an SOS for it', () => {
  const alert = {
    state: 'open',
    escalationLevel: 0,
    sos: { state: 'none', untilMs: null, sosId: null, isAttached: false },
  } as unknown as AlertLine;
  expect(alertWords(alert, 0)).toBe('Nobody looks after it');
  expect(alertWords({ ...alert, escalationLevel: 2 }, 0)).toBe('Nobody looks after it: escalated');
  const pending = { ...alert.sos, state: 'pending', untilMs: 12_000 } as const;
  expect(alertWords({ ...alert, state: 'acknowledged', sos: pending }, 0)).toBe(
    'Acknowledged; an SOS follows in 12 s',
  );
  const opened = { ...alert.sos, state: 'opened', sosId: '0000-aaaaaaaa' } as const;
  expect(alertWords({ ...alert, state: 'assigned', sos: opened }, 0)).toBe('Assigned; SOS aaaaaaaa');
});

test('who comes is said with how far they are, and how many are wanted', () => {
  const sos = aSos({ sosId: 'a' });
  expect(slotsWords(sos)).toBe('nobody yet');
  const slot = { ...sos.slots[0], slot: 1, role: 'PRIMARY', behind: null, heldAtMs: 1 } as const;
  const slots = [
    { ...slot, holderId: '0000-aaaaaaaa', departedAtMs: 2, arrivedAtMs: 3 },
    { ...slot, slot: 2, holderId: '0000-bbbbbbbb', departedAtMs: 2, arrivedAtMs: null },
    { ...slot, slot: 3, holderId: '0000-cccccccc', departedAtMs: null, arrivedAtMs: null },
    { ...slot, slot: 4, holderId: null, departedAtMs: null, arrivedAtMs: null },
  ];
  expect(slotsWords({ slots })).toBe('3 of 4: aaaaaaaa there, bbbbbbbb on the way, cccccccc accepted');
});
