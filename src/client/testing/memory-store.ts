import type { FixRow } from '../fix.ts';
import type { KeptTelemetry, Numbering, TelemetryStore, TelemetryWrite } from '../telemetry-store.ts';

/** A store in memory that outlives its clients, and whose writes can be made to hang, fail or get lost. */
export class MemoryStore implements TelemetryStore {
  writes = 0;
  behaviour: 'good' | 'failing' | 'hanging' = 'good';
  readonly #fixes = new Map<number, FixRow>();
  #numbering: Numbering | null = null;

  async load(): Promise<KeptTelemetry | null> {
    await this.#behave();
    if (!this.#numbering) return null;
    const fixes = [...this.#fixes].sort(([a], [b]) => a - b).map(([key, row]) => ({ key, row }));
    return { numbering: this.#numbering, fixes };
  }

  async write(change: TelemetryWrite): Promise<void> {
    await this.#behave();
    this.writes += 1;
    for (const { key, row } of change.put) this.#fixes.set(key, row);
    for (const key of change.remove) this.#fixes.delete(key);
    this.#numbering = change.numbering;
  }

  #behave(): Promise<void> {
    if (this.behaviour === 'hanging') return new Promise(() => {});
    return this.behaviour === 'good' ? Promise.resolve() : Promise.reject(new Error('disk full'));
  }
}
