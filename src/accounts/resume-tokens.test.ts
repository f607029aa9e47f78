import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ManualClock } from '../lib/clock.ts';
import { noMetrics } from '../lib/metric.ts';
import { KnownChanges } from './known-changes.ts';
import { openResumeTokens, RESUME_LIFE_MS, resumeSecretOf } from './resume-tokens.ts';
import type { Principal } from './types.ts';

const USER = '01890000-0000-7000-8000-000000000001';
const facts = { hasSos: true, heads: [[`inbox:${USER}`, 7] as const], logXid: 90 };

const keyOf = (id: string, seed = randomBytes(32)) => ({
  id,
  resumeSecret: resumeSecretOf(id, seed.toString('base64url')),
});

/** A node of its own: with the same keys, and its own knowledge. */
function node(clock: ManualClock, key = keyOf('k1'), xminXid = 100) {
  const known = new KnownChanges(clock, noMetrics, { entriesMax: 100 });
  known.beginsAt(1);
  known.lookBegins();
  known.looked({ xminXid, xmaxXid: xminXid });
  const keys = { signer: () => key, find: (id: string) => (id === key.id ? key : undefined) };
  return { known, tokens: openResumeTokens({ keys, clock, known }) };
}

const principalUntil = (expiresAtMs: number, more: Partial<Principal> = {}): Principal => ({
  userId: USER,
  grants: ['patient', 'volunteer'],
  expiresAtMs,
  sessionId: '01890000-0000-7000-8000-0000000000aa',
  ...more,
});

describe('a resume token', () => {
  const clock = new ManualClock();
  const key = keyOf('k1');
  const here = node(clock, key);
  const there = node(clock, key);
  const principal = principalUntil(clock.nowMs() + 900_000);
  const given = () => here.tokens.give(principal, facts) ?? { token: '', forMs: 0 };

  test('lets the same person in on another node, as they were, with how far they had heard', () => {
    expect(there.tokens.take(given().token)).toEqual({
      ok: true,
      resumed: { principal, hasSos: true, heads: facts.heads, knownXid: 90 },
    });
  });

  test('fits a first frame, with room for the access token', () => {
    const heads = Array.from({ length: 8 }, () => [`inbox:${USER}`, 2 ** 40] as const);
    const { token = '' } = here.tokens.give(principal, { ...facts, heads }) ?? {};
    expect(token.length).toBeLessThan(1_300);
  });

  test('is of a device for what the device may', () => {
    const device = principalUntil(clock.nowMs() + 900_000, { deviceId: USER, grants: [] });
    const { token = '' } = here.tokens.give(device, facts) ?? {};
    expect(there.tokens.take(token)).toMatchObject({
      resumed: { principal: { deviceId: USER, grants: [] } },
    });
  });

  test('ends with its life, and with the access token', () => {
    const { token, forMs } = given();
    expect(forMs).toBe(RESUME_LIFE_MS);
    const short = here.tokens.give(principalUntil(clock.nowMs() + 10_000), facts);
    expect(short?.forMs).toBe(10_000);
    const later = new ManualClock(clock.nowMs() + RESUME_LIFE_MS);
    expect(node(later, key).tokens.take(token)).toEqual({ ok: false, why: 'expired' });
    const soon = new ManualClock(clock.nowMs() + 10_000);
    expect(node(soon, key).tokens.take(short?.token ?? '')).toEqual({ ok: false, why: 'expired' });
    expect(here.tokens.give(principalUntil(clock.nowMs()), facts)).toBeNull();
  });

  test('lets nobody in of whom something was decided since', () => {
    const node2 = node(clock, key);
    node2.known.lookBegins();
    node2.known.heard(USER, 95);
    node2.known.looked({ xminXid: 101, xmaxXid: 101 });
    expect(node2.tokens.take(given().token)).toEqual({ ok: false, why: 'unsure' });
  });

  test('of another key, or of none, is forged', () => {
    const { token } = given();
    expect(node(clock, keyOf('k1')).tokens.take(token)).toEqual({ ok: false, why: 'forged' });
    expect(node(clock, keyOf('k2')).tokens.take(token)).toEqual({ ok: false, why: 'forged' });
  });

  test('with any character changed is forged, and never throws', () => {
    const { token } = given();
    const changed = fc.tuple(fc.nat({ max: token.length - 1 }), fc.string({ minLength: 0, maxLength: 2 }));
    fc.assert(
      fc.property(changed, ([at, text]) => {
        const other = token.slice(0, at) + text + token.slice(at + 1);
        // The last character of base64 can carry bits that mean nothing.
        if (
          Buffer.from(other.split('.')[2] ?? '', 'base64url').equals(
            Buffer.from(token.split('.')[2] ?? '', 'base64url'),
          ) &&
          other.startsWith(token.slice(0, token.lastIndexOf('.')))
        )
          return;
        expect(there.tokens.take(other)).toEqual({ ok: false, why: 'forged' });
      }),
    );
    fc.assert(fc.property(fc.string({ maxLength: 300 }), (text) => there.tokens.take(text).ok === false));
  });

  test('is not given before the node knows what it would vouch for', () => {
    const known = new KnownChanges(clock, noMetrics, { entriesMax: 100 });
    const keys = { signer: () => key, find: () => key };
    expect(openResumeTokens({ keys, clock, known }).give(principal, facts)).toBeNull();
  });
});
