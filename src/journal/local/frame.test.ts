import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeFrame, type Frame, scanFrames } from './frame.ts';

const entry = fc.record({
  lane: fc.integer({ min: 0, max: 255 }),
  id: fc.uuid(),
  payload: fc.uint8Array({ maxLength: 60 }),
});
const frames = fc
  .array(fc.array(entry, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 })
  .map((all) => all.map((entries, i): Frame => ({ seq: i + 1, entries })));
const written = (all: readonly Frame[]) => Buffer.concat(all.map(encodeFrame));

describe('the frames of a local journal', () => {
  test('come back as they were written', () => {
    fc.assert(
      fc.property(frames, (all) => {
        const bytes = written(all);
        expect(scanFrames(bytes)).toEqual({ frames: all, damage: [], endsAt: bytes.length });
      }),
    );
  });

  test('of a file that was cut off anywhere, those that are whole come back and nothing else', () => {
    fc.assert(
      fc.property(frames, fc.nat(), (all, cut) => {
        const bytes = written(all);
        const cutAt = cut % bytes.length;
        const { frames: found, damage, endsAt } = scanFrames(bytes.subarray(0, cutAt));
        expect(found).toEqual(all.slice(0, found.length));
        expect(damage).toEqual([]);
        expect(endsAt).toBe(written(found).length);
        expect(written(all.slice(0, found.length + 1)).length).toBeGreaterThan(cutAt);
      }),
    );
  });

  test('of a write that reached the disk in part, in whatever order, nothing comes back but whole frames', () => {
    fc.assert(
      fc.property(frames, fc.nat(), fc.nat(), (all, from, length) => {
        const bytes = written(all);
        const start = from % bytes.length;
        bytes.fill(0, start, Math.min(bytes.length, start + 1 + (length % bytes.length)));
        for (const found of scanFrames(bytes).frames) expect(found).toEqual(all[found.seq - 1]);
      }),
    );
  });

  test('one flipped bit costs the frame it is in, is reported, and costs no other', () => {
    fc.assert(
      fc.property(frames, fc.nat(), fc.integer({ min: 0, max: 7 }), (all, where, bit) => {
        const bytes = written(all);
        const at = where % bytes.length;
        bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
        const hit = all.findIndex((_, i) => written(all.slice(0, i + 1)).length > at);
        const scanned = scanFrames(bytes);
        expect(scanned.frames).toEqual(all.filter((_, i) => i !== hit));
        const isLast = hit === all.length - 1;
        expect(scanned.damage).toHaveLength(isLast ? 0 : 1);
        expect(scanned.endsAt).toBe(isLast ? written(all.slice(0, -1)).length : bytes.length);
      }),
    );
  });

  test('whatever is in a file, reading it ends and promises nothing that is not there', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (noise) => {
        expect(scanFrames(Buffer.from(noise)).frames).toEqual([]);
      }),
    );
  });
});
