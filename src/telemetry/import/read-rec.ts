import { messageOf } from '../apps/owntracks.ts';
import { isFields } from '../apps/values.ts';
import { type ImportRow, otherRow, refusedRow } from './import-row.ts';

/** Lines longer than this are none of the recorder's: it stores no pictures. */
const LINE_CHARS_MAX = 1_000_000;

/**
 * Lines of an OwnTracks recorder file: when it was received, what kind it was padded with blanks, and the JSON that was
 * received, with tabs between. `*` is a location; wills, waypoints and the like have kinds of their own.
 */
export async function* readRec(lines: AsyncIterable<string>): AsyncGenerator<ImportRow> {
  let line = 0;
  for await (const text of lines) {
    line += 1;
    if (text.trim() !== '') yield rowOf(line, text);
  }
}

function rowOf(line: number, text: string): ImportRow {
  const begins = text.indexOf('{');
  if (begins < 0 || text.length > LINE_CHARS_MAX) return refusedRow(line, 'no JSON');
  let read: unknown;
  try {
    read = JSON.parse(text.slice(begins));
  } catch {
    return refusedRow(line, 'no JSON');
  }
  if (!isFields(read)) return refusedRow(line, 'no JSON object');
  // A location without its time can't be now: it is an old file.
  if (read._type === 'location' && read.tst === undefined) return refusedRow(line, 'tst: is missing');
  const { fix, without, problem } = messageOf(read, 0);
  if (fix) return { line, fix };
  return without === 'invalid' ? refusedRow(line, problem ?? 'no position') : otherRow(line);
}
