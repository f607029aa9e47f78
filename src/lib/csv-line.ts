import { parse } from 'csv-parse/sync';

const DELIMITERS = [',', ';', '\t'] as const;
export type Delimiter = (typeof DELIMITERS)[number];

/** What stands between the names of a header: whatever there is most of, outside quotes. */
export function delimiterOf(header: string): Delimiter {
  const bare = header.replace(/"[^"]*"/g, '');
  const count = (one: string) => bare.split(one).length;
  return DELIMITERS.toSorted((a, b) => count(b) - count(a))[0] ?? ',';
}

/** The cells of one line (RFC 4180, with any delimiter); null when a quote in it is a slip. A row has one line here. */
export function cellsOf(line: string, delimiter: Delimiter): string[] | null {
  if (!line.includes('"')) return line.split(delimiter);
  try {
    const records: string[][] = parse(line, { delimiter, relax_column_count: true });
    return records[0] ?? null;
  } catch {
    return null;
  }
}
