import type { ComponentChildren } from 'preact';

export interface Column<Row> {
  readonly label: string;
  readonly cell: (row: Row) => ComponentChildren;
  /** For numbers. */
  readonly right?: boolean;
}

interface TableProps<Row> {
  /** What it is a table of, for screen readers. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string | number;
  readonly isUrgent?: (row: Row) => boolean;
  /** Shown instead where there is no row. */
  readonly empty: ComponentChildren;
}

/** A table; on a narrow screen each row is a block with its labels. Roles are stated because blocks lose them. */
export function Table<Row>({ label, columns, rows, keyOf, isUrgent = () => false, empty }: TableProps<Row>) {
  if (rows.length === 0) return <p class="empty">{empty}</p>;
  return (
    <table class="table" role="table" aria-label={label}>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map((column) => (
            <th key={column.label} scope="col" role="columnheader" data-right={String(column.right ?? false)}>
              {column.label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <tr key={keyOf(row)} role="row" data-urgent={String(isUrgent(row))}>
            {columns.map((column) => (
              <td
                key={column.label}
                role="cell"
                data-label={column.label}
                data-right={String(column.right ?? false)}
              >
                {column.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
