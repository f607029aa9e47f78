/** How often a node has run each statement, from its metrics page. */
export type Statements = ReadonlyMap<string, number>;

const COUNT = /^muster_store_query_ms_count\{statement="([^"]+)"\} (\d+)$/gm;
const TOTAL = /^muster_store_statements_total\{[^}]*\} (\d+)$/gm;
const COUNTER = (name: string) => new RegExp(`^muster_${name}(?:\\{([^}]*)\\})? (\\d+)$`, 'gm');

export interface NodeFigures {
  readonly statements: Statements;
  /** Of all statements. */
  readonly total: number;
  /** By label. */
  counter(name: string): ReadonlyMap<string, number>;
}

export async function figuresOf(url: string): Promise<NodeFigures> {
  const page = await (await fetch(`${url}/metrics`)).text();
  const statements = new Map([...page.matchAll(COUNT)].map(([, name = '', count]) => [name, Number(count)]));
  const total = [...page.matchAll(TOTAL)].reduce((sum, [, count]) => sum + Number(count), 0);
  const counter = (name: string) =>
    new Map([...page.matchAll(COUNTER(name))].map(([, labels = '', count]) => [labels, Number(count)]));
  return { statements, total, counter };
}

/** What was run between two looks. */
export function since(before: Statements, after: Statements): Map<string, number> {
  const grown = [...after].map(([name, count]) => [name, count - (before.get(name) ?? 0)] as const);
  return new Map(grown.filter(([, count]) => count > 0));
}
