import type { DeviceEpoch } from './lanes/types.ts';

/** Rows as columns, for `unnest($1::…[], $2::…[])`: one statement and few parameters however many rows there are. */
export function columnsOf<Row>(
  rows: readonly Row[],
  columns: readonly ((row: Row) => string | number | boolean | null)[],
): unknown[] {
  return columns.map((column) => rows.map(column));
}

export function deviceColumns(devices: readonly DeviceEpoch[]): unknown[] {
  return columnsOf(devices, [(d) => d.userId, (d) => d.deviceId, (d) => d.epoch]);
}
