import type { LatLng } from '../geo/lat-lng.ts';
import type { UuidTable } from '../lib/uuid-table.ts';

/** What another node says of somebody. */
export interface PresenceRow {
  readonly userId: string;
  /** Of two rows of one node about one person the larger is the newer. */
  readonly version: number;
  readonly connections: number;
  readonly point: LatLng | null;
  readonly locatedAtMs: number | null;
}

/** Many rows, read where they lie. Not a number: not known. */
export interface PresenceRows {
  handleAt(index: number, handles: UuidTable): number;
  versionAt(index: number): number;
  connectionsAt(index: number): number;
  latAt(index: number): number;
  lngAt(index: number): number;
  locatedAtMsAt(index: number): number;
  at(index: number): PresenceRow | undefined;
}

/** What a row is beside what was known: nothing new, somewhere else, or on more or fewer sockets. */
export type Taken = 'older' | 'moved' | 'counted';

interface NodeRow {
  readonly nodeId: string;
  version: number;
  connections: number;
}

/** On how many sockets of which other nodes somebody is. Changed in place: tens of thousands of rows come in every second. */
export class NodeRows {
  /** Hardly anybody is on more than two nodes. */
  readonly #rows: NodeRow[] = [];

  take(nodeId: string, version: number, connections: number): Taken {
    const row = this.#rowOf(nodeId);
    if (!row) {
      // One without connections stays: an older row may still be under way.
      this.#rows.push({ nodeId, version, connections });
      return 'counted';
    }
    if (row.version >= version) return 'older';
    const taken = row.connections === connections ? 'moved' : 'counted';
    row.version = version;
    row.connections = connections;
    return taken;
  }

  #rowOf(nodeId: string): NodeRow | undefined {
    for (const row of this.#rows) if (row.nodeId === nodeId) return row;
    return undefined;
  }

  get connections(): number {
    return this.#rows.reduce((sum, row) => sum + row.connections, 0);
  }

  get isEmpty(): boolean {
    return this.#rows.length === 0;
  }

  /** Whether they were connected there. */
  drop(nodeId: string): boolean {
    const at = this.#rows.findIndex((row) => row.nodeId === nodeId);
    return at >= 0 && this.#rows.splice(at, 1).some((row) => row.connections > 0);
  }
}

/** Who is connected on which other node. */
export class Elsewhere {
  readonly #people = new Map<string, NodeRows>();

  /** What other nodes say of somebody; the same until they are forgotten. */
  of(userId: string): NodeRows {
    const known = this.#people.get(userId);
    if (known) return known;
    const rows = new NodeRows();
    this.#people.set(userId, rows);
    return rows;
  }

  connectionsOf(userId: string): number {
    return this.#people.get(userId)?.connections ?? 0;
  }

  /** The people who were connected there. Of whom nothing is left and nobody is to be kept is forgotten. */
  dropNode(nodeId: string, isKept: (userId: string) => boolean): string[] {
    const left: string[] = [];
    for (const [userId, rows] of this.#people) {
      if (rows.drop(nodeId)) left.push(userId);
      if (rows.isEmpty && !isKept(userId)) this.#people.delete(userId);
    }
    return left;
  }

  forget(userId: string): void {
    this.#people.delete(userId);
  }
}
