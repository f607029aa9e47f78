import { assert } from '../lib/assert.ts';
import { isUuid, UUID_BYTES, uuidAt, writeUuid } from '../lib/ids.ts';
import type { UuidTable } from '../lib/uuid-table.ts';

/** Where a helper of some node is, as that node sees it. Positions in degrees, times by the server's clock. */
export interface PersonRow {
  readonly userId: string;
  /** Grows with every row of one node about one person: of two rows the larger is the newer. */
  readonly version: number;
  /** Sockets of theirs on that node. */
  readonly connections: number;
  readonly point: { readonly lat: number; readonly lng: number } | null;
  /** When that position was received. */
  readonly locatedAtMs: number | null;
}

/** After the id follow, as 64-bit floats: version, connections, latitude, longitude, time of the position. Not a number: not known. */
const VERSION = UUID_BYTES;
const CONNECTIONS = VERSION + 8;
const LAT = CONNECTIONS + 8;
const LNG = LAT + 8;
const LOCATED_AT_MS = LNG + 8;
const ROW_BYTES = LOCATED_AT_MS + 8;

/**
 * Rows of people as nodes tell them each other, read where they lie: thousands come at once, and what is made for each is
 * what garbage collection takes long over.
 */
export class PackedPeople implements Iterable<PersonRow> {
  readonly bytes: Buffer;
  readonly length: number;
  readonly #view: DataView;

  private constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.length = bytes.length / ROW_BYTES;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Of people whose ids are UUIDs. */
  static of(rows: readonly PersonRow[]): PackedPeople {
    const packed = new PackedPeople(Buffer.allocUnsafe(rows.length * ROW_BYTES));
    for (const [i, row] of rows.entries()) packed.#write(row, i * ROW_BYTES);
    return packed;
  }

  /** Null: not rows. */
  static from({ buffer, byteOffset, byteLength }: Uint8Array): PackedPeople | null {
    const isWhole = byteLength % ROW_BYTES === 0;
    return isWhole ? new PackedPeople(Buffer.from(buffer, byteOffset, byteLength)) : null;
  }

  /** What the table has for this person. */
  handleAt(index: number, handles: UuidTable): number {
    return handles.get(this.#view, index * ROW_BYTES);
  }

  versionAt(index: number): number {
    return this.#view.getFloat64(index * ROW_BYTES + VERSION);
  }

  connectionsAt(index: number): number {
    return this.#view.getFloat64(index * ROW_BYTES + CONNECTIONS);
  }

  latAt(index: number): number {
    return this.#view.getFloat64(index * ROW_BYTES + LAT);
  }

  lngAt(index: number): number {
    return this.#view.getFloat64(index * ROW_BYTES + LNG);
  }

  locatedAtMsAt(index: number): number {
    return this.#view.getFloat64(index * ROW_BYTES + LOCATED_AT_MS);
  }

  at(index: number): PersonRow | undefined {
    if (!(index >= 0 && index < this.length)) return undefined;
    const [lat, lng, atMs] = [this.latAt(index), this.lngAt(index), this.locatedAtMsAt(index)];
    return {
      userId: uuidAt(this.bytes, index * ROW_BYTES),
      version: this.versionAt(index),
      connections: this.connectionsAt(index),
      point: Number.isNaN(lat) || Number.isNaN(lng) ? null : { lat, lng },
      locatedAtMs: Number.isNaN(atMs) ? null : atMs,
    };
  }

  *[Symbol.iterator](): Iterator<PersonRow> {
    for (let i = 0; i < this.length; i++) yield this.at(i) as PersonRow;
  }

  #write({ userId, version, connections, point, locatedAtMs }: PersonRow, at: number): void {
    assert(isUuid(userId), 'the id of a person is a UUID');
    writeUuid(userId, this.bytes, at);
    this.#view.setFloat64(at + VERSION, version);
    this.#view.setFloat64(at + CONNECTIONS, connections);
    this.#view.setFloat64(at + LAT, point?.lat ?? Number.NaN);
    this.#view.setFloat64(at + LNG, point?.lng ?? Number.NaN);
    this.#view.setFloat64(at + LOCATED_AT_MS, locatedAtMs ?? Number.NaN);
  }
}
