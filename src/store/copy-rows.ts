import { UUID_BYTES, writeUuid } from '../lib/ids.ts';

/** `PGCOPY\n\xff\r\n\0`, no flags, no extension: https://www.postgresql.org/docs/15/sql-copy.html, "Binary Format". */
const HEADER = Buffer.from('5047434f50590aff0d0a000000000000000000', 'hex');
const TRAILER = -1;
const NULL = -1;

const EPOCH_2000_MS = 946_684_800_000;
/** A timestamp is a signed 64-bit number of microseconds, and ends in the year 294276. */
const AT_MS_MAX = 9.2e15;
const TWO_TO_32 = 2 ** 32;

const TEXT_OID = 25;
const WGS84 = 4326;
const POINT_WITH_SRID = 0x2000_0001;
const POINT_BYTES = 25;

/** Rows in the binary form of COPY: each begins with `row`, then its values in the order of the columns. */
export class CopyRows {
  #buffer: Buffer;
  #at = HEADER.length;

  /** `bytes` is a guess at how much it will be. */
  constructor(bytes = 64 * 1024) {
    this.#buffer = Buffer.allocUnsafe(Math.max(bytes, 1_024));
    HEADER.copy(this.#buffer);
  }

  row(columns: number): this {
    this.#room(2);
    this.#at = this.#buffer.writeInt16BE(columns, this.#at);
    return this;
  }

  null(): this {
    this.#room(4);
    this.#at = this.#buffer.writeInt32BE(NULL, this.#at);
    return this;
  }

  bool(value: boolean | null): this {
    if (value === null) return this.null();
    this.#value(1);
    this.#at = this.#buffer.writeUInt8(value ? 1 : 0, this.#at);
    return this;
  }

  /** `bigint`; whole numbers that are exact as numbers here. */
  int8(value: number): this {
    this.#value(8);
    this.#int64(value);
    return this;
  }

  /** `real`. */
  float4(value: number | null): this {
    if (value === null) return this.null();
    this.#value(4);
    this.#at = this.#buffer.writeFloatBE(value, this.#at);
    return this;
  }

  /** `timestamptz`, milliseconds since 1970. Throws RangeError for what it can't hold. */
  timestamp(atMs: number): this {
    if (!(Math.abs(atMs) <= AT_MS_MAX)) throw new RangeError('a time that no database can hold');
    this.#value(8);
    this.#int64((Math.round(atMs) - EPOCH_2000_MS) * 1_000);
    return this;
  }

  uuid(id: string): this {
    this.#value(UUID_BYTES);
    writeUuid(id, this.#buffer, this.#at);
    this.#at += UUID_BYTES;
    return this;
  }

  text(value: string | null): this {
    if (value === null) return this.null();
    const bytes = Buffer.byteLength(value);
    this.#value(bytes);
    this.#at += this.#buffer.write(value, this.#at, bytes, 'utf8');
    return this;
  }

  /** `text[]` of one dimension. */
  texts(values: readonly string[]): this {
    const bytes = values.reduce((sum, value) => sum + 4 + Buffer.byteLength(value), 0);
    this.#value(12 + (values.length > 0 ? 8 + bytes : 0));
    for (const int of [values.length > 0 ? 1 : 0, 0, TEXT_OID]) this.#int32(int);
    if (values.length === 0) return this;
    this.#int32(values.length);
    this.#int32(1);
    for (const value of values) this.text(value);
    return this;
  }

  /** `geography(point, 4326)`, as extended well-known binary. */
  point(lat: number, lng: number): this {
    this.#value(POINT_BYTES);
    this.#at = this.#buffer.writeUInt8(1, this.#at);
    this.#at = this.#buffer.writeUInt32LE(POINT_WITH_SRID, this.#at);
    this.#at = this.#buffer.writeUInt32LE(WGS84, this.#at);
    this.#at = this.#buffer.writeDoubleLE(lng, this.#at);
    this.#at = this.#buffer.writeDoubleLE(lat, this.#at);
    return this;
  }

  /** All of it; nothing may be added afterwards. */
  end(): Uint8Array {
    this.#room(2);
    this.#at = this.#buffer.writeInt16BE(TRAILER, this.#at);
    return this.#buffer.subarray(0, this.#at);
  }

  #value(bytes: number): void {
    this.#room(4 + bytes);
    this.#int32(bytes);
  }

  #int32(value: number): void {
    this.#at = this.#buffer.writeInt32BE(value, this.#at);
  }

  /** Whole numbers; beyond 2^53 as exact as a number can be. */
  #int64(value: number): void {
    if (!Number.isSafeInteger(value)) {
      this.#at = this.#buffer.writeBigInt64BE(BigInt(value), this.#at);
      return;
    }
    const high = Math.floor(value / TWO_TO_32);
    this.#at = this.#buffer.writeInt32BE(high, this.#at);
    this.#at = this.#buffer.writeUInt32BE(value - high * TWO_TO_32, this.#at);
  }

  #room(bytes: number): void {
    const needed = this.#at + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }
}
