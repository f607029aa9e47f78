/** Nothing but our own scripts, styles, pictures and connections; no frames, forms or inline code. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  // The map draws in a worker of its own; the page of a phone can be installed.
  "worker-src 'self'",
  "manifest-src 'self'",
  "media-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "form-action 'none'",
].join('; ');

/** On every answer, whatever it is (OWASP HTTP Headers Cheat Sheet). */
const SECURITY_HEADERS: readonly (readonly [string, string])[] = [
  ['content-security-policy', CONTENT_SECURITY_POLICY],
  ['x-content-type-options', 'nosniff'],
  ['x-frame-options', 'DENY'],
  ['referrer-policy', 'no-referrer'],
  ['cross-origin-opener-policy', 'same-origin'],
  ['cross-origin-resource-policy', 'same-origin'],
  ['permissions-policy', 'camera=(), microphone=(), geolocation=(self)'],
];

const OVER_TLS = [...SECURITY_HEADERS, ['strict-transport-security', 'max-age=31536000'] as const];

/** Those of an answer; over plain HTTP browsers ignore the one about TLS, and RFC 6797 forbids to send it. */
export const securityHeaders = (isSecure: boolean) => (isSecure ? OVER_TLS : SECURITY_HEADERS);
