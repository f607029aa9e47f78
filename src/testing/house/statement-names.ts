import {
  type Finding,
  finding,
  identifier,
  nodes,
  type Source,
  type SyntaxNode,
  stringValue,
} from './source.ts';

/**
 * A name of a statement is the name of a prepared one on every connection of a pool, where it stands for one text: the
 * second text under it is refused by whichever connection has seen the first. Embedded engines have no names, so only a
 * server would tell.
 */
export function checkStatementNames(sources: readonly Source[]): Finding[] {
  const seen = new Map<string, string>();
  return sources
    .filter(({ isTest, path }) => !isTest && !path.startsWith('src/testing/'))
    .flatMap((source) =>
      [...nodes(source.program)].flatMap((node) => {
        const name = statementName(node);
        if (name === null) return [];
        const where = seen.get(name);
        seen.set(name, source.path);
        return where === undefined
          ? []
          : [
              finding(
                source,
                node.start,
                `the statement name ${name} stands in ${where} already: choose another`,
              ),
            ];
      }),
    );
}

/** Of `sql('name', …)`. */
function statementName(node: SyntaxNode): string | null {
  if (node.type !== 'CallExpression' || identifier(node.callee) !== 'sql') return null;
  const [first] = node.arguments as SyntaxNode[];
  return (first && stringValue(first)) ?? null;
}
