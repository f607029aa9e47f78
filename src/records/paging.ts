import type { Row } from './rows.ts';

/** About so much is made, sent and read at once; what comes after it is on the next page. A record of the longest texts is 60 kB. */
export const PAGE_BYTES = 1_048_576;

/** The first of the rows that fit on a page, at least one, of at most so many. */
export function fitting<R extends object>(rows: readonly R[], most: number): readonly R[] {
  let bytes = 0;
  let count = 0;
  for (const row of rows.slice(0, most)) {
    bytes += sizeOf(row);
    if (bytes > PAGE_BYTES && count > 0) break;
    count += 1;
  }
  return rows.slice(0, count);
}

const NUMBER_BYTES = 12;
/** A text so short may be as long in bytes as it likes: to count each would take longer than to send it. */
const SHORT = 256;

/** How many bytes a value is as JSON, about. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length > SHORT ? Buffer.byteLength(value) : value.length;
  if (typeof value !== 'object' || value === null) return NUMBER_BYTES;
  let bytes = 0;
  // Rows have one shape, whose names this asks for once.
  for (const name in value) bytes += NUMBER_BYTES + sizeOf((value as Row)[name]);
  return bytes;
}
