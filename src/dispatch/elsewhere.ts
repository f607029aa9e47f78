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

/** Who is connected on which other node. */
export class Elsewhere {
  /** By person and node. */
  readonly #rows = new Map<string, Map<string, { readonly version: number; readonly connections: number }>>();

  /** False: something newer is known. */
  take(nodeId: string, { userId, version, connections }: PresenceRow): boolean {
    const rows = this.#rows.get(userId) ?? new Map();
    if ((rows.get(nodeId)?.version ?? 0) >= version) return false;
    this.#rows.set(userId, rows);
    // One without connections stays: an older row may still be under way.
    rows.set(nodeId, { version, connections });
    return true;
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
