import fc from 'fast-check';
import { expect, test } from 'vitest';
import { uuidV7Maker, writeUuid } from './ids.ts';
import { seededRandom } from './random.ts';
import { NOT_THERE, UuidTable } from './uuid-table.ts';

function bytesOf(uuid: string): DataView {
  const bytes = Buffer.alloc(19);
  writeUuid(uuid, bytes, 3);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const counted = (n: number) => `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;

test('answers as a Map of strings does, whatever was set in whatever order', () => {
  const newId = uuidV7Maker(() => 1_750_000_000_000, seededRandom(5));
  const made = Array.from({ length: 300 }, newId);
  const ids = [...made, ...Array.from({ length: 300 }, (_, n) => counted(n)), ...made.map(mirrored)];
  const steps = fc.array(fc.tuple(fc.nat(ids.length - 1), fc.nat(2 ** 31 - 1)), { maxLength: 400 });
  fc.assert(
    fc.property(steps, (all) => {
      const [table, map] = [new UuidTable(), new Map<string, number>()];
      for (const [i, value] of all) {
        table.set(ids[i] ?? '', value);
        map.set(ids[i] ?? '', value);
      }
      expect(table.size).toBe(map.size);
      for (const id of ids) expect(table.get(bytesOf(id), 3)).toBe(map.get(id) ?? NOT_THERE);
    }),
    { seed: 20_261_126, numRuns: 10 },
  );
});

/** Differs in the first half only, so that it falls on the same slot. */
const mirrored = (id: string) => `ffffffff${id.slice(8)}`;

test('takes nothing that is no UUID', () => {
  expect(() => new UuidTable().set('ada', 1)).toThrow('a UUID');
  expect(() => new UuidTable().set(counted(1), -1)).toThrow('a UUID');
});
