import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ManualClock } from '../lib/clock.ts';
import { type RECENT_LOG_LIMITS, RecentLog } from './recent-log.ts';
import type { LogEvent } from './types.ts';

const INBOX = 'inbox:a';
const event = (seq: number, stream = INBOX): LogEvent => ({
  stream,
  seq,
  atMs: 0,
  actorId: null,
  type: 't',
  data: null,
});

const begun = (limits: Partial<typeof RECENT_LOG_LIMITS> = {}) => {
  const clock = new ManualClock();
  const recent = new RecentLog(
    clock,
    { xminXid: 90, xmaxXid: 100 },
    { keptMs: 60_000, streamsMax: 1_000, eventsMax: 100, ...limits },
  );
  const look = (xid: number) => {
    recent.begin();
    recent.end({ xminXid: xid, xmaxXid: xid });
  };
  const seqs = (afterSeq: number, heard: Parameters<RecentLog['after']>[2] = null) =>
    recent.after(INBOX, afterSeq, heard)?.map(({ seq }) => seq) ?? null;
  return { clock, recent, look, seqs };
};

describe('the end of the log', () => {
  test('is what comes after a number, once each and in order, however it was heard', () => {
    const { recent, seqs } = begun();
    for (const seq of [5, 7, 6, 6, 5]) recent.take(event(seq));
    expect([seqs(4), seqs(5), seqs(7)]).toEqual([[5, 6, 7], [6, 7], []]);
  });

  test('does not say what it does not hold all of', () => {
    const { recent, seqs } = begun();
    expect(seqs(4)).toBeNull();
    recent.take(event(5));
    recent.take(event(7));
    expect([seqs(3), seqs(5), seqs(8)]).toEqual([null, null, null]);
  });

  test('takes the word of a token about a stream that was silent since', () => {
    const { look, seqs } = begun();
    look(120);
    expect(seqs(9, { seq: 9, xid: 110 })).toEqual([]);
    // Of a time that this node does not know; behind what was heard; ahead of it.
    expect(seqs(9, { seq: 9, xid: 99 })).toBeNull();
    expect(seqs(8, { seq: 9, xid: 110 })).toBeNull();
    expect(seqs(10, { seq: 9, xid: 110 })).toBeNull();
  });

  test('adds what was heard after the token was made', () => {
    const { recent, seqs } = begun();
    recent.take(event(10));
    recent.take(event(11));
    expect([seqs(9, { seq: 9, xid: 110 }), seqs(10, { seq: 9, xid: 110 })]).toEqual([[10, 11], [11]]);
  });

  test('says nothing of what has gone with time', () => {
    const { clock, recent, look, seqs } = begun();
    recent.take(event(10));
    for (const xid of [200, 300, 400]) {
      clock.advance(60_000);
      recent.take(event(1, 'sos:b'));
      look(xid);
    }
    // What was heard at first is below 200: a token from before that may miss it.
    expect(seqs(9)).toBeNull();
    expect(seqs(9, { seq: 9, xid: 150 })).toBeNull();
    expect(seqs(9, { seq: 9, xid: 350 })).toEqual([]);
  });

  test('holds so many events, and the numbers of more', () => {
    const { recent, seqs } = begun({ eventsMax: 2 });
    for (const seq of [5, 6, 7]) recent.take(event(seq));
    expect([seqs(4), seqs(5), seqs(7)]).toEqual([null, [6, 7], []]);
  });

  test('never says that nothing is missing when something is', () => {
    const streams = ['inbox:a', 'inbox:b', 'inbox:c'];
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ what: fc.constant('event' as const), of: fc.nat({ max: 2 }) }) },
      {
        weight: 2,
        arbitrary: fc.record({ what: fc.constant('look' as const), passMs: fc.nat({ max: 50_000 }) }),
      },
      { weight: 1, arbitrary: fc.record({ what: fc.constant('hear' as const) }) },
      {
        weight: 4,
        arbitrary: fc.record({
          what: fc.constant('ask' as const),
          of: fc.nat({ max: 2 }),
          ago: fc.nat({ max: 40 }),
          behind: fc.nat({ max: 3 }),
        }),
      },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
        const { clock, recent } = begun({ streamsMax: 2, eventsMax: 3 });
        let xid = 100;
        const log: { stream: string; seq: number; xid: number }[] = [];
        const heads = new Map<string, number>();
        let told = 0;
        const hear = () => {
          for (const one of log.slice(told)) recent.take(event(one.seq, one.stream));
          told = log.length;
        };
        for (const one of steps) {
          xid += 1;
          if (one.what === 'event') {
            const stream = streams[one.of] ?? '';
            const seq = (heads.get(stream) ?? 0) + 1;
            heads.set(stream, seq);
            log.push({ stream, seq, xid });
          } else if (one.what === 'hear') hear();
          else if (one.what === 'look') {
            clock.advance(one.passMs);
            recent.begin();
            hear();
            recent.end({ xminXid: xid, xmaxXid: xid });
          } else {
            const stream = streams[one.of] ?? '';
            const since = xid - one.ago;
            const seqBefore = (limit: number) =>
              log.filter((e) => e.stream === stream && e.xid < limit).at(-1)?.seq ?? 0;
            const heard = { seq: seqBefore(since), xid: since };
            const after = Math.max(
              0,
              (log
                .slice(0, told)
                .filter((e) => e.stream === stream)
                .at(-1)?.seq ?? 0) - one.behind,
            );
            const missed = recent.after(stream, after, heard)?.map(({ seq }) => seq);
            if (!missed) continue;
            const known = log.slice(0, told).filter((e) => e.stream === stream && e.seq > after);
            expect(missed.length).toBeGreaterThanOrEqual(known.length);
            expect(missed).toEqual(missed.map((_, i) => after + 1 + i));
          }
        }
      }),
    );
  });
});
