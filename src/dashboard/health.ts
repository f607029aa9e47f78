import type { NodeHealth } from '../client/index.ts';
import type { Engine } from '../lib/engine-health.ts';

/** The last that was heard of the node, by the page's own clock. */
export interface Heard {
  readonly health: NodeHealth;
  readonly atMs: number;
  /** From asking to the answer. */
  readonly tookMs: number;
}

/** Asked every five seconds: after three misses it is old. */
const OLD_AFTER_MS = 16_000;
/** What another node did is seen here later than this: worth a word. */
const BEHIND_FROM_MS = 2_000;
const SLOW_FROM_MS = 1_000;

/** What is not as it should be, the worst first; empty: all is well. */
export type Trouble = 'unreachable' | Engine | 'stopping' | `overload_${1 | 2 | 3}` | 'behind' | 'slow';

export function troublesOf(heard: Heard | null, nowMs: number): Trouble[] {
  if (!heard) return [];
  if (nowMs - heard.atMs > OLD_AFTER_MS) return ['unreachable'];
  const { missing, logSilentMs, overload } = heard.health;
  return [
    ...missing,
    ...overloaded(overload.level),
    ...(logSilentMs >= BEHIND_FROM_MS && !missing.includes('store') ? (['behind'] as const) : []),
    ...(heard.tookMs >= SLOW_FROM_MS ? (['slow'] as const) : []),
  ];
}

function overloaded(level: number): Trouble[] {
  if (level <= 0) return [];
  return [level === 1 ? 'overload_1' : level === 2 ? 'overload_2' : 'overload_3'];
}
