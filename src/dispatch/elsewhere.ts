import type { LatLng } from '../geo/lat-lng.ts';

/** What another node says of somebody. */
export interface PresenceRow {
  readonly userId: string;
  /** Of two rows of one node about one person the larger is the newer. */
  readonly version: number;
  readonly connections: number;
  readonly point: LatLng | null;
  readonly locatedAtMs: number | null;
}

/** What a row is beside what was known: nothing new, somewhere else, or on more or fewer sockets. */
export type Taken = 'older' | 'moved' | 'counted';

/** Who is connected on which other node. */
export class Elsewhere {
  /** By person and node. Changed in place: tens of thousands of rows come in every second. */
  readonly #rows = new Map<string, Map<string, { version: number; connections: number }>>();

  take(nodeId: string, { userId, version, connections }: PresenceRow): Taken {
    const row = this.#rows.get(userId)?.get(nodeId);
    if (!row) {
      const rows = this.#rows.get(userId) ?? new Map();
      // One without connections stays: an older row may still be under way.
      this.#rows.set(userId, rows.set(nodeId, { version, connections }));
      return 'counted';
    }
    if (row.version >= version) return 'older';
    const taken = row.connections === connections ? 'moved' : 'counted';
    row.version = version;
    row.connections = connections;
    return taken;
  }

  connectionsOf(userId: string): number {
    let sum = 0;
    for (const { connections } of this.#rows.get(userId)?.values() ?? []) sum += connections;
    return sum;
  }

  /** The people who were connected there. */
  dropNode(nodeId: string): string[] {
    const left: string[] = [];
    for (const [userId, rows] of this.#rows) {
      const row = rows.get(nodeId);
      if (!row) continue;
      rows.delete(nodeId);
      if (rows.size === 0) this.#rows.delete(userId);
      if (row.connections > 0) left.push(userId);
    }
    return left;
  }

  forget(userId: string): void {
    this.#rows.delete(userId);
  }
}
