export type CsvValue = string | number | boolean | null;

/** What a spreadsheet would take for a formula; quoting does not keep it from that. */
const FORMULA = /^[=+\-@\t\r]/;

/** One line of RFC 4180, with its end. A text that begins like a formula gets an apostrophe in front. */
export function csvLine(values: readonly CsvValue[]): string {
  return `${values.map(cell).join(',')}\r\n`;
}

function cell(value: CsvValue): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
