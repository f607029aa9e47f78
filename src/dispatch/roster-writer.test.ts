import { expect, test } from 'vitest';
import { ManualClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/log.ts';
import { Roster } from './roster.ts';
import { MOVES_EVERY_MS, RosterWriter } from './roster-writer.ts';
import type { DispatchStore } from './store.ts';

const ADA = { userId: 'ada', skills: ['CPR'], verified: true, available: true, asOfMs: 1 };

function writing() {
  const clock = new ManualClock();
  const roster = new Roster();
  const written: unknown[] = [];
  let isAway = false;
  let meanwhile = () => {};
  const store: Pick<DispatchStore, 'saveResponders'> = {
    saveResponders: async (rows) => {
      if (isAway) throw new Error('away');
      written.push(...rows.map(({ userId, available, point }) => [userId, available, point?.lat ?? null]));
      meanwhile();
    },
  };
  const writer = new RosterWriter({ roster, store, clock, log: silentLogger });
  roster.onChange((userId) => writer.changed(userId));
  return {
    clock,
    roster,
    writer,
    whileWriting: (act: () => void) => {
      meanwhile = act;
    },
    setAway: (away: boolean) => {
      isAway = away;
    },
    move: (lat: number) => roster.moved('ada', { lat, lng: 0 }, clock.nowMs()),
    async flushed(): Promise<unknown[]> {
      await writer.flush();
      return written.splice(0);
    },
  };
}

test('who moves and does nothing else is written every ten seconds, with the newest place', async () => {
  const { clock, roster, move, flushed } = writing();
  roster.setTraits(ADA);
  expect(await flushed()).toEqual([['ada', true, null]]);
  move(1);
  expect(await flushed(), 'has a place for the first time').toEqual([['ada', true, 1]]);
  move(2);
  clock.advance(MOVES_EVERY_MS - 1);
  move(3);
  expect(await flushed()).toEqual([]);
  clock.advance(1);
  expect(await flushed(), 'though nothing came since').toEqual([['ada', true, 3]]);
  clock.advance(MOVES_EVERY_MS);
  expect(await flushed(), 'written already').toEqual([]);
});

test('what somebody may be asked for is written at once, with their place', async () => {
  const { roster, move, flushed } = writing();
  roster.setTraits(ADA);
  move(1);
  await flushed();
  move(2);
  roster.setTraits({ ...ADA, available: false, asOfMs: 2 });
  expect(await flushed()).toEqual([['ada', false, 2]]);
});

test('who gets a place while they are being written without one is written again at once', async () => {
  const { roster, move, flushed, whileWriting } = writing();
  roster.setTraits(ADA);
  whileWriting(() => move(1));
  expect(await flushed()).toEqual([['ada', true, null]]);
  expect(await flushed()).toEqual([['ada', true, 1]]);
});

test('what the store did not take is written when it is back, and what can wait when the node stops', async () => {
  const { roster, writer, move, setAway, flushed } = writing();
  roster.setTraits(ADA);
  setAway(true);
  expect(await flushed()).toEqual([]);
  setAway(false);
  expect(await flushed()).toEqual([['ada', true, null]]);
  move(1);
  await flushed();
  move(2);
  await writer.stop();
  expect(await flushed()).toEqual([['ada', true, 2]]);
});
