import { APPLICATION_SCHEMAS } from '../../schema/application-role.ts';
import { identifier, isNode, nodes, type Source, type SyntaxNode, stringValue } from './source.ts';

/** What every domain may lean on: people, who patients are, and the audit log. */
export const LEANS_ON: ReadonlySet<string> = new Set([
  'accounts.users',
  'accounts.people',
  'care.patients',
  'accounts.audit_log',
  'accounts.audit_due',
]);

// One in quotes is the name of a lock.
const RELATION = new RegExp(`(?<!')\\b(?:${APPLICATION_SCHEMAS.join('|')})\\.[a-z_]+\\b`, 'g');
const IS_SQL = /\b(?:select|insert into|update|delete from|join|from|exists)\b/i;

/** The relations that a statement names, sorted. */
export const relationsIn = (text: string): string[] => [...new Set(text.match(RELATION) ?? [])].sort();

/** The relations of a statement, when they are of several schemas and not only of what every domain may lean on; else none. */
export function joinedIn(text: string): string[] {
  const own = relationsIn(text).filter((relation) => !LEANS_ON.has(relation));
  const schemas = new Set(own.map((relation) => relation.split('.')[0]));
  return schemas.size > 1 ? own : [];
}

/**
 * The SQL of a file: what stands in its `sql(…)`, with the constants of the same file that it is put together from, and every
 * other text that names a relation. What another file puts in is looked at there.
 */
export function statementsIn({ isTest, program }: Source): string[] {
  if (isTest) return [];
  const all = [...nodes(program)];
  const constants = new Map<string, SyntaxNode>();
  for (const node of all) {
    const name = node.type === 'VariableDeclarator' ? identifier(node.id) : undefined;
    if (name !== undefined && isNode(node.init)) constants.set(name, node.init);
  }
  const texts = all.map((node) => textOf(node, constants, 0));
  return [...new Set(texts)].filter((text) => IS_SQL.test(text) && relationsIn(text).length > 0);
}

const DEEP = 6;

function textOf(node: unknown, constants: ReadonlyMap<string, SyntaxNode>, depth: number): string {
  if (!isNode(node) || depth > DEEP) return '';
  const next = (inner: unknown) => textOf(inner, constants, depth + 1);
  const name = depth > 0 ? identifier(node) : undefined;
  if (name !== undefined) return next(constants.get(name));
  if (node.type === 'Literal') return stringValue(node) ?? '';
  if (node.type === 'BinaryExpression' && node.operator === '+')
    return `${next(node.left)} ${next(node.right)}`;
  if (node.type !== 'TemplateLiteral') return '';
  const quasis = node.quasis as readonly { readonly value: { readonly cooked: string } }[];
  const inner = node.expressions as readonly unknown[];
  return quasis.map(({ value }, place) => `${value.cooked}${next(inner[place])}`).join('');
}
