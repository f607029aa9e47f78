import { createHash } from 'node:crypto';

/**
 * Who of these nodes decides about an SOS of which nothing was decided without the store yet: the one with the highest hash of both
 * (rendezvous hashing), so that all who know the same nodes name the same, and few change when one goes.
 */
export function deciderOf(sosId: string, nodeIds: readonly string[]): string | null {
  let best: { readonly nodeId: string; readonly rank: string } | null = null;
  for (const nodeId of nodeIds) {
    const rank = createHash('sha256').update(`${sosId} ${nodeId}`).digest('hex');
    if (!best || rank > best.rank) best = { nodeId, rank };
  }
  return best?.nodeId ?? null;
}
