/** RFC 6901: '' is the whole, '/a/b' what is in it. */
export const POINTER = /^(\/([^~/]|~[01])*)*$/;

/** Where something is; of several the first that is there. */
export type Pointers = string | readonly string[];

/** What stands there, or undefined. Own properties only: an answer of somebody else must not reach a prototype. */
export function at(value: unknown, pointers: Pointers): unknown {
  for (const pointer of typeof pointers === 'string' ? [pointers] : pointers) {
    const found = one(value, pointer);
    if (found !== undefined && found !== null) return found;
  }
  return undefined;
}

/** Pointers are those of mapping files: few, and each of them followed for every sample. */
const KEYS = new Map<string, readonly string[]>();

function keysOf(pointer: string): readonly string[] {
  const known = KEYS.get(pointer);
  if (known) return known;
  const parts = pointer.split('/').slice(1);
  const keys = parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  KEYS.set(pointer, keys);
  return keys;
}

function one(value: unknown, pointer: string): unknown {
  let here = value;
  for (const key of keysOf(pointer)) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, key)) return undefined;
    here = (here as Readonly<Record<string, unknown>>)[key];
  }
  return here;
}
