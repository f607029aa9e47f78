import { type Finding, finding, identifier, nodes, type Source, type SyntaxNode, textOf } from './source.ts';

/** What makes a call outside, and the words without which nothing ends it when the other side hangs. */
interface Kind {
  readonly what: RegExp;
  readonly needs: readonly RegExp[];
  /** Where the words have to stand: in the call itself, or in its file. */
  readonly within: 'call' | 'file';
}

const KINDS: readonly Kind[] = [
  // `statement_timeout` is the server's: one that hangs keeps no time.
  {
    what: /^new (?:pg\.)?(?:Pool|Client)$/,
    needs: [/connectionTimeoutMillis/, /query_timeout/],
    within: 'call',
  },
  {
    what: /^new (?:Redis|Cluster)$/,
    needs: [
      /connectTimeout:/,
      /commandTimeout:/,
      // A command that timed out is in the socket, or in a queue, and would be sent later.
      /socketTimeout:/,
      /enableOfflineQueue: false/,
      /autoResendUnfulfilledCommands: false/,
    ],
    within: 'file',
  },
  { what: /(?:^|\.)fetch$/, needs: [/AbortSignal\.timeout\(/], within: 'call' },
  {
    what: /^createTransport$/,
    needs: [/dnsTimeout/, /connectionTimeout/, /greetingTimeout/, /socketTimeout/],
    within: 'call',
  },
  { what: /^(?:net|tls)\.connect$|(?:^|\.)createConnection$/, needs: [/setTimeout\(/], within: 'file' },
];

const HTTP_CLIENT = /import \{[^}]*\b(?:request|get)\b[^}]*\} from 'node:https?'/;

/** Rooms of what does not run in a node: it has its own patience. */
const ELSEWHERE = /^(?:bench|src\/(?:client|dashboard|dispatch\/sim|sim|testing))\//;

/** Every call out of a node ends by itself, also when the other side is there and says nothing. */
export function checkOutsideCalls(source: Source): Finding[] {
  if (source.isTest || ELSEWHERE.test(source.path)) return [];
  const found = [...nodes(source.program)].flatMap((node) => checkCall(source, node));
  if (HTTP_CLIENT.test(source.text) && !/AbortSignal\.timeout\(/.test(source.text))
    found.push(finding(source, 0, 'a request over HTTP needs AbortSignal.timeout(…)'));
  return found;
}

function checkCall(source: Source, node: SyntaxNode): Finding[] {
  if (node.type !== 'CallExpression' && node.type !== 'NewExpression') return [];
  const callee = nameOf(node.callee);
  const called = node.type === 'NewExpression' ? `new ${callee}` : callee;
  const kind = KINDS.find(({ what }) => what.test(called));
  if (!kind) return [];
  const text = kind.within === 'call' ? textOf(source, node) : source.text;
  return kind.needs
    .filter((needed) => !needed.test(text))
    .map((needed) =>
      finding(
        source,
        node.start,
        `${called} needs ${needed.source.replace(/\\/g, '')}: nothing ends it when the other side hangs`,
      ),
    );
}

function nameOf(callee: unknown): string {
  const plain = identifier(callee);
  if (plain !== undefined) return plain;
  const { object, property } = (callee ?? {}) as { object?: unknown; property?: unknown };
  const last = identifier(property);
  return last === undefined ? '' : `${identifier(object) ?? ''}.${last}`;
}
