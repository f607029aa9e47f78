import { type Refused, refused } from '../lib/result.ts';
import type { AnyRecordType } from '../schema/records/all.ts';
import { columnsOf } from './rows.ts';
import type { RecordCode } from './types.ts';

interface Violation {
  readonly code?: unknown;
  readonly constraint?: unknown;
  readonly detail?: unknown;
}

/**
 * What a constraint of the database says of a record, in the words of its type; null: it is no such error. Constraints are
 * named after their columns, and never tell values.
 */
export function refusalOf(type: AnyRecordType, error: unknown): Refused<RecordCode> | null {
  if (!(error instanceof Error)) return null;
  const { code, constraint } = error as Violation;
  if (typeof code !== 'string' || !/^(22|23)/.test(code)) return null;
  const name = typeof constraint === 'string' ? constraint : '';
  const field = fieldOf(type, name);
  switch (code) {
    case '23505':
      return refused('record_exists', `${field} (unique): is taken`);
    case '23P01':
      return refused('time_taken', name);
    case '23503':
      return isRefersHere(type, name)
        ? refused('bad_request', `${field} (reference): there is no such record of this person`)
        : refused('bad_request', 'id (reference): other records refer to it');
    case '23514':
      return refused('bad_request', `${field} (check): ${name}`);
    case '23502':
      return refused('bad_request', `${field} (required): is missing`);
    default:
      return refused('bad_request', 'body (format): holds what can not be kept');
  }
}

/** A foreign key of this table, and not one of a table that refers to it. */
const isRefersHere = ({ table }: AnyRecordType, constraint: string): boolean =>
  constraint.startsWith(`${table.split('.')[1]}_`);

/** The field whose column the constraint is named after, the longest that fits. */
function fieldOf(type: AnyRecordType, constraint: string): string {
  const found = columnsOf(type)
    .filter(({ column }) => constraint.includes(`_${column}_`))
    .sort((a, b) => b.column.length - a.column.length)[0];
  return found?.name ?? 'body';
}
