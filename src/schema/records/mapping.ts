import { type AnyRecordType, RECORD_TYPES } from './all.ts';
import { STANDING_COLUMNS } from './define.ts';
import { SOURCE_TABLES } from './sources.ts';

/** Fields of the sources that every record has in a way of its own. */
const OF_ALL: Readonly<Record<string, string>> = {
  id: 'id, made by the server',
  created_at: 'createdAtMs',
  updated_at: 'updatedAtMs',
  created_by: 'createdBy',
};

const camel = (name: string) => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
const snake = (name: string) => name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();

/** Where a field of a source is here; null: nowhere. */
export function fieldOf(type: AnyRecordType, source: string, name: string): string | null {
  const said = type.sources[source]?.[name];
  if (said !== undefined) return said;
  const same = camel(name);
  if (same in type.fields) return same;
  if (`${same}Ms` in type.fields) return `${same}Ms`;
  return OF_ALL[snake(name)] ?? null;
}

/** The fields that a mapping names; an explanation in parentheses names none. */
export const namedIn = (mapped: string): string[] => (mapped.startsWith('(') ? [] : mapped.split(', '));

export const holderOf = (source: string): AnyRecordType | undefined =>
  RECORD_TYPES.find(({ sources }) => source in sources);

export const columnsOfSource = (source: string): string[] =>
  (SOURCE_TABLES[source] ?? '').split(' ').filter((name) => name !== '');

/** Fields of the sources that nobody has said of where they are here. */
export const unmapped = (): string[] =>
  RECORD_TYPES.flatMap((type) =>
    Object.keys(type.sources).flatMap((source) =>
      columnsOfSource(source)
        .filter((name) => fieldOf(type, source, name) === null)
        .map((name) => `${source}.${name}`),
    ),
  );

export const isStandingColumn = (column: string): boolean => column in STANDING_COLUMNS;
