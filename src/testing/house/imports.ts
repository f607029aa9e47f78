import { posix } from 'node:path';
import { ALL, GUARDED, isPostgresFile, ROOMS, roomOf } from './rooms.ts';
import { type Finding, finding, nodes, type Source, type SyntaxNode, stringValue } from './source.ts';

export interface Import {
  readonly from: string;
  readonly to: string;
  readonly offset: number;
  /** Erased by the compiler: `import type`, `export type … from`, `import('…').T`. */
  readonly typeOnly: boolean;
}

/** Every import of a file of ours, in whatever form it is written. */
export function importsOf(source: Source): Import[] {
  const found: Import[] = [];
  for (const node of nodes(source.program)) {
    const target = importTarget(node);
    if (!target?.startsWith('.')) continue;
    const to = posix.join(posix.dirname(source.path), target);
    found.push({ from: source.path, to, offset: node.start, typeOnly: isTypeOnly(node) });
  }
  return found.sort((a, b) => a.offset - b.offset);
}

function importTarget(node: SyntaxNode): string | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
    case 'ImportExpression':
    case 'TSImportType':
      return stringValue(node.source);
    default:
      return undefined;
  }
}

function isTypeOnly(node: SyntaxNode): boolean {
  return node.type === 'TSImportType' || node.importKind === 'type' || node.exportKind === 'type';
}

/** The imports that the table of rooms does not allow. */
export function checkRooms(source: Source): Finding[] {
  const room = roomOf(source.path);
  if (!source.isTest && !(room in ROOMS)) {
    return [
      {
        path: source.path,
        line: 1,
        sentence: `"${room}" is no room of the house: move the file, or add the room to src/testing/house/rooms.ts and ARCHITECTURE.md`,
      },
    ];
  }
  return importsOf(source)
    .map((edge) => ({ edge, sentence: whyNot(source, edge) }))
    .filter(({ sentence }) => sentence !== null)
    .map(({ edge, sentence }) => finding(source, edge.offset, sentence ?? ''));
}

function whyNot(source: Source, edge: Import): string | null {
  if (/\.test\.tsx?$/.test(edge.to)) return `${edge.to} is a test: move what is shared into src/testing`;
  if (source.isTest) return null;
  const [from, to] = [roomOf(edge.from), roomOf(edge.to)];
  if (!/^(src|bench)\//.test(edge.to) || from === to) return null;
  const guard = GUARDED[to];
  if (guard) return guard.includes(from) ? null : guardedSentence(from, to);
  const room = ROOMS[from];
  const extra = isPostgresFile(edge.from) ? (room?.postgres ?? []) : [];
  if (room && [...room.may, ...extra].some((name) => name === to || name === ALL)) return null;
  if (room?.types?.includes(to)) {
    return edge.typeOnly
      ? null
      : `${from} may import only types from ${to} (write "import type"): node.ts hands it the implementation`;
  }
  return `${from} must not import ${to}: let ${from} own a small interface that node.ts fills, or move the code inward`;
}

function guardedSentence(from: string, to: string): string {
  return to === 'observe'
    ? `${from} must not import observe: take a Logger or Metrics from src/lib, node.ts hands it in`
    : `${from} must not import ${to}: test code stays out of what is shipped`;
}

/** Import cycles, each as the list of its files; `edges` decides whether erased imports count. */
export function findCycles(edges: readonly Import[]): string[][] {
  const next = new Map<string, string[]>();
  for (const edge of edges) next.set(edge.from, [...(next.get(edge.from) ?? []), edge.to]);
  const done = new Set<string>();
  const path: string[] = [];
  const cycles: string[][] = [];
  const visit = (file: string): void => {
    const at = path.indexOf(file);
    if (at !== -1) {
      cycles.push([...path.slice(at), file]);
      return;
    }
    if (done.has(file)) return;
    path.push(file);
    for (const target of next.get(file) ?? []) visit(target);
    path.pop();
    done.add(file);
  };
  for (const file of next.keys()) visit(file);
  return cycles;
}
