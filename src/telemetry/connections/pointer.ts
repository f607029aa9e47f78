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

function one(value: unknown, pointer: string): unknown {
  let here = value;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, key)) return undefined;
    here = (here as Readonly<Record<string, unknown>>)[key];
  }
  return here;
}
