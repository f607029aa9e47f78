import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { parse } from 'csv-parse/sync';
import { UsageError } from './usage-error.ts';

/** A row as its cells, or null when it could not be read as one. */
export type Row = readonly string[] | null;

/** Lines read at once while all is well. */
const BLOCK_LINES = 512;
/** A quoted cell may run over this many lines; a quote that is still open then is taken for a slip. */
const ROW_LINES_MAX = 16;

/** The header of a CSV file and its rows, read as a stream. A missing file or header is a {@link UsageError}. */
export async function openCsv(
  path: string,
): Promise<{ header: readonly string[]; rows: AsyncIterable<Row>; close(): void }> {
  const stream = createReadStream(path, 'utf8');
  const lines = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })[
    Symbol.asyncIterator
  ]();
  let first: IteratorResult<string>;
  try {
    first = await opened(stream).then(() => lines.next());
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    throw new UsageError(`${path} can't be read (${typeof code === 'string' ? code : 'unknown error'}).`);
  }
  const records = first.done ? 'bad' : recordsOf([first.value.replace(/^\uFEFF/, '')]);
  const header = Array.isArray(records) ? records[0] : undefined;
  if (!header || header.length < 2) {
    stream.destroy();
    throw new UsageError(`${path} does not begin with a line of comma-separated column names.`);
  }
  return { header, rows: rowsOf(lines, header.length), close: () => stream.destroy() };
}

function opened(stream: ReturnType<typeof createReadStream>): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.once('readable', resolve);
    stream.once('end', resolve);
    stream.once('error', reject);
  });
}

/**
 * Rows out of lines. Whole blocks are parsed at once; a block with anything odd in it is read again row by row, so
 * that a stray quote costs its own line and never swallows the rest of the file, as a parser left alone would.
 */
export async function* rowsOf(
  lines: AsyncIterator<string> | Iterator<string>,
  width: number,
): AsyncGenerator<Row> {
  let pending: string[] = [];
  for (;;) {
    const next = await lines.next();
    if (!next.done) pending.push(next.value);
    if (!next.done && pending.length < BLOCK_LINES) continue;
    const read = readBlock(pending, width, next.done === true);
    yield* read.rows;
    pending = read.left;
    if (next.done) return;
  }
}

function readBlock(lines: string[], width: number, isLast: boolean): { rows: Row[]; left: string[] } {
  const whole = recordsOf(lines);
  if (Array.isArray(whole) && whole.every((row) => row.length === width)) return { rows: whole, left: [] };
  const rows: Row[] = [];
  let at = 0;
  while (at < lines.length) {
    const one = readOne(lines, at, width);
    if (one === 'needs_more' && !isLast) break;
    if (one === 'blank') at += 1;
    else if (one === 'needs_more' || one === 'bad') {
      rows.push(null);
      at += 1;
    } else {
      rows.push(one.row);
      at += one.lines;
    }
  }
  return { rows, left: lines.slice(at) };
}

type One = { row: Row; lines: number } | 'blank' | 'bad' | 'needs_more';

function readOne(lines: readonly string[], at: number, width: number): One {
  if (lines[at] === '') return 'blank';
  for (let span = 1; span <= ROW_LINES_MAX; span++) {
    if (at + span > lines.length) return 'needs_more';
    const records = recordsOf(lines.slice(at, at + span));
    if (records === 'open') continue;
    const row = records === 'bad' ? undefined : records[0];
    return row?.length === width && records.length === 1 ? { row, lines: span } : 'bad';
  }
  return 'bad';
}

/** The records of some lines; `open` when a quote is still open at their end; `bad` when they are not CSV. */
function recordsOf(lines: readonly string[]): string[][] | 'open' | 'bad' {
  try {
    return parse(lines.join('\n'), { relax_column_count: true, skip_empty_lines: true });
  } catch (error) {
    return (error as { code?: unknown }).code === 'CSV_QUOTE_NOT_CLOSED' ? 'open' : 'bad';
  }
}
