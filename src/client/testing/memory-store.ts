import type { FixRow } from '../fix.ts';
import type { KeptTelemetry, Numbering, TelemetryStore, TelemetryWrite } from '../telemetry-store.ts';

/** A store in memory that outlives its clients, and whose writes can be made to hang, fail or get lost. */
export class MemoryStore<Row = FixRow> implements TelemetryStore<Row> {
  writes = 0;
  behaviour: 'good' | 'failing' | 'hanging' = 'good';
  readonly #rows = new Map<number, Row>();
  #numbering: Numbering | null = null;

  async load(): Promise<KeptTelemetry<Row> | null> {
    await this.#behave();
    if (!this.#numbering) return null;
    const rows = [...this.#rows].sort(([a], [b]) => a - b).map(([key, row]) => ({ key, row }));
    return { numbering: this.#numbering, rows };
  }

  async write(change: TelemetryWrite<Row>): Promise<void> {
    await this.#behave();
    this.writes += 1;
    for (const { key, row } of change.put) this.#rows.set(key, row);
    for (const key of change.remove) this.#rows.delete(key);
    this.#numbering = change.numbering;
  }

  #behave(): Promise<void> {
    if (this.behaviour === 'hanging') return new Promise(() => {});
    return this.behaviour === 'good' ? Promise.resolve() : Promise.reject(new Error('disk full'));
  }
}
