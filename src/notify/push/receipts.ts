import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { UUID_BYTES, uuidAt, writeUuid } from '../../lib/ids.ts';

/** What a browser hands back that was told of an offer: that it has it. */
export interface PushReceipt {
  readonly sosId: string;
  readonly offerId: string;
  readonly userId: string;
}

export interface PushReceipts {
  write(receipt: PushReceipt): string;
  /** Null: it is none of ours. */
  read(text: string): PushReceipt | null;
}

const SEAL_BYTES = 16;

/**
 * Receipts for offers that went out by push. One travels inside the sealed message and nowhere else, so whoever brings it
 * back is the browser that could read the message; a worker of a closed page has no token to sign in with. `secret`: any
 * that all nodes share.
 */
export function pushReceipts(secret: string): PushReceipts {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'muster push receipts', 32));
  const sealOf = (ids: Uint8Array) => createHmac('sha256', key).update(ids).digest().subarray(0, SEAL_BYTES);
  return {
    write({ sosId, offerId, userId }) {
      const ids = Buffer.alloc(3 * UUID_BYTES);
      for (const [place, id] of [sosId, offerId, userId].entries()) writeUuid(id, ids, place * UUID_BYTES);
      return Buffer.concat([ids, sealOf(ids)]).toString('base64url');
    },
    read(text) {
      const bytes = Buffer.from(text, 'base64url');
      if (bytes.length !== 3 * UUID_BYTES + SEAL_BYTES) return null;
      const ids = bytes.subarray(0, 3 * UUID_BYTES);
      if (!timingSafeEqual(bytes.subarray(3 * UUID_BYTES), sealOf(ids))) return null;
      const id = (place: number) => uuidAt(ids, place * UUID_BYTES);
      return { sosId: id(0), offerId: id(1), userId: id(2) };
    },
  };
}
