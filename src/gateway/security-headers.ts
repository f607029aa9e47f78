type Header = readonly [name: string, value: string];

/**
 * Nothing but our own scripts, styles, pictures and connections; no frames, forms or inline code. `mapOrigin`: where the
 * style of the map comes from, with its tiles, letters and pictures.
 */
export function contentSecurityPolicy(mapOrigin: string | null): string {
  const map = mapOrigin === null ? '' : ` ${mapOrigin}`;
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `connect-src 'self'${map}`,
    `img-src 'self' data:${map}`,
    "manifest-src 'self'",
    // The map draws in a worker of its own; the page of a phone is installed with one.
    "worker-src 'self'",
    "media-src 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "form-action 'none'",
  ].join('; ');
}

/** On every answer, whatever it is (OWASP HTTP Headers Cheat Sheet). */
const headersFor = (mapOrigin: string | null): readonly Header[] => [
  ['content-security-policy', contentSecurityPolicy(mapOrigin)],
  ['x-content-type-options', 'nosniff'],
  ['x-frame-options', 'DENY'],
  ['referrer-policy', 'no-referrer'],
  ['cross-origin-opener-policy', 'same-origin'],
  ['cross-origin-resource-policy', 'same-origin'],
  ['permissions-policy', 'camera=(), microphone=(), geolocation=(self)'],
];

const OVER_TLS: Header = ['strict-transport-security', 'max-age=31536000'];

const made = new Map<
  string | null,
  { readonly plain: readonly Header[]; readonly secure: readonly Header[] }
>();

/**
 * Those of an answer; over plain HTTP browsers ignore the one about TLS, and RFC 6797 forbids to send it. Made once for
 * each style.
 */
export function securityHeaders(isSecure: boolean, mapStyleUrl: string | null): readonly Header[] {
  let headers = made.get(mapStyleUrl);
  if (!headers) {
    const plain = headersFor(mapStyleUrl === null ? null : new URL(mapStyleUrl).origin);
    headers = { plain, secure: [...plain, OVER_TLS] };
    made.set(mapStyleUrl, headers);
  }
  return isSecure ? headers.secure : headers.plain;
}
