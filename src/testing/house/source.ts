import { parseSync } from 'vite';

/** One parsed file of ours. Paths are relative to the repository, with `/`. */
export interface Source {
  readonly path: string;
  readonly text: string;
  readonly isTest: boolean;
  readonly program: SyntaxNode;
  readonly comments: readonly { readonly value: string; readonly start: number }[];
}

/** A node of the ESTree that the parser makes, as far as the rules look at it. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly [property: string]: unknown;
}

/** A broken rule: where, and what to do instead. */
export interface Finding {
  readonly path: string;
  readonly line: number;
  readonly sentence: string;
}

export function parseSource(path: string, text: string): Source {
  const { program, comments, errors } = parseSync(path, text);
  const [error] = errors;
  if (error) throw new Error(`${path} can't be parsed: ${error.message}`);
  return {
    path,
    text,
    isTest: /\.test\.tsx?$/.test(path),
    program: program as unknown as SyntaxNode,
    comments,
  };
}

export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}

export function finding(source: Source, offset: number, sentence: string): Finding {
  return { path: source.path, line: lineAt(source.text, offset), sentence };
}

/** Every node of the tree, parents first. */
export function* nodes(root: SyntaxNode): Generator<SyntaxNode> {
  const stack = [root];
  for (let node = stack.pop(); node; node = stack.pop()) {
    yield node;
    for (const value of Object.values(node)) {
      if (isNode(value)) stack.push(value);
      else if (Array.isArray(value)) stack.push(...value.filter(isNode));
    }
  }
}

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/** The name of an identifier, else undefined. */
export function identifier(node: unknown): string | undefined {
  return isNode(node) && node.type === 'Identifier' && typeof node.name === 'string' ? node.name : undefined;
}

/** `object.property` as text when both are plain names, else undefined. */
export function memberName(node: unknown): string | undefined {
  if (!isNode(node) || node.type !== 'MemberExpression' || node.computed === true) return undefined;
  const [object, property] = [identifier(node.object), identifier(node.property)];
  return object === undefined || property === undefined ? undefined : `${object}.${property}`;
}

export function stringValue(node: unknown): string | undefined {
  return isNode(node) && node.type === 'Literal' && typeof node.value === 'string' ? node.value : undefined;
}

/** The source text of a node, for comparison and messages. */
export function textOf(source: Source, node: SyntaxNode): string {
  return typeof node.end === 'number' ? source.text.slice(node.start, node.end) : '';
}
