import { isUuid, UUID_BYTES, writeUuid } from '../lib/ids.ts';

/** A column of rows as one array parameter of a statement. */
export type ArrayColumn<Row> = (rows: readonly Row[]) => Buffer | readonly (string | null)[];

interface Element<Value> {
  /** Of `pg_type`. */
  readonly oid: number;
  readonly bytes: number;
  readonly write: (value: Value, buffer: Buffer, at: number) => void;
}

/** One dimension, a flag that there may be nulls, the type, then length and lower bound: `array_recv` of PostgreSQL. */
const HEAD_BYTES = 20;
const LENGTH_BYTES = 4;
const NULL = -1;
const TWO_TO_32 = 2 ** 32;

/** A value that no column of its type can hold. */
export class Unstorable extends RangeError {
  override readonly name = 'Unstorable';
}

const UUID: Element<string> = {
  oid: 2950,
  bytes: UUID_BYTES,
  write(value, buffer, at) {
    if (!isUuid(value)) throw new Unstorable('an id that is no UUID');
    writeUuid(value, buffer, at);
  },
};
const BOOL: Element<boolean> = {
  oid: 16,
  bytes: 1,
  write: (value, buffer, at) => buffer.writeUInt8(value ? 1 : 0, at),
};
const FLOAT4: Element<number> = {
  oid: 700,
  bytes: 4,
  write(value, buffer, at) {
    if (Number.isFinite(value) && !Number.isFinite(Math.fround(value)))
      throw new Unstorable('a number that no real can hold');
    buffer.writeFloatBE(value, at);
  },
};
const FLOAT8: Element<number> = {
  oid: 701,
  bytes: 8,
  write: (value, buffer, at) => buffer.writeDoubleBE(value, at),
};
const INT8: Element<number> = {
  oid: 20,
  bytes: 8,
  write(value, buffer, at) {
    if (!Number.isSafeInteger(value)) throw new Unstorable('no whole number that is exact');
    const high = Math.floor(value / TWO_TO_32);
    buffer.writeInt32BE(high, at);
    buffer.writeUInt32BE(value - high * TWO_TO_32, at + 4);
  },
};

/**
 * Rows as columns, for `unnest($1::…[], $2::…[])`: one statement and few parameters however many rows there are, in the
 * binary form of arrays, which neither side has to write out and read as text. For what is stored thousands of times a second.
 * Throws {@link Unstorable} for what no such column can hold.
 */
export function arraysOf<Row>(rows: readonly Row[], columns: readonly ArrayColumn<Row>[]): unknown[] {
  return columns.map((column) => column(rows));
}

/** `uuid[]`; each has to be one already. */
export const uuids = <Row>(of: (row: Row) => string): ArrayColumn<Row> => columnOf(UUID, of);
export const bools = <Row>(of: (row: Row) => boolean | null): ArrayColumn<Row> => columnOf(BOOL, of);
/** `real[]`. */
export const float4s = <Row>(of: (row: Row) => number | null): ArrayColumn<Row> => columnOf(FLOAT4, of);
export const float8s = <Row>(of: (row: Row) => number | null): ArrayColumn<Row> => columnOf(FLOAT8, of);
/** `bigint[]`; whole numbers that are exact as numbers here. */
export const int8s = <Row>(of: (row: Row) => number): ArrayColumn<Row> => columnOf(INT8, of);
/** `text[]`, which has no shorter form than text. */
export const texts =
  <Row>(of: (row: Row) => string | null): ArrayColumn<Row> =>
  (rows) =>
    rows.map(of);

function columnOf<Row, Value>(element: Element<Value>, of: (row: Row) => Value | null): ArrayColumn<Row> {
  return (rows) => {
    const buffer = Buffer.allocUnsafe(HEAD_BYTES + rows.length * (LENGTH_BYTES + element.bytes));
    let at = 0;
    for (const int of [1, 1, element.oid, rows.length, 1]) at = buffer.writeInt32BE(int, at);
    for (const row of rows) {
      const value = of(row);
      at = buffer.writeInt32BE(value === null ? NULL : element.bytes, at);
      if (value === null) continue;
      element.write(value, buffer, at);
      at += element.bytes;
    }
    return buffer.subarray(0, at);
  };
}
