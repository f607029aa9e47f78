import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RingBuffer } from './ring-buffer.ts';

describe('a ring buffer', () => {
  test('is a queue: it answers like an array through any mix of steps', () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.record({ do: fc.constant('push' as const), item: fc.integer() }) },
      { weight: 4, arbitrary: fc.record({ do: fc.constant('shift' as const) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('peek' as const) }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300, size: 'max' }), (steps) => {
        const ring = new RingBuffer<number>();
        const model: number[] = [];
        for (const next of steps) {
          if (next.do === 'push') {
            ring.push(next.item);
            model.push(next.item);
          } else if (next.do === 'shift') expect(ring.shift()).toBe(model.shift());
          else expect(ring.peek()).toBe(model[0]);
          expect(ring.size).toBe(model.length);
        }
        expect([...ring]).toEqual(model);
      }),
    );
  });

  test('keeps the order while it grows from the middle', () => {
    const ring = new RingBuffer<number>();
    for (let i = 0; i < 16; i++) ring.push(i);
    for (let i = 0; i < 10; i++) ring.shift();
    for (let i = 16; i < 100; i++) ring.push(i);
    expect([...ring]).toEqual(Array.from({ length: 90 }, (_, i) => i + 10));
  });

  test('works on after it was emptied of thousands', () => {
    const ring = new RingBuffer<number>();
    for (let i = 0; i < 5_000; i++) ring.push(i);
    for (let i = 0; i < 5_000; i++) expect(ring.shift()).toBe(i);
    expect(ring.shift()).toBeUndefined();
    ring.push(7);
    expect([...ring]).toEqual([7]);
  });

  test('is empty once cleared', () => {
    const ring = new RingBuffer<string>();
    ring.push('a');
    ring.clear();
    expect([ring.size, ring.peek(), ring.shift()]).toEqual([0, undefined, undefined]);
  });
});
