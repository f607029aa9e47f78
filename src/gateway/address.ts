import type { HttpRequest } from 'uWebSockets.js';
import { isIP, isIPv4 } from 'node:net';

const utf8 = new TextDecoder();

/** The text of an address as uWebSockets.js gives it, IPv4 in IPv6 written as IPv4. */
export function addressText(bytes: ArrayBuffer): string {
  const text = utf8.decode(bytes);
  const mapped = /^(?:::ffff:|0000:0000:0000:0000:0000:ffff:)/i.exec(text);
  return mapped ? fromHex(text.slice(mapped[0].length)) : text;
}

function fromHex(text: string): string {
  const groups = /^([0-9a-f]{2})([0-9a-f]{2}):([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text);
  return groups
    ? groups
        .slice(1)
        .map((byte) => Number.parseInt(byte, 16))
        .join('.')
    : text;
}

/**
 * Who is really asking: the peer, or behind trusted proxies the last address of `X-Forwarded-For` that is not one
 * of them. What stands further left was written by the client and proves nothing. A hop that is no address is not
 * looked behind: then it is whom the hop before it is known as.
 */
export function clientAddress(
  peer: string,
  forwardedFor: string,
  isTrusted: (address: string) => boolean,
): string {
  let known = peer;
  for (const hop of forwardedFor.split(',').reverse()) {
    if (hop.trim() === '') continue;
    if (!isTrusted(known)) return known;
    const address = hopAddress(hop.trim());
    if (address === null) return known;
    known = address;
  }
  return isTrusted(known) ? peer : known;
}

/**
 * `X-Forwarded-For` whole. Some proxies add a line of their own below the one that the client sent, and
 * uWebSockets.js gives only the first line of a name, which would be the client's word.
 */
export function forwardedForOf(req: Pick<HttpRequest, 'forEach'>): string {
  const lines: string[] = [];
  req.forEach((name, value) => {
    if (name === 'x-forwarded-for') lines.push(value);
  });
  return lines.join(',');
}

/** Some proxies write the port too: `192.0.2.7:4711`, `[2001:db8::7]:4711`. */
function hopAddress(hop: string): string | null {
  if (isIPv4(hop)) return hop;
  const [, bracketed] = /^\[([^\]]+)\](?::\d+)?$/.exec(hop) ?? [];
  const [, withPort] = /^([\d.]+):\d+$/.exec(hop) ?? [];
  const address = bracketed ?? withPort ?? hop;
  if (isIP(address) === 0) return null;
  const [, mapped] = /^::ffff:([\d.]+)$/i.exec(address) ?? [];
  return mapped ?? address;
}
