import { columns, keep, type MaskedTable } from '../mask.ts';
import type { OnErase } from '../personal-relations.ts';
import { type AnyRecordType, RECORD_TYPES } from './all.ts';
import { STANDING_COLUMNS } from './define.ts';
import { columnOf } from './field.ts';
import { patients } from './types/patients.ts';

const THEIR_PATIENT_RECORD = 'select p.id from care.patients p where p.user_id = $1';

/** SQL: the rows `t` that are about the person `$1`. */
const ABOUT = {
  personId: `(t.person_id = $1 or t.person_id in (${THEIR_PATIENT_RECORD}))`,
  patientId: `t.patient_id in (${THEIR_PATIENT_RECORD})`,
} as const;

/** SQL: the same of what versions were before. */
export const ABOUT_IN_HISTORY = `(t.person_id = $1 or t.patient_id in (${THEIR_PATIENT_RECORD}))`;

const fieldsOf = ({ fields }: AnyRecordType) =>
  Object.entries(fields).map(([name, field]) => ({ ...field, column: columnOf(name, field) }));

/** What erasing somebody does to their records: all of them go, or stay without words. */
function onErase(type: AnyRecordType): OnErase {
  if (type.onErase === 'delete') return 'delete';
  const words = fieldsOf(type).filter(({ isWords }) => isWords);
  if (words.length === 0) return { keep: 'holds no words, and names nobody once its person is nobody' };
  return { set: words.map(blanked).join(', ') };
}

/** SQL: no words where there were some. That some were said stays: a reason that has to be given has been given. */
const blanked = ({ column, nullable, sqlType }: { column: string; nullable: boolean; sqlType: string }) => {
  if (!nullable) return `${column} = '[erased]'`;
  return sqlType === 'text'
    ? `${column} = case when ${column} is not null then '[erased]' end`
    : `${column} = null`;
};

/** What a patient record says where it has to say something. */
const NOBODY: Readonly<Record<string, string>> = {
  first_name: "'Erased'",
  last_name: "'Person'",
  is_active: 'false',
};

/** SQL: all that a patient record says of somebody taken out of it; that it was there, and whose it was, stays. */
export const BLANKED_PATIENT = fieldsOf(patients)
  .map(({ column }) => `${column} = ${NOBODY[column] ?? 'null'}`)
  .join(', ');

/** Of each table of records that is about somebody, what refers to others first. */
export const RECORDS_ABOUT_PEOPLE = RECORD_TYPES.flatMap((type) => {
  const { table, subject } = type;
  if (subject === null || subject === 'id') return [];
  const rows = ABOUT[subject];
  return [{ table, subject: columnOf(subject, { sqlType: 'uuid' }), rows, onErase: onErase(type) }];
}).reverse();

export const RECORDS_ABOUT_NOBODY = RECORD_TYPES.filter(({ subject }) => subject === null).map(
  ({ table }) => table,
);

/** What becomes of their columns in a masked copy. */
export const RECORD_MASKING: Readonly<Record<string, MaskedTable>> = Object.fromEntries(
  RECORD_TYPES.map((type) => [
    type.table,
    {
      columns: {
        ...keep(Object.keys(STANDING_COLUMNS).join(' ')),
        ...Object.assign({}, ...fieldsOf(type).map(({ column, mask }) => columns(mask, column))),
        ...(type.subject === 'id' ? keep('user_id') : {}),
        ...(type.search ? columns('default', 'search') : {}),
      },
    },
  ]),
);
