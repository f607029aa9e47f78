import { setText } from './dom.ts';

export interface Line {
  readonly id: string;
  readonly cells: readonly string[];
  readonly urgent?: boolean;
}

/** A table whose rows are kept by id and only changed where they differ. */
export class LiveTable {
  readonly #labels: readonly string[];
  readonly #body: HTMLTableSectionElement;
  readonly #rows = new Map<string, HTMLTableRowElement>();

  constructor(table: HTMLTableElement, labels: readonly string[]) {
    this.#labels = labels;
    // Stated because a narrow screen shows rows as blocks, which would otherwise stop being a table for readers.
    table.setAttribute('role', 'table');
    const head = table.createTHead().insertRow();
    head.setAttribute('role', 'row');
    for (const label of labels) {
      const cell = document.createElement('th');
      cell.scope = 'col';
      cell.setAttribute('role', 'columnheader');
      cell.textContent = label;
      head.append(cell);
    }
    this.#body = table.createTBody();
    this.#body.setAttribute('role', 'rowgroup');
  }

  show(lines: readonly Line[]): void {
    const wanted = new Set(lines.map((line) => line.id));
    for (const [id, row] of this.#rows) {
      if (wanted.has(id)) continue;
      row.remove();
      this.#rows.delete(id);
    }
    lines.forEach((line, place) => {
      const row = this.#rowOf(line.id);
      row.dataset.urgent = String(line.urgent ?? false);
      line.cells.forEach((text, i) => {
        const cell = row.cells[i];
        if (cell) setText(cell, text);
      });
      const there = this.#body.rows[place];
      if (there !== row) this.#body.insertBefore(row, there ?? null);
    });
  }

  /** A cell of a row that is shown, for what is no text. */
  cell(id: string, column: number): HTMLTableCellElement | undefined {
    return this.#rows.get(id)?.cells[column];
  }

  #rowOf(id: string): HTMLTableRowElement {
    const known = this.#rows.get(id);
    if (known) return known;
    const row = document.createElement('tr');
    row.setAttribute('role', 'row');
    for (const label of this.#labels) {
      const cell = row.insertCell();
      cell.setAttribute('role', 'cell');
      cell.dataset.label = label;
    }
    this.#rows.set(id, row);
    return row;
  }
}
