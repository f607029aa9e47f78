import type { GatewayParts } from './parts.ts';
import type { Session } from './session.ts';

const SLICES = 20;
/** Whoever is in an SOS is elsewhere within two seconds: sent away after this, and back so soon. */
const SOS_LEAVES_AFTER_MS = 200;
const SOS_RETURNS_WITHIN_MS = 500;

/**
 * Sends all clients elsewhere: everybody is told at once when to come back, each at another moment, and the sockets
 * are ended a slice at a time, so that the other nodes are not met by all of them together. Whoever is in an SOS goes first.
 */
export async function drainSessions(
  { clock, random, config, log }: GatewayParts,
  sessions: ReadonlySet<Session>,
): Promise<void> {
  const pause = (ms: number) => new Promise<void>((resolve) => clock.after(ms, resolve));
  const leavingOf = (some: readonly Session[], withinMs: number) =>
    some.map((session) => ({ session, retryAfterMs: Math.round(random() * withinMs) }));
  const all = [...sessions];
  const first = leavingOf(
    all.filter(({ isInSos }) => isInSos),
    SOS_RETURNS_WITHIN_MS,
  );
  const others = leavingOf(
    all.filter(({ isInSos }) => !isInSos),
    config.returnWithinMs,
  );
  log.info({ sockets: all.length, inSos: first.length }, 'sending clients elsewhere');
  for (const { session, retryAfterMs } of [...first, ...others])
    session.announceClose('restart', retryAfterMs);
  const sliceMs = config.drainMs / SLICES;
  if (first.length > 0) await pause(Math.min(SOS_LEAVES_AFTER_MS, sliceMs));
  for (const { session, retryAfterMs } of first) session.close('restart', retryAfterMs);
  for (let slice = 0; slice < SLICES && sessions.size > 0; slice++) {
    await pause(sliceMs);
    for (let i = slice; i < others.length; i += SLICES) {
      others[i]?.session.close('restart', others[i]?.retryAfterMs ?? 0);
    }
  }
  for (const session of sessions) session.close('restart');
}
