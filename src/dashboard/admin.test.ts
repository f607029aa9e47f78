import { describe, expect, test } from 'vitest';
import { actionWords, activityWords, invitationState, jobLook, othersWords } from './admin.ts';

const NOW = 1_700_000_000_000;
const job = {
  name: 'retention',
  everyMs: 600_000,
  dueAtMs: NOW + 1_000,
  running: false,
  lastOkAtMs: NOW,
  lastError: null,
  failures: 0,
};

describe('a job', () => {
  test('says that it is well, runs, is late, or fails, and worse with each failure', () => {
    expect(jobLook(job, NOW).tone).toBe('good');
    expect(jobLook({ ...job, running: true }, NOW).tone).toBe('busy');
    expect(jobLook({ ...job, dueAtMs: NOW - 120_000 }, NOW)).toMatchObject({ tone: 'high' });
    expect(jobLook({ ...job, failures: 1, lastError: 'ECONN' }, NOW)).toEqual({
      tone: 'high',
      words: 'Failed once: ECONN',
    });
    expect(jobLook({ ...job, failures: 4, lastError: '57014' }, NOW)).toEqual({
      tone: 'critical',
      words: 'Failed 4 times in a row: 57014',
    });
  });
});

test('an invitation is open until it is accepted or its time is over', () => {
  const sent = {
    id: 'i',
    email: 'a@example.org',
    grants: [],
    scopeId: null,
    invitedBy: null,
    invitedAtMs: NOW,
    expiresAtMs: NOW + 1,
    acceptedAtMs: null,
  };
  expect(invitationState(sent, NOW)).toBe('open');
  expect(invitationState({ ...sent, expiresAtMs: NOW }, NOW)).toBe('over');
  expect(invitationState({ ...sent, acceptedAtMs: NOW }, NOW)).toBe('accepted');
});

test('what looks wrong is said in words, also what this page does not know yet', () => {
  expect(activityWords({ type: 'LOCATION_MISMATCH', details: { withinKm: 5_000, country: 'NZ' } })).toEqual({
    title: 'An SOS from an address far from its place',
    detail: 'Within km: 5000 · Country: NZ',
  });
  expect(activityWords({ type: 'NEW_KIND', details: {} })).toEqual({ title: 'New kind', detail: '' });
  expect(actionWords({ action: 'acknowledge_critical', resourceKind: 'audit_log' })).toBe(
    'Acknowledge critical: audit log',
  );
});

test('an entry about many says how many, beside whoever is named', () => {
  const words = (subjectUserId: string | null, subjects: number) => othersWords({ subjectUserId, subjects });
  expect([words(null, 312), words('a', 312), words('a', 2)]).toEqual([
    '312 people',
    'and 311 others',
    'and 1 other',
  ]);
  expect([words(null, 0), words('a', 1)]).toEqual(['', '']);
});
