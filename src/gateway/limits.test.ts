import { describe, expect, test } from 'vitest';
import { Ceiling, classOf, TokenBucket } from './limits.ts';

describe('a token bucket', () => {
  test('gives its burst at once, then says exactly how long to wait', () => {
    const bucket = new TokenBucket({ burst: 3, perSecond: 4 });
    expect([0, 0, 0, 0].map((at) => bucket.take(at))).toEqual([0, 0, 0, 250]);
    expect(bucket.take(249)).toBe(1);
    expect(bucket.take(250)).toBe(0);
  });

  test('never holds more than its burst, however long nobody came', () => {
    const bucket = new TokenBucket({ burst: 2, perSecond: 10 });
    expect([1e9, 1e9, 1e9].map((at) => bucket.take(at))).toEqual([0, 0, 100]);
  });
});

describe('a ceiling', () => {
  test('lets in so many per key, and takes each back once', () => {
    const ceiling = new Ceiling(2);
    const leave = ceiling.enter('a');
    expect([ceiling.enter('a') === null, ceiling.enter('a'), ceiling.enter('b') === null]).toEqual([
      false,
      null,
      false,
    ]);
    leave?.();
    leave?.();
    expect([ceiling.enter('a') === null, ceiling.enter('a')]).toEqual([false, null]);
  });

  test('remembers nobody who has left', () => {
    const ceiling = new Ceiling(1);
    ceiling.enter('a')?.();
    expect(ceiling.keys).toBe(0);
  });
});

test('an SOS has no class: it is never limited', () => {
  expect(classOf('sos.create')).toBeNull();
  expect(classOf('offer.accept')).toBe('command');
});
