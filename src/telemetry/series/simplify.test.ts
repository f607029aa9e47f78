import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { destination } from '../../geo/lat-lng.ts';
import { simplified, TrackSimplifier } from './simplify.ts';

const point = fc.record({
  lat: fc.double({ min: -90, max: 90, noNaN: true }),
  lng: fc.double({ min: -180, max: 180, noNaN: true }),
});

describe('a simplified track', () => {
  test('is as short as asked, in order, made of points that were there, with both ends', () => {
    fc.assert(
      fc.property(fc.array(point, { maxLength: 200 }), fc.integer({ min: 2, max: 60 }), (points, most) => {
        const kept = simplified(points, most);
        expect(kept.length).toBe(Math.min(points.length, most));
        const places = kept.map((one) => points.indexOf(one));
        expect(places).toEqual([...places].sort((a, b) => a - b));
        expect(kept[0]).toBe(points[0]);
        expect(kept.at(-1)).toBe(points.at(-1));
      }),
    );
  });

  test('keeps the corners of a way, wherever on earth it is', () => {
    for (const start of [
      { lat: 47, lng: 7 },
      { lat: -17, lng: 179.999 },
    ]) {
      const east = Array.from({ length: 50 }, (_, i) => destination(start, 90, i * 20));
      const corner = east.at(-1) ?? start;
      const north = Array.from({ length: 50 }, (_, i) => destination(corner, 0, (i + 1) * 20));
      expect(simplified([...east, ...north], 3)[1]).toEqual(corner);
    }
  });

  test('of two hundred thousand points is made while they come in, in bounded memory', () => {
    const simplifier = new TrackSimplifier(1_000);
    const count = 200_000;
    for (let i = 0; i < count; i++) simplifier.take({ lat: Math.sin(i / 1_000), lng: i / 10_000 });
    const kept = simplifier.end();
    expect(kept).toHaveLength(1_000);
    expect(kept.at(-1)).toEqual({ lat: Math.sin((count - 1) / 1_000), lng: (count - 1) / 10_000 });
    const highest = Math.max(...kept.map(({ lat }) => lat));
    expect(highest).toBeGreaterThan(0.999);
  });
});
