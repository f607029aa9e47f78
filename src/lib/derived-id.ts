import { createHash } from 'node:crypto';

/**
 * The same UUID for the same parts, always: UUIDv8 (RFC 9562, section 5.8) from SHA-256. For commands that follow from
 * another one, so that repeating that one repeats none of them.
 */
export function derivedId(...parts: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  const variant = ((Number.parseInt(hash.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    variant + hash.slice(17, 20),
    hash.slice(20, 32),
  ].join('-');
}
