import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const IMPORT = /^(?:import|export)\s[^;]*?from '([^']+)';|^import '([^']+)';/gms;
const TYPES_ONLY = /^(?:import|export) type\s/;

/** What the entry pulls in at run time, through all own files. */
function pulledBy(entry: URL): { packages: Set<string>; files: Set<string> } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: URL): void => {
    if (files.has(file.href)) return;
    files.add(file.href);
    for (const match of readFileSync(file, 'utf8').matchAll(IMPORT)) {
      const from = match[1] ?? match[2] ?? '';
      if (TYPES_ONLY.test(match[0])) continue;
      if (from.startsWith('.')) visit(new URL(from, file));
      else packages.add(from);
    }
  };
  visit(entry);
  return { packages, files };
}

describe('the entry for browsers', () => {
  it('pulls in nothing of Node: only zod and msgpackr', () => {
    const { packages, files } = pulledBy(new URL('./index.ts', import.meta.url));
    expect([...packages].sort()).toEqual(['msgpackr', 'zod']);
    expect(files.size).toBeGreaterThan(20);
  });

  it('stays apart from the entry for Node, which brings ws', () => {
    const { packages } = pulledBy(new URL('./node.ts', import.meta.url));
    expect(packages).toContain('ws');
  });
});
