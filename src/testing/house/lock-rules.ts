import { z } from 'zod';
import type { Finding } from './source.ts';

const Lock = z.object({
  packages: z.record(
    z.string(),
    z.object({ optionalDependencies: z.record(z.string(), z.string()).optional() }),
  ),
});

/**
 * A registry that lacks the binaries of other platforms makes npm drop them from the lock without a word, and then
 * `npm ci` refuses the lock, everywhere. Every optional package must be in it, needed on this platform or not.
 */
export function checkLock(path: string, text: string): Finding[] {
  const { packages } = Lock.parse(JSON.parse(text));
  const isLocked = (parent: string, name: string) =>
    `node_modules/${name}` in packages || `${parent}/node_modules/${name}` in packages;
  return Object.entries(packages).flatMap(([parent, { optionalDependencies = {} }]) =>
    Object.entries(optionalDependencies)
      .filter(([name]) => !isLocked(parent, name))
      .map(([name, version]) => ({
        path,
        line: 1,
        sentence: `${name}@${version} of ${parent} is missing, so npm ci fails: add it with version, os, cpu and "optional": true`,
      })),
  );
}
