import { REVIEWED_IN_SQL, TIME_AND_CHANCE_ENTER } from './rooms.ts';
import {
  type Finding,
  finding,
  identifier,
  isNode,
  memberName,
  nodes,
  type Source,
  type SyntaxNode,
  stringValue,
  textOf,
} from './source.ts';

export const FILE_LINES_MAX = 400;

/** Every rule about the code inside one file. */
export function checkCode(source: Source): Finding[] {
  return [
    ...checkLength(source),
    ...checkComments(source),
    ...[...nodes(source.program)].flatMap((node) => [
      ...checkTimeAndChance(source, node),
      ...checkConsole(source, node),
      ...checkOnly(source, node),
      ...checkSelectAll(source, node),
    ]),
    ...checkSplicedSql(source),
  ].sort((a, b) => a.line - b.line);
}

function checkLength(source: Source): Finding[] {
  const lines = source.text.replace(/\n$/, '').split('\n').length;
  if (source.isTest || lines <= FILE_LINES_MAX) return [];
  const sentence = `${lines} lines, at most ${FILE_LINES_MAX}: split the file by subject`;
  return [{ path: source.path, line: FILE_LINES_MAX + 1, sentence }];
}

const BANNED_COMMENT = /@ts-(?:ignore|expect-error|nocheck)|biome-ignore|\b(?:TODO|FIXME)\b/;

function checkComments(source: Source): Finding[] {
  return source.comments
    .filter(({ value }) => BANNED_COMMENT.test(value))
    .map(({ value, start }) =>
      finding(
        source,
        start,
        `no "${BANNED_COMMENT.exec(value)?.[0]}" in comments: mend the code, or write an issue`,
      ),
    );
}

const CLOCK = 'take a Clock (src/lib/clock.ts)';
const BANNED_MEMBERS: Readonly<Record<string, string>> = {
  'Date.now': `${CLOCK} and call clock.nowMs()`,
  'Math.random': 'take a Random (src/lib/random.ts); in tests seededRandom(seed)',
};
const TIMERS = ['setTimeout', 'setInterval'];

function checkTimeAndChance(source: Source, node: SyntaxNode): Finding[] {
  if (TIME_AND_CHANCE_ENTER.some((start) => source.path.startsWith(start))) return [];
  const member = memberName(node);
  if (member === 'Math.random')
    return [finding(source, node.start, `no ${member}: ${BANNED_MEMBERS[member]}`)];
  if (source.isTest) return [];
  if (member !== undefined && member in BANNED_MEMBERS) {
    return [finding(source, node.start, `no ${member}: ${BANNED_MEMBERS[member]}`)];
  }
  if (isBareDate(node))
    return [finding(source, node.start, `no new Date() of now: ${CLOCK} and use new Date(clock.nowMs())`)];
  const timer = timerName(node);
  return timer
    ? [finding(source, node.start, `no ${timer}: ${CLOCK} and call clock.after(delayMs, fn)`)]
    : [];
}

function isBareDate(node: SyntaxNode): boolean {
  if (identifier(node.callee) !== 'Date') return false;
  return node.type === 'CallExpression' || (Array.isArray(node.arguments) && node.arguments.length === 0);
}

function timerName(node: SyntaxNode): string | undefined {
  if (node.type === 'ImportDeclaration') {
    const module = stringValue(node.source);
    return module !== undefined && /^(node:)?timers(\/|$)/.test(module) ? module : undefined;
  }
  if (node.type !== 'CallExpression') return undefined;
  const name = identifier(node.callee) ?? memberName(node.callee)?.replace(/^(globalThis|window)\./, '');
  return name !== undefined && TIMERS.includes(name) ? name : undefined;
}

function checkConsole(source: Source, node: SyntaxNode): Finding[] {
  if (!memberName(node)?.startsWith('console.')) return [];
  return [
    finding(
      source,
      node.start,
      'no console: take a Logger (src/lib/log.ts); a command writes to process.stdout',
    ),
  ];
}

function checkOnly(source: Source, node: SyntaxNode): Finding[] {
  if (node.type !== 'MemberExpression' || identifier(node.property) !== 'only') return [];
  if (!/^(test|it|describe|suite)\b/.test(textOf(source, node))) return [];
  return [finding(source, node.start, 'no .only: every other test would be skipped in silence')];
}

const SELECT_ALL = /\b(?:select|returning)\s+(?:\w+\.)?\*/i;

function checkSelectAll(source: Source, node: SyntaxNode): Finding[] {
  if (source.isTest) return [];
  const text = node.type === 'TemplateElement' ? rawText(node) : stringValue(node);
  if (text === undefined || !SELECT_ALL.test(text)) return [];
  return [
    finding(
      source,
      node.start,
      'no SELECT of everything: name the columns, so that a new one changes no answer',
    ),
  ];
}

function rawText(node: SyntaxNode): string | undefined {
  const { value } = node;
  const raw = typeof value === 'object' && value !== null && 'raw' in value ? value.raw : undefined;
  return typeof raw === 'string' ? raw : undefined;
}

/** SQL is what `.query(…)` gets first (or as its `text`) and what `sql(name, …)` gets second. */
function checkSplicedSql(source: Source): Finding[] {
  const constants = new Map<string, SyntaxNode>();
  const calls: SyntaxNode[] = [];
  for (const node of nodes(source.program)) {
    const name = node.type === 'VariableDeclarator' ? identifier(node.id) : undefined;
    if (name !== undefined && isNode(node.init)) constants.set(name, node.init);
    if (node.type === 'CallExpression') calls.push(node);
  }
  if (source.isTest) return [];
  const resolve = (node: SyntaxNode) => constants.get(identifier(node) ?? '') ?? node;
  return calls.flatMap((call) => sqlOf(call).flatMap((text) => splices(source, resolve(text))));
}

function sqlOf(call: SyntaxNode): SyntaxNode[] {
  const args = Array.isArray(call.arguments) ? call.arguments.filter(isNode) : [];
  if (identifier(call.callee) === 'sql') return args.slice(1, 2);
  if (!isNode(call.callee) || identifier(call.callee.property) !== 'query') return [];
  const [first] = args;
  if (first?.type !== 'ObjectExpression' || !Array.isArray(first.properties)) return first ? [first] : [];
  return first.properties
    .filter(isNode)
    .filter((property) => identifier(property.key) === 'text')
    .map((property) => property.value)
    .filter(isNode);
}

function splices(source: Source, sql: SyntaxNode): Finding[] {
  return splicedParts(sql)
    .filter((part) => !isSafe(source, part))
    .map((part) =>
      finding(
        source,
        part.start,
        `"${textOf(source, part)}" is spliced into SQL: pass it as $n, quote a name with pg.escapeIdentifier, or have a constant reviewed into REVIEWED_IN_SQL`,
      ),
    );
}

function splicedParts(sql: SyntaxNode): SyntaxNode[] {
  if (sql.type === 'TemplateLiteral')
    return Array.isArray(sql.expressions) ? sql.expressions.filter(isNode) : [];
  if (sql.type !== 'BinaryExpression' || sql.operator !== '+') return [];
  return [sql.left, sql.right].filter(isNode).flatMap((side) => {
    if (side.type === 'BinaryExpression' || side.type === 'TemplateLiteral') return splicedParts(side);
    return stringValue(side) === undefined ? [side] : [];
  });
}

function isSafe(source: Source, part: SyntaxNode): boolean {
  const callee = part.type === 'CallExpression' && isNode(part.callee) ? part.callee : undefined;
  const name = identifier(callee) ?? identifier(callee?.property);
  if (name === 'escapeIdentifier' || name === 'escapeLiteral') return true;
  return REVIEWED_IN_SQL[source.path]?.includes(textOf(source, part)) ?? false;
}
