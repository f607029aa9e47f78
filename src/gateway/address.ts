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
 * of them. What stands further left was written by the client and proves nothing.
 */
export function clientAddress(
  peer: string,
  forwardedFor: string,
  isTrusted: (address: string) => boolean,
): string {
  if (forwardedFor === '' || !isTrusted(peer)) return peer;
  const hops = forwardedFor.split(',').map((hop) => hop.trim());
  return hops.findLast((hop) => hop !== '' && !isTrusted(hop)) ?? peer;
}
