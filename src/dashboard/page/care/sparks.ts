import { type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { CareRow, VitalName } from '../../../client/index.ts';
import { type Point, withPoint } from '../../sparkline.ts';
import { STREAMS } from '../../vital-signs.ts';
import type { Session } from '../ui/open-session.ts';

export const SPARK_MS = 2 * 3_600_000;
const POINTS = 80;
const AT_ONCE = 3;

export type Lines = ReadonlyMap<VitalName, readonly Point[]>;

/** The lines of the last two hours: read once for who is in sight, then drawn on by what the feed tells. */
export class Sparks {
  readonly #session: Session;
  readonly #lines = new Map<string, Signal<Lines>>();
  readonly #waiting: string[] = [];
  readonly #asked = new Set<string>();
  #running = 0;

  constructor(session: Session) {
    this.#session = session;
  }

  of(personId: string): ReadonlySignal<Lines> {
    return this.#signalOf(personId);
  }

  /** Their tile has come into sight. */
  want(personId: string): void {
    if (this.#asked.has(personId)) return;
    this.#asked.add(personId);
    this.#waiting.push(personId);
    this.#next();
  }

  /** A row of the feed: its values are the newest points. */
  told({ personId, values }: CareRow): void {
    const line = this.#signalOf(personId);
    const fromMs = Date.now() - SPARK_MS;
    let grown: Map<VitalName, readonly Point[]> | null = null;
    for (const vital of STREAMS) {
      const known = values[vital];
      if (typeof known?.value !== 'number') continue;
      const before = line.value.get(vital) ?? [];
      const after = withPoint(before, [known.atMs, known.value], fromMs);
      if (after !== before) grown = (grown ?? new Map(line.value)).set(vital, after);
    }
    if (grown) line.value = grown;
  }

  /** After a time without connection what was missed is read again. */
  again(): void {
    this.#asked.clear();
    for (const personId of this.#lines.keys()) this.want(personId);
  }

  #signalOf(personId: string): Signal<Lines> {
    const known = this.#lines.get(personId) ?? signal<Lines>(new Map());
    this.#lines.set(personId, known);
    return known;
  }

  #next(): void {
    const personId = this.#running < AT_ONCE ? this.#waiting.shift() : undefined;
    if (personId === undefined) return;
    this.#running += 1;
    // Without its lines a tile still has every number.
    void this.#read(personId)
      .catch(() => {})
      .finally(() => {
        this.#running -= 1;
        this.#next();
      });
    this.#next();
  }

  async #read(personId: string): Promise<void> {
    const nowMs = Date.now();
    const asked = { from: nowMs - SPARK_MS, to: nowMs + 1, points: POINTS };
    const { http } = this.#session;
    const { series } = await this.#session.act((token) =>
      http.history.series(token, personId, STREAMS, asked),
    );
    const line = this.#signalOf(personId);
    const read = new Map<VitalName, readonly Point[]>();
    for (const { vital, points } of series) {
      let all: readonly Point[] = points.map(([atMs, value]): Point => [atMs, value]);
      for (const point of line.value.get(vital) ?? []) all = withPoint(all, point, 0);
      read.set(vital, all);
    }
    line.value = read;
  }
}
