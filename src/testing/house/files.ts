import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { packageRoot } from '../../lib/package-root.ts';

/** What nobody commits; also what `.gitignore` names. */
const NOT_OURS = new Set(['.git', 'node_modules', 'dist', '.data', 'coverage', '.cache']);

const TEXT = new Set([
  ...[
    '.ts',
    '.tsx',
    '.js',
    '.mjs',
    '.json',
    '.sql',
    '.lua',
    '.md',
    '.sh',
    '.html',
    '.css',
    '.yml',
    '.yaml',
    '.csv',
    '.txt',
  ],
  '',
]);

export interface TextFile {
  /** Relative to the repository, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** Every text file of this repository that is committed or about to be. */
export function ourTextFiles(): TextFile[] {
  return walk('').filter(({ path }) => !path.endsWith('.log'));
}

function walk(folder: string): TextFile[] {
  return readdirSync(new URL(folder, packageRoot), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}${entry.name}`;
    if (NOT_OURS.has(entry.name)) return [];
    if (entry.isDirectory()) return walk(`${path}/`);
    if (!entry.isFile() || !TEXT.has(extname(entry.name))) return [];
    return [{ path, text: readFileSync(new URL(path, packageRoot), 'utf8') }];
  });
}
