/**
 * Rows as columns, for `unnest($1::…[], $2::…[])`: one statement and few parameters however many rows there are. What is
 * written thousands of times a second goes by `arraysOf` instead.
 */
export function columnsOf<Row>(
  rows: readonly Row[],
  columns: readonly ((row: Row) => string | number | boolean | null)[],
): unknown[] {
  return columns.map((column) => rows.map(column));
}
