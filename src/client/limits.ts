import { LIMITS } from '../protocol/limits.ts';
import type { Encoding } from '../protocol/version.ts';
import { VITAL_NAMES } from './samples.ts';
import type { Welcome } from './types.ts';

/** The limits of a node that the SDK keeps to. */
export interface KnownLimits {
  readonly frameBytes: number;
  readonly fixesPerFrame: number;
  readonly samplesPerFrame: number;
  readonly alarmsPerFrame: number;
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
    samplesPerFrame: Math.min(LIMITS.samplesPerFrame, read('samplesPerFrame')),
    alarmsPerFrame: Math.min(LIMITS.alarmsPerFrame, read('alarmsPerFrame')),
    subscriptionsPerSocket: read('subscriptionsPerSocket'),
    heartbeatMs,
    silenceMs: Math.max(heartbeatMs * 2, read('silenceMs')),
  };
}

// A fix has eight numbers: nine bytes each and one for the array in msgpack; in JSON up to 24 characters and a comma.
const LONGEST_FIX_BYTES: Readonly<Record<Encoding, number>> = { msgpack: 8 * 9 + 1, json: 8 * 25 + 3 };
// A sample has a time, a map, and each value behind its name: one byte more in msgpack, quotes, colon and comma in JSON.
const NAMES_BYTES = VITAL_NAMES.reduce((sum, name) => sum + name.length, 0);
const LONGEST_SAMPLE_BYTES: Readonly<Record<Encoding, number>> = {
  msgpack: 9 + 3 + NAMES_BYTES + VITAL_NAMES.length * (2 + 9),
  json: 25 + 5 + NAMES_BYTES + VITAL_NAMES.length * (4 + 25),
};
const FRAME_AROUND_BYTES = 256;

/** How many rows of so many bytes fit into one frame. */
function fitting({ frameBytes }: KnownLimits, rowBytes: number, most: number): number {
  return Math.max(1, Math.min(most, Math.floor((frameBytes - FRAME_AROUND_BYTES) / rowBytes)));
}

/** How many fixes fit into one frame whatever their values. */
export const fixesPerFrame = (limits: KnownLimits, encoding: Encoding): number =>
  fitting(limits, LONGEST_FIX_BYTES[encoding], limits.fixesPerFrame);

/** The same of samples. */
export const samplesPerFrame = (limits: KnownLimits, encoding: Encoding): number =>
  fitting(limits, LONGEST_SAMPLE_BYTES[encoding], limits.samplesPerFrame);

/** The same of alarms, which are few and short. */
export const alarmsPerFrame = (limits: KnownLimits): number => limits.alarmsPerFrame;
