import { LIMITS } from '../protocol/limits.ts';
import type { Encoding } from '../protocol/version.ts';
import type { Welcome } from './types.ts';

/** The limits of a node that the SDK keeps to. */
export interface KnownLimits {
  readonly frameBytes: number;
  readonly fixesPerFrame: number;
  readonly subscriptionsPerSocket: number;
  readonly heartbeatMs: number;
  readonly silenceMs: number;
}

// No server can make a client's timers spin.
const SHORTEST_HEARTBEAT_MS = 20;

/** The limits as `welcome` states them; what is missing or senseless is as in the protocol. */
export function limitsOf(welcome: Pick<Welcome, 'limits'>): KnownLimits {
  const read = (name: keyof KnownLimits): number => {
    const stated = welcome.limits[name];
    return stated !== undefined && Number.isFinite(stated) && stated >= 1 ? Math.floor(stated) : LIMITS[name];
  };
  const heartbeatMs = Math.max(SHORTEST_HEARTBEAT_MS, read('heartbeatMs'));
  return {
    frameBytes: read('frameBytes'),
    fixesPerFrame: Math.min(LIMITS.fixesPerFrame, read('fixesPerFrame')),
    subscriptionsPerSocket: read('subscriptionsPerSocket'),
    heartbeatMs,
    silenceMs: Math.max(heartbeatMs * 2, read('silenceMs')),
  };
}

// A fix has eight numbers: nine bytes each and one for the array in msgpack; in JSON up to 24 characters and a comma.
const LONGEST_ROW_BYTES: Readonly<Record<Encoding, number>> = { msgpack: 8 * 9 + 1, json: 8 * 25 + 3 };
const FRAME_AROUND_BYTES = 256;

/** How many fixes fit into one frame whatever their values. */
export function fixesPerFrame(limits: KnownLimits, encoding: Encoding): number {
  const fitting = Math.floor((limits.frameBytes - FRAME_AROUND_BYTES) / LONGEST_ROW_BYTES[encoding]);
  return Math.max(1, Math.min(limits.fixesPerFrame, fitting));
}
