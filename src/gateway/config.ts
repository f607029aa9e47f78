import type { About } from '../protocol/http/about.ts';
import { LIMITS, type Limits, READING } from '../protocol/limits.ts';
import { ADDRESS_RATES, type AddressRates, PERSON_RATES, type PersonRates } from './door-limits.ts';
import { RATES, type Rate, type Rates } from './limits.ts';

/** What the street door needs to know. `node.ts` fills it from the node's configuration. */
export interface GatewayConfig {
  /** Address to listen on; absent: all. */
  readonly host?: string | undefined;
  /** 0: any free port; the real one is reported. */
  readonly port: number;
  /** PEM files; absent: plain HTTP, for this machine or behind a proxy that speaks TLS. */
  readonly tls?: { readonly keyFile: string; readonly certFile: string } | undefined;
  /** False only when several processes of one host share the port on purpose. */
  readonly exclusivePort: boolean;
  /** Origins besides our own that browsers may connect from, exactly as they write them: `https://map.example.org`. */
  readonly allowedOrigins: readonly string[];
  /** Whether an address is one of the proxies before us; only their `X-Forwarded-For` is believed. */
  readonly trustedProxies: (address: string) => boolean;
  readonly limits: Limits;
  /** Of one socket. */
  readonly rates: Rates;
  readonly addressRates: AddressRates;
  readonly personRates: PersonRates;
  /** Sockets that may sign in; a quarter is kept for those in an SOS. */
  readonly admissions: Rate;
  /** Open sockets of this node; the next handshake is refused. Below the number of files the process may open. */
  readonly sockets: number;
  /** Sockets of one address on which nobody has signed in yet. */
  readonly strangersPerAddress: number;
  /** Bytes of events waiting for one socket; above it the socket is closed as slow. */
  readonly outboxBytes: number;
  /** How often each socket is sent a WebSocket ping. */
  readonly pingMs: number;
  /** A socket that has answered no ping for so long is closed as slow, whatever it says meanwhile. */
  readonly deafAfterMs: number;
  /** Commands of one socket that are not answered yet; the next is told `busy`. */
  readonly commandsInFlight: number;
  /** How often deadlines of sockets are looked at. */
  readonly sweepMs: number;
  /** Time in which a stopping node ends its sockets. */
  readonly drainMs: number;
  /** Clients of a stopping node come back spread over this time. */
  readonly returnWithinMs: number;
  /** Folder of the built pages; absent: none are served. */
  readonly pagesFolder?: string | undefined;
  /** What anybody may know of this server. */
  readonly about: About;
  /** Where clients reach this node, for links in answers; absent: by whatever name a client called it. */
  readonly publicUrl?: string | undefined;
}

export const GATEWAY_DEFAULTS: GatewayConfig = {
  port: 8080,
  exclusivePort: true,
  allowedOrigins: [],
  trustedProxies: () => false,
  limits: LIMITS,
  rates: RATES,
  addressRates: ADDRESS_RATES,
  personRates: PERSON_RATES,
  admissions: { burst: 500, perSecond: 500 },
  sockets: 50_000,
  strangersPerAddress: 1_000,
  outboxBytes: 1024 * 1024,
  ...READING,
  commandsInFlight: 1_000,
  sweepMs: 1_000,
  drainMs: 20_000,
  about: { emergencyNumber: '112', sosCancelWindowMs: 5_000, mapStyleUrl: null, pushPublicKey: null },
  returnWithinMs: 5_000,
};
