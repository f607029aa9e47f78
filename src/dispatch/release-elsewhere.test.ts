import { expect, test } from 'vitest';
import { ManualClock } from '../lib/clock.ts';
import { KnownSos } from './known-sos.ts';
import { ReleaseElsewhere } from './release-elsewhere.ts';
import { Roster } from './roster.ts';
import { World } from './testing/world.ts';

function stage(failures: number) {
  const w = new World({ near: 100 }).raise();
  const known = new KnownSos();
  known.remember(w.state);
  const roster = new Roster();
  const clock = new ManualClock();
  const tries: string[] = [];
  const elsewhere = new ReleaseElsewhere({
    clock,
    roster,
    known,
    release: async (sosId, responderId) => {
      tries.push(`${sosId} ${responderId}`);
      return tries.length > failures;
    },
  });
  const taken = { ...w.state, id: 'taken' };
  roster.holds('near', 'taken', false);
  const pass = async (ms: number) => {
    clock.advance(ms);
    await Promise.resolve();
    await Promise.resolve();
  };
  return { elsewhere, taken, roster, tries, pass };
}

test('what somebody is asked elsewhere ends when they take a real SOS, though it fails twice before', async () => {
  const { elsewhere, taken, tries, pass } = stage(2);
  elsewhere.holds('near', taken);
  for (const ms of [0, 500, 1_000, 60_000, 60_000]) await pass(ms);
  expect(tries).toEqual(['sos near', 'sos near', 'sos near']);
});

test('it is given up after a while: those offers have ended by their deadline', async () => {
  const { elsewhere, taken, tries, pass } = stage(Number.POSITIVE_INFINITY);
  elsewhere.holds('near', taken);
  for (let i = 0; i < 20; i++) await pass(60_000);
  expect(tries.length).toBe(7);
});

test('who has given it back meanwhile may be asked again: nothing is tried any more', async () => {
  const { elsewhere, taken, roster, tries, pass } = stage(2);
  elsewhere.holds('near', taken);
  await pass(0);
  roster.released('near', 'taken');
  await pass(60_000);
  expect(tries.length).toBe(1);
});

test('what a node that died left behind ends when they are there, once at a time', async () => {
  const { elsewhere, roster, tries, pass } = stage(1);
  elsewhere.changed('near');
  expect(tries).toEqual([]);
  roster.setTraits({ userId: 'near', skills: [], verified: true, available: true, asOfMs: 0 });
  roster.connected('near');
  for (let i = 0; i < 5; i++) elsewhere.changed('near');
  expect(tries.length).toBe(1);
  await pass(0);
  await pass(500);
  expect(tries.length).toBe(2);
});

test('a drill ends nothing elsewhere, and after the stop nothing is tried', async () => {
  const { elsewhere, taken, tries, pass } = stage(2);
  elsewhere.holds('near', { ...taken, isDrill: true });
  expect(tries).toEqual([]);
  elsewhere.holds('near', taken);
  await pass(0);
  elsewhere.stop();
  await pass(60_000);
  expect(tries.length).toBe(1);
});
