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

/** Goes through the headers once: each look at one of them costs a crossing, and thousands can come in one turn of the loop. */
export function handshakeOf(
  res: Pick<HttpResponse, 'getRemoteAddressAsText'>,
  req: Pick<HttpRequest, 'forEach' | 'getQuery'>,
): Handshake {
  let [key, extensions, protocols, host, forwardedFor] = ['', '', '', '', ''];
  const origins: string[] = [];
  req.forEach((name, value) => {
    if (name === 'sec-websocket-key') key ||= value;
    else if (name === 'sec-websocket-extensions') extensions ||= value;
    else if (name === 'sec-websocket-protocol') protocols ||= value;
    else if (name === 'host') host ||= value;
    else if (name === 'origin') origins.push(value);
    else if (name === 'x-forwarded-for')
      forwardedFor = forwardedFor === '' ? value : `${forwardedFor},${value}`;
  });
  return {
    key,
    extensions,
    protocols,
    host,
    origins,
    peer: addressText(res.getRemoteAddressAsText()),
    forwardedFor,
    isUrgent: req.getQuery('urgent') !== undefined,
  };
}
