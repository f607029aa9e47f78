import type { HttpRequest, HttpResponse } from 'uWebSockets.js';
import { addressText } from './address.ts';

/** What a handshake asks. Read when it comes: in its turn the request can't be read any more. */
export interface Handshake {
  readonly key: string;
  readonly extensions: string;
  /** As asked, with commas between. */
  readonly protocols: string;
  readonly host: string;
  readonly origins: readonly string[];
  /** The address of the other side of the connection. */
  readonly peer: string;
  /** `X-Forwarded-For` whole, all of its lines. */
  readonly forwardedFor: string;
  /** For somebody who is about to call for help. */
  readonly isUrgent: boolean;
}

/** Goes through the headers once: each look at one of them costs a crossing. */
export function handshakeOf(
  res: Pick<HttpResponse, 'getRemoteAddressAsText'>,
  req: Pick<HttpRequest, 'forEach' | 'getQuery'>,
): Handshake {
  const lines = new Map<string, string[]>();
  req.forEach((name, value) => {
    const of = lines.get(name);
    if (of) of.push(value);
    else lines.set(name, [value]);
  });
  const first = (name: string) => lines.get(name)?.[0] ?? '';
  return {
    key: first('sec-websocket-key'),
    extensions: first('sec-websocket-extensions'),
    protocols: first('sec-websocket-protocol'),
    host: first('host'),
    origins: lines.get('origin') ?? [],
    peer: addressText(res.getRemoteAddressAsText()),
    forwardedFor: (lines.get('x-forwarded-for') ?? []).join(','),
    isUrgent: req.getQuery('urgent') !== undefined,
  };
}
