import type { TableField } from './lib/typed-table.ts';
import { type AnyRecordType, RECORD_TYPES } from './schema/records/all.ts';
import type { Field, SqlType } from './schema/records/field.ts';
import { columnsOfSource, fieldOf } from './schema/records/mapping.ts';
import { VITAL_NAMES, VITAL_SIGNS } from './telemetry/vitals/vitals.ts';

export type TableFields = Readonly<Record<string, TableField>>;

/** What people log of themselves and keep for a time: they may write it, so it may be imported as theirs. */
const OWN = ['self_log', 'care_fact'];
export const OWN_TYPES: readonly AnyRecordType[] = RECORD_TYPES.filter(({ access }) => OWN.includes(access));

/** Units that the columns of source 002 are in and do not say, by their names there. */
const UNITS_OF_002: Readonly<Record<string, string>> = { distance: 'mi', weight: 'lb', temperature: 'F' };

const KINDS: Readonly<Record<SqlType, TableField['kind'] | null>> = {
  text: 'text',
  time: 'text',
  uuid: 'text',
  int4: 'whole',
  numeric: 'number',
  bool: 'bool',
  date: 'day',
  timestamptz: 'instant',
  _text: null,
};

/**
 * The fields of a type, with the names that the sources have for them.
 * @param source such as `002`: its columns are in its units, also where they do not say so
 */
export function fieldsOf(type: AnyRecordType, source: string | null): TableFields {
  const written = Object.entries(type.fields).filter(
    ([name, { presence }]) => presence !== 'computed' && name !== type.subject,
  );
  return Object.fromEntries(
    written.flatMap(([name, field]) => {
      const kind = KINDS[field.sqlType];
      return kind === null
        ? []
        : [[name, { kind, unit: field.unit ?? null, names: namesOf(type, name, field, source) }]];
    }),
  );
}

function namesOf(
  type: AnyRecordType,
  name: string,
  field: Field,
  source: string | null,
): TableField['names'] {
  const unit = field.unit ?? null;
  const ours = [name, name.replace(/Ms$/, '')].map((one) => ({ name: one, unit }));
  const theirs = Object.keys(type.sources).flatMap((table) =>
    columnsOfSource(table)
      .filter((column) => fieldOf(type, table, column) === name && column !== name)
      .map((column) => ({ name: column, unit: unitOfColumn(column, source) })),
  );
  return [...ours, ...theirs];
}

const unitOfColumn = (column: string, source: string | null): string | null =>
  /Oz$/.test(column) ? 'oz' : source === '002' ? (UNITS_OF_002[column] ?? null) : null;

/** As source 002 calls what is ours; the rest it does not know. */
const VITALS_OF_002: Readonly<Record<string, string>> = {
  systolicMmhg: 'systolicBP',
  diastolicMmhg: 'diastolicBP',
  heartRateBpm: 'heartRate',
  spo2Pct: 'oxygenSaturation',
  weightKg: 'weight',
  temperatureC: 'temperature',
};
/** As people write them; UCUM is for machines. */
const VITAL_UNITS: Readonly<Record<string, string>> = { Cel: 'C' };

/** Vital signs: what was measured, when, and a note. */
export function vitalFields(source: string | null): TableFields {
  const signs = VITAL_NAMES.map((name): [string, TableField] => {
    const unit = VITAL_UNITS[VITAL_SIGNS[name].unit] ?? VITAL_SIGNS[name].unit;
    const theirs = VITALS_OF_002[name];
    const also = theirs === undefined ? [] : [{ name: theirs, unit: unitOfColumn(theirs, source) }];
    return [name, { kind: 'number', unit, names: [{ name, unit }, ...also] }];
  });
  const named = (...names: string[]) => names.map((name) => ({ name, unit: null }));
  return {
    ...Object.fromEntries(signs),
    recordedAtMs: { kind: 'instant', unit: null, names: named('recordedAtMs', 'recordedAt') },
    notes: { kind: 'text', unit: null, names: named('notes') },
  };
}
