import { describe, expect, test } from 'vitest';
import { ManualClock } from '../lib/clock.ts';
import { GATEWAY_DEFAULTS } from './config.ts';
import { Hearing } from './hearing.ts';

const { pingMs, deafAfterMs } = GATEWAY_DEFAULTS;

function setUp(early = 0) {
  const clock = new ManualClock();
  return { clock, hearing: new Hearing(clock, pingMs, early) };
}

describe('what a client answers', () => {
  test('it is asked at a steady pace, each time by another number', () => {
    const { clock, hearing } = setUp();
    const asked: (string | null)[] = [];
    for (let atMs = 0; atMs < 3 * pingMs; atMs += pingMs / 2) {
      asked.push(hearing.due());
      clock.advance(pingMs / 2);
    }
    expect(asked).toEqual([null, null, '1', null, '2', null]);
  });

  test('the first question comes sooner for some, so that not all are asked at once', () => {
    const { clock, hearing } = setUp(0.75);
    clock.advance(pingMs / 4);
    expect(hearing.due()).toBe('1');
    clock.advance(pingMs / 4);
    expect(hearing.due()).toBeNull();
  });

  test('it counts as deaf from the first question that it has not answered', () => {
    const { clock, hearing } = setUp();
    clock.advance(5 * pingMs);
    expect(hearing.deafMs).toBe(0);
    hearing.due();
    hearing.answered('1');
    clock.advance(pingMs);
    expect(hearing.deafMs).toBe(0);
    for (let n = 0; n < 3; n++) {
      hearing.due();
      clock.advance(pingMs);
    }
    expect(hearing.deafMs).toBe(3 * pingMs);
    hearing.answered('4');
    expect(hearing.deafMs).toBe(0);
  });

  test('the time of a ping behind a large frame begins when that is out, or moves no more', () => {
    const { clock, hearing } = setUp();
    clock.advance(pingMs);
    hearing.due();
    hearing.see('stuck');
    clock.advance(deafAfterMs);
    hearing.see('moves');
    clock.advance(1_000);
    hearing.see('stuck');
    expect(hearing.deafMs).toBe(1_000);
    hearing.see('clear');
    clock.advance(1_000);
    hearing.see('moves');
    expect(hearing.deafMs).toBe(2_000);
  });

  test('a ping that is out is waited for, however much goes out behind it', () => {
    const { clock, hearing } = setUp();
    clock.advance(pingMs);
    hearing.due();
    hearing.see('clear');
    for (let passedMs = 0; passedMs < deafAfterMs; passedMs += pingMs) {
      clock.advance(pingMs);
      hearing.due();
      hearing.see('moves');
    }
    expect(hearing.deafMs).toBe(deafAfterMs);
    hearing.answered('1');
    clock.advance(pingMs);
    hearing.see('moves');
    expect(hearing.deafMs).toBe(0);
  });

  test('neither what nobody asked nor what was answered before is an answer', () => {
    const { clock, hearing } = setUp();
    clock.advance(pingMs);
    hearing.due();
    hearing.answered('1');
    clock.advance(pingMs);
    hearing.due();
    clock.advance(pingMs);
    for (const payload of ['', 'x', '0', '1', '3', '-2', 'Infinity', '1.5', '1.5x'])
      hearing.answered(payload);
    expect(hearing.deafMs).toBe(pingMs);
  });

  test('whoever is minutes behind and reads on never counts as deaf', () => {
    const { clock, hearing } = setUp();
    const asked: string[] = [];
    const stepMs = pingMs / 10;
    let longestMs = 0;
    // What is sent in a second takes it two to read: it is an hour behind in the end.
    for (let atMs = 0; atMs < 7_200_000; atMs += stepMs) {
      clock.advance(stepMs);
      const payload = hearing.due();
      if (payload !== null) asked.push(payload);
      const readUpTo = Math.floor(atMs / 2 / pingMs);
      for (let n = readUpTo - 1; n < readUpTo; n++) hearing.answered(asked[n] ?? '');
      longestMs = Math.max(longestMs, hearing.deafMs);
    }
    expect(longestMs).toBeGreaterThan(pingMs);
    expect(longestMs).toBeLessThan(deafAfterMs);
  });
});
