import { rmSync } from 'node:fs';
import net from 'node:net';
import { promisify } from 'node:util';
import type { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { systemClock } from '../../lib/clock.ts';
import { startCheckpoints } from './checkpoints.ts';
import { die, type OpenDatabase } from './open.ts';
import { SessionGate } from './session-gate.ts';

/**
 * Far away on purpose: pglite-socket never gives back the place of a connection that ended with an error. Who may
 * connect is decided by the rights on the socket's directory.
 */
const MAX_CONNECTIONS = 1_000_000;

/** A database that `pg` can connect to. */
export interface Serving {
  /** Checkpoint and close. */
  stop(): Promise<void>;
  /** See {@link SessionGate.probe}. */
  ping(): Promise<void>;
}

/** Serves it on a Unix socket. The process ends when the database breaks. */
export async function serve({ db, counts }: OpenDatabase, socketPath: string): Promise<Serving> {
  const gate = new SessionGate(db, die);
  // pglite-socket uses of the database only what SessionGate has.
  const server = new PGLiteSocketServer({
    db: gate as unknown as PGlite,
    path: socketPath,
    maxConnections: MAX_CONNECTIONS,
  });
  gate.connectionCount = () => openConnections(server);
  rmSync(socketPath, { force: true });
  await server.start();
  const stopCheckpoints = startCheckpoints(gate, counts, systemClock, (error) =>
    die(`a checkpoint failed: ${error}`),
  );
  return {
    ping: () => gate.probe(),
    stop: async () => {
      stopCheckpoints();
      await server.stop();
      await db.exec('rollback');
      await db.exec('checkpoint');
      await db.close();
    },
  };
}

/** Not from `getStats()`: it counts connections that were lost by an error for ever. */
function openConnections(server: PGLiteSocketServer): Promise<number> {
  const listening: unknown = Reflect.get(server, 'server');
  if (!(listening instanceof net.Server))
    throw new Error('pglite-socket no longer keeps its net.Server as `server`');
  return promisify(listening.getConnections.bind(listening))();
}
