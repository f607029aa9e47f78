import { describe, expect, test } from 'vitest';
import type { UpFrame } from '../protocol/up.ts';
import { Tails } from './tails.ts';

const ADA = '00000000-0000-4000-8000-00000000000a';

function begin() {
  const sent: UpFrame[] = [];
  const told: string[] = [];
  const tails = new Tails({ send: (frame) => sent.push(frame) > 0, guarded: (fn) => fn() });
  const handlers = {
    onState: ({ doubted }: { doubted: number }) => told.push(`state ${doubted}`),
    onEnd: (reason: string) => told.push(`end ${reason}`),
  };
  return { tails, sent, told, handlers };
}

describe('following vital signs', () => {
  test('is asked for on each connection, in lower case, until it is ended', () => {
    const { tails, sent, told, handlers } = begin();
    const stop = tails.follow(ADA.toUpperCase(), ['spo2Pct'], handlers);
    expect(sent).toEqual([]);
    tails.opened();
    tails.closed();
    tails.opened();
    const asked = ['tail', { personId: ADA, vitals: ['spo2Pct'] }];
    expect(sent).toEqual([asked, asked]);
    tails.state({ personId: ADA, values: [], doubted: 3 });
    stop();
    stop();
    tails.state({ personId: ADA, values: [], doubted: 4 });
    tails.ended({ personId: ADA, reason: 'asked' });
    expect(sent.slice(2)).toEqual([['untail', { personId: ADA }]]);
    expect(told).toEqual(['state 3']);
  });

  test('of one person is once at a time, and again after its end', () => {
    const { tails, told, handlers } = begin();
    tails.opened();
    tails.follow(ADA, undefined, handlers);
    expect(() => tails.follow(ADA, undefined, handlers)).toThrow(
      expect.objectContaining({ code: 'too_many' }),
    );
    tails.ended({ personId: ADA, reason: 'not_entitled' });
    expect(told).toEqual(['end not_entitled']);
    tails.follow(ADA, undefined, handlers);
  });

  test('that is stopped and begun anew is not ended by the answer to the stop', () => {
    const { tails, told, handlers } = begin();
    tails.opened();
    tails.follow(ADA, undefined, handlers)();
    tails.follow(ADA, undefined, handlers);
    tails.ended({ personId: ADA, reason: 'asked' });
    tails.state({ personId: ADA, values: [], doubted: 1 });
    expect(told).toEqual(['state 1']);
  });
});
