import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ManualClock } from '../lib/clock.ts';
import { noMetrics } from '../lib/metric.ts';
import { KnownChanges } from './known-changes.ts';

const SARI = 'sari';

const begun = (floorXid = 100, entriesMax = 1_000) => {
  const clock = new ManualClock();
  const known = new KnownChanges(clock, noMetrics, { entriesMax });
  known.beginsAt(floorXid);
  const look = (xminXid: number, heard: readonly (readonly [string, number])[] = []) => {
    known.lookBegins();
    for (const [userId, xid] of heard) known.heard(userId, xid);
    known.looked({ xminXid, xmaxXid: xminXid + 5 });
  };
  return { clock, known, look };
};

describe('what a node knows of accounts', () => {
  test('vouches for nobody before its first look', () => {
    const { known } = begun();
    expect(known.knownXid).toBeNull();
    expect(known.isUnchangedSince(SARI, 200)).toBe(false);
  });

  test('vouches for whoever was not changed since, and for nobody who was', () => {
    const { known, look } = begun();
    look(200, [[SARI, 150]]);
    expect(known.isUnchangedSince(SARI, 150)).toBe(false);
    expect(known.isUnchangedSince(SARI, 151)).toBe(true);
    expect(known.isUnchangedSince('budi', 120)).toBe(true);
  });

  test('says nothing about the time before it came', () => {
    const { known, look } = begun(100);
    look(200);
    expect(known.isUnchangedSince(SARI, 99)).toBe(false);
  });

  test('says nothing once it has not looked for a while', () => {
    const { clock, known, look } = begun();
    look(200);
    clock.advance(5_001);
    expect(known.isUnchangedSince(SARI, 150)).toBe(false);
    look(201);
    expect(known.isUnchangedSince(SARI, 150)).toBe(true);
  });

  test('counts its own decisions before their numbers are known', () => {
    const { known, look } = begun();
    look(200);
    known.lookBegins();
    known.changedHere(SARI);
    known.looked({ xminXid: 201, xmaxXid: 205 });
    expect(known.isUnchangedSince(SARI, 201)).toBe(false);
    look(206, [[SARI, 203]]);
    expect([203, 204].map((xid) => known.isUnchangedSince(SARI, xid))).toEqual([false, true]);
  });

  test('is blind after more own decisions than it can keep, until it has looked again', () => {
    const { known, look } = begun(100, 2);
    look(200);
    for (const who of ['a', 'b', 'c']) known.changedHere(who);
    expect(known.isUnchangedSince(SARI, 200)).toBe(false);
    look(210);
    expect(known.isUnchangedSince(SARI, 200)).toBe(true);
  });

  test('lets nobody in whose change it has forgotten', () => {
    const { clock, known, look } = begun();
    look(200, [[SARI, 150]]);
    clock.advance(11 * 60_000);
    look(300);
    expect(known.isUnchangedSince(SARI, 150)).toBe(false);
    expect(known.isUnchangedSince('budi', 150)).toBe(false);
    expect(known.isUnchangedSince('budi', 151)).toBe(true);
  });

  test('never vouches for somebody who was changed since, whatever happened', () => {
    const user = fc.constantFrom('a', 'b', 'c', 'd', 'e');
    const step = fc.oneof(
      fc.record({ what: fc.constant('change' as const), user, here: fc.boolean() }),
      fc.record({ what: fc.constant('look' as const), passMs: fc.integer({ min: 0, max: 400_000 }) }),
      fc.record({ what: fc.constant('ask' as const), user, ago: fc.nat({ max: 30 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const { clock, known } = begun(1, 3);
        let xid = 1;
        const changes: { user: string; xid: number }[] = [];
        let told = 0;
        let toldXid = 1;
        for (const one of steps) {
          xid += 1;
          if (one.what === 'change') {
            changes.push({ user: one.user, xid });
            if (one.here) known.changedHere(one.user);
          } else if (one.what === 'look') {
            clock.advance(one.passMs);
            known.lookBegins();
            for (const change of changes.slice(told)) known.heard(change.user, change.xid);
            told = changes.length;
            toldXid = xid;
            known.looked({ xminXid: xid, xmaxXid: xid });
          } else {
            const since = Math.max(1, xid - one.ago);
            const seen = changes.filter((c) => c.user === one.user && c.xid >= since && c.xid < toldXid);
            if (seen.length > 0) expect(known.isUnchangedSince(one.user, since)).toBe(false);
          }
        }
      }),
    );
  });
});
