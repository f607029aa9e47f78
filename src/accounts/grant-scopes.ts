import type { Grant } from './types.ts';

const ALWAYS: ReadonlySet<Grant> = new Set(['hospital_authority']);
const SOMETIMES: ReadonlySet<Grant> = new Set(['staff', 'professional']);

/** What is wrong with giving a grant in one hospital, or everywhere (null); null when nothing is. */
export function scopeProblem(grant: Grant, scopeId: string | null): string | null {
  if (ALWAYS.has(grant) && scopeId === null) return `scope: ${grant} holds in one hospital; name it`;
  if (!ALWAYS.has(grant) && !SOMETIMES.has(grant) && scopeId !== null) {
    return `scope: ${grant} holds everywhere`;
  }
  return null;
}
