import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ReadyFilter } from './ready-filter.ts';

const framed = (letter: string, body: Uint8Array): Buffer => {
  const header = Buffer.alloc(5);
  header.write(letter);
  header.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([header, body]);
};
const ready = (status: string) => framed('Z', Buffer.from(status));
const other = fc
  .tuple(fc.constantFrom('D', 'C', '1', 'E', 'T'), fc.uint8Array({ maxLength: 40 }))
  .map(([letter, body]) => framed(letter, body));
const message = fc.oneof(other, fc.constantFrom('I', 'T', 'E').map(ready));

function cut(bytes: Buffer, at: readonly number[]): Buffer[] {
  const borders = [0, ...at.map((n) => n % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return borders.slice(1).map((end, i) => bytes.subarray(borders[i], end));
}

test('however the answer is cut up, all of it passes but ReadyForQuery, of which the last is kept', () => {
  fc.assert(
    fc.property(
      fc.array(message, { maxLength: 12 }),
      fc.array(fc.nat(400), { maxLength: 8 }),
      (messages, at) => {
        const filter = new ReadyFilter();
        const passed = cut(Buffer.concat(messages), at).map((piece) => Buffer.from(filter.push(piece)));
        const isReady = (m: Buffer) => m[0] === 'Z'.charCodeAt(0);
        expect(Buffer.concat(passed)).toEqual(Buffer.concat(messages.filter((m) => !isReady(m))));
        const last = messages.filter(isReady).at(-1);
        expect(filter.last && Buffer.from(filter.last)).toEqual(last);
      },
    ),
  );
});
