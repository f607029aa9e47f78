/**
 * Channels and keys are spread over so many parts, each with a hash tag of its own, so that a Cluster shares the work
 * and one part never needs two of its servers.
 */
export const PARTITIONS = 128;

/** FNV-1a of 32 bits: spreads ids and cells evenly, the same on every node. */
export function partitionOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % PARTITIONS;
}

/** What goes over one pair of connections: events, and whatever else is told at once, wait behind no rows of positions. */
export type Carries = 'events' | 'rows';

/** Names in Redis, all of them below one prefix. */
export function namesIn(prefix: string, carries: Carries) {
  const part = (partition: number, what: string) => `${prefix}:{${partition}}:${what}`;
  return {
    channel: (partition: number) => part(partition, carries),
    rows: (partition: number) => part(partition, 'people'),
    epoch: (partition: number) => part(partition, 'epoch'),
    leases: `${prefix}:{nodes}:leases`,
  };
}
