import { expect, test } from 'vitest';
import { engines } from './databases.ts';
import { harmOf, signInStorm } from './sign-in-storm.ts';

test.each(engines)(
  'five hundred sign-ins at once leave commits and disk syncs alone on %s',
  { timeout: 180_000 },
  async (engine) => {
    const storm = await signInStorm(engine, 500);
    expect(harmOf(storm)).toEqual([]);
    // It was a storm: more than the line holds, and long enough to be measured in.
    expect(storm.turnedAway).toBeGreaterThan(0);
    expect(storm.storm.sync.count).toBeGreaterThan(20);
    expect(storm.storm.commit.count).toBeGreaterThan(20);
  },
);
