import { type AnyRecordType, RECORD_TYPES } from './all.ts';
import { FAMILIES } from './define.ts';
import { columnOf, type Field } from './field.ts';
import { columnsOfSource, fieldOf, holderOf } from './mapping.ts';
import { HELD_ELSEWHERE, MENDED, PENDING, SOURCE_TABLES } from './sources.ts';

const DOCUMENTS: Readonly<Record<string, string>> = {
  '000': 'CareConnect',
  '001': 'MediConnect Pro',
  '002': 'Heart Recovery Calendar',
  '003': 'RapidCare',
  '004': 'Healthcare Platform',
};

const HEAD = `# Data model: records

Made from the declarations in \`src/schema/records\` by \`npm run docs\`. Each type has a table of its own; besides its fields
every record has \`id\` (a UUIDv7 made by the server), \`version\`, \`createdAtMs\`, \`createdBy\`, \`updatedAtMs\` and
\`updatedBy\`. What is removed stays with \`removed_at\` and \`removed_by\`; what each version said before it was replaced is in
\`record_history\` of its schema. How to ask for them: [http.md](http.md#records) and \`GET /v1/openapi.json\`.`;

/** Where every table and field of the sources is, and what every type of record holds. */
export function dataModelDocument(): string {
  return `${[HEAD, familyTable(), sourceTable(), ...RECORD_TYPES.map(section)].join('\n\n')}\n`;
}

function familyTable(): string {
  const rows = Object.entries(FAMILIES).map(([family, what]) => {
    const members = RECORD_TYPES.filter((type) => type.family === family).map(({ name }) => `\`${name}\``);
    return `| ${family.replace('_', ' ')} | ${what} | ${members.join(', ')} |`;
  });
  return ['## Families', '', '| family | what it is | types |', '| --- | --- | --- |', ...rows].join('\n');
}

function sourceTable(): string {
  const rows = Object.keys(SOURCE_TABLES).map((source) => {
    const [document = '', table = ''] = source.split(':');
    const type = holderOf(source);
    const held = type ? `[\`${type.table}\`](#${type.name})` : HELD_ELSEWHERE[source];
    const where = held ?? `not yet: \`${PENDING[source]}\``;
    return `| ${document} ${DOCUMENTS[document]} | \`${table}\` | ${where} |`;
  });
  return [
    '## The tables of the sources',
    '',
    '| source | table | here |',
    '| --- | --- | --- |',
    ...rows,
  ].join('\n');
}

function section(type: AnyRecordType): string {
  const { name, about, table, family, access, subject } = type;
  const facts = [
    `family ${family.replace('_', ' ')}`,
    `access \`${access}\``,
    subject === null ? 'about nobody' : `about \`${subject}\``,
    `filters ${listed(Object.entries(type.filters).map(([field, how]) => `${field} (${how})`))}`,
    `sorts ${listed(type.sorts)}`,
    ...(type.search ? ['searched by words'] : []),
    ...(type.bulk ? ['many at once'] : []),
  ];
  const rows = Object.entries(type.fields).map(([field, said]) => fieldRow(field, said));
  return [
    `## ${name}`,
    '',
    `\`${table}\`: ${about}. ${facts.join('; ')}.`,
    '',
    '| field | column | what it is | has to be said |',
    '| --- | --- | --- | --- |',
    ...rows,
    ...Object.keys(type.sources).map((source) => mapped(type, source)),
  ].join('\n');
}

const listed = (names: readonly string[]) => (names.length === 0 ? 'none' : names.join(', '));

function fieldRow(name: string, field: Field): string {
  const { about, unit, values, presence, nullable, initial, sqlType } = field;
  const of = values ? `: ${values.join(', ')}` : unit ? `, in ${unit}` : '';
  const said =
    presence === 'required'
      ? 'yes'
      : presence === 'computed'
        ? 'computed'
        : initial === undefined
          ? 'no'
          : `no: ${initial}`;
  return `| \`${name}\` | \`${columnOf(name, field)}\` ${sqlType}${nullable ? '' : ' not null'} | ${about}${of} | ${said} |`;
}

/** What is called otherwise here than in a source. */
function mapped(type: AnyRecordType, source: string): string {
  const other = columnsOfSource(source).flatMap((name) => {
    const here = fieldOf(type, source, name);
    return here === null || here === name ? [] : [`\`${name}\` → ${here}`];
  });
  const [document = '', table = ''] = source.split(':');
  const mended = MENDED[source] === undefined ? '' : ` Mended: ${MENDED[source]}.`;
  return `\nFrom ${document} \`${table}\`${other.length > 0 ? `: ${other.join(', ')}` : ''}.${mended}`;
}
