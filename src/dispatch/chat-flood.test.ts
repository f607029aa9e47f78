import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BURST, ChatFlood, REFILL_MS, SAME_MAX, SAME_WINDOW_MS } from './chat-flood.ts';

const words = (n: number) => `message ${n}`;

describe('a chat', () => {
  test('takes twenty messages at once, and then one every two seconds', () => {
    const flood = new ChatFlood();
    const takenAt = (nowMs: number, upTo: number) =>
      Array.from({ length: upTo }, (_, i) => flood.spend('a', 'sos', words(nowMs + i), nowMs)).filter(
        (s) => s.ok,
      ).length;
    expect(takenAt(0, 50)).toBe(BURST);
    const refused = flood.spend('a', 'sos', 'one more', 500);
    expect(refused).toMatchObject({ ok: false, reason: 'too_many', retryAfterMs: REFILL_MS - 500 });
    expect(takenAt(REFILL_MS - 1, 3)).toBe(0);
    expect(takenAt(REFILL_MS, 3)).toBe(1);
    expect(takenAt(4 * REFILL_MS, 9)).toBe(3);
    expect(takenAt(1_000_000, 50)).toBe(BURST);
  });

  test('lets nobody send more than the bucket holds, whenever they try, and retryAfterMs is right to the millisecond', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 3_000 }), { maxLength: 200 }), (pauses) => {
        const flood = new ChatFlood();
        let nowMs = 0;
        let taken = 0;
        for (const [i, pause] of pauses.entries()) {
          nowMs += pause;
          const spent = flood.spend('a', 'sos', words(i), nowMs);
          if (spent.ok) taken += 1;
          else {
            expect(flood.spend('a', 'sos', words(i), nowMs + spent.retryAfterMs - 1).ok).toBe(false);
            nowMs += spent.retryAfterMs;
            expect(flood.spend('a', 'sos', words(i), nowMs).ok).toBe(true);
            taken += 1;
          }
          expect(taken).toBeLessThanOrEqual(BURST + nowMs / REFILL_MS);
        }
      }),
    );
  });

  test('does not take the same words a sixth time within a minute', () => {
    const flood = new ChatFlood();
    const say = (text: string, nowMs: number) => flood.spend('a', 'sos', text, nowMs);
    for (let i = 0; i < SAME_MAX; i++) expect(say('HELP', i * 1_000).ok).toBe(true);
    expect(say('HELP', 10_000)).toMatchObject({
      ok: false,
      reason: 'repeated',
      retryAfterMs: SAME_WINDOW_MS - 10_000,
    });
    expect(say('the door is open', 11_000).ok).toBe(true);
    expect(say('HELP', 12_000).ok).toBe(true);
  });

  test('takes no more of somebody on two nodes than of somebody on one, once each has heard of the other', () => {
    const nodes = [new ChatFlood(), new ChatFlood()];
    let [seq, taken, nowMs] = [0, 0, 0];
    for (; nowMs < 60_000; nowMs += 100) {
      const heard: (() => void)[] = [];
      nodes.forEach((node, i) => {
        const text = words(nowMs + i);
        if (!node.spend('a', 'sos', text, nowMs).ok) return;
        taken += 1;
        const message = { userId: 'a', sosId: 'sos', text, seq: ++seq };
        node.heard(message, 'here', nowMs);
        // The tail brings everything to everybody, what the bus has told already too.
        for (const other of nodes) heard.push(() => other.heard(message, 'elsewhere', nowMs + 50));
        heard.push(() => nodes[1 - i]?.heard(message, 'elsewhere', nowMs + 60));
      });
      for (const tell of heard) tell();
    }
    expect(taken).toBeGreaterThan(BURST);
    expect(taken).toBeLessThanOrEqual(BURST + nowMs / REFILL_MS + 1);
  });

  test('counts a message once that the log told of before the store had answered', () => {
    const flood = new ChatFlood();
    const message = { userId: 'a', sosId: 'sos', text: 'x', seq: 1 };
    expect(flood.spend('a', 'sos', 'x', 0).ok).toBe(true);
    flood.heard(message, 'elsewhere', 0);
    flood.heard(message, 'here', 0);
    for (let i = 1; i < BURST; i++) expect(flood.spend('a', 'sos', words(i), 0).ok).toBe(true);
    expect(flood.spend('a', 'sos', 'one more', 0).ok).toBe(false);
  });

  test('is one of one person and one SOS', () => {
    const flood = new ChatFlood();
    for (let i = 0; i < BURST; i++) flood.spend('a', 'sos', words(i), 0);
    expect(flood.spend('a', 'sos', 'x', 0).ok).toBe(false);
    expect(flood.spend('b', 'sos', 'x', 0).ok).toBe(true);
    expect(flood.spend('a', 'other', 'x', 0).ok).toBe(true);
  });

  test('what was not stored does not count', () => {
    const flood = new ChatFlood();
    for (let i = 0; i < 100; i++) {
      const spent = flood.spend('a', 'sos', 'the same', 0);
      expect(spent.ok).toBe(true);
      if (spent.ok) spent.giveBack();
    }
  });

  test('is news once in ten minutes', () => {
    const flood = new ChatFlood();
    for (let i = 0; i < BURST; i++) flood.spend('a', 'sos', words(i), 0);
    const isNews = (nowMs: number) => {
      for (;;) {
        const spent = flood.spend('a', 'sos', words(Math.round(nowMs)), nowMs);
        if (!spent.ok) return spent.isNews;
      }
    };
    expect([isNews(0), isNews(1), isNews(599_999), isNews(600_000)]).toEqual([true, false, false, true]);
  });
});
