import type { GatewayParts } from './parts.ts';
import type { Session } from './session.ts';

const SLICES = 20;

/**
 * Sends all clients elsewhere: everybody is told at once when to come back, each at another moment, and the sockets
 * are ended a slice at a time, so that the other nodes are not met by all of them together.
 */
export async function drainSessions(
  { clock, random, config, log }: GatewayParts,
  sessions: ReadonlySet<Session>,
): Promise<void> {
  const leaving = [...sessions].map((session) => ({
    session,
    retryAfterMs: Math.round(random() * config.returnWithinMs),
  }));
  log.info({ sockets: leaving.length }, 'sending clients elsewhere');
  for (const { session, retryAfterMs } of leaving) session.announceClose('restart', retryAfterMs);
  for (let slice = 0; slice < SLICES && sessions.size > 0; slice++) {
    await new Promise<void>((resolve) => clock.after(config.drainMs / SLICES, resolve));
    for (let i = slice; i < leaving.length; i += SLICES) {
      leaving[i]?.session.close('restart', leaving[i]?.retryAfterMs ?? 0);
    }
  }
  for (const session of sessions) session.close('restart');
}
