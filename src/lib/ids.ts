import type { Random } from './random.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function isUuid(text: string): boolean {
  return UUID.test(text);
}

const hex = (value: number, digits: number) => Math.floor(value).toString(16).padStart(digits, '0');

/**
 * Makes UUIDv7 (RFC 9562 section 5.7) that rise strictly within one maker: 48 bits of milliseconds, a 12-bit
 * counter, 62 random bits. When the counter of a millisecond is used up, or the clock steps back, the
 * timestamp runs ahead of the clock instead of repeating.
 */
export function uuidV7Maker(nowMs: () => number, random: Random): () => string {
  let lastMs = -1;
  let counter = 0;
  return () => {
    const ms = Math.floor(nowMs());
    if (ms > lastMs) {
      lastMs = ms;
      counter = 0;
    } else if (++counter > 0xfff) {
      lastMs += 1;
      counter = 0;
    }
    const time = hex(lastMs, 12);
    // Floored before the sum: the largest chance would round up into another variant.
    const variant = hex(0x8000 + Math.floor(random() * 0x4000), 4);
    const tail = hex(random() * 0x1_0000_0000, 8) + hex(random() * 0x1_0000, 4);
    return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(counter, 3)}-${variant}-${tail}`;
  };
}

/** The lowest UUIDv7 of an instant: the lower bound of a partition by time. */
export function uuidV7Floor(atMs: number): string {
  const time = hex(atMs, 12);
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`;
}

/** The instant inside a UUIDv7, in milliseconds. */
export function uuidV7Ms(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

export const UUID_BYTES = 16;

/** Writes the {@link UUID_BYTES} of a UUID. */
export function writeUuid(uuid: string, bytes: Buffer, at: number): void {
  bytes.write(uuid.replaceAll('-', ''), at, UUID_BYTES, 'hex');
}

/** The UUID whose bytes begin there. */
export function uuidAt(bytes: Buffer, at: number): string {
  const hex = bytes.toString('hex', at, at + UUID_BYTES);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
