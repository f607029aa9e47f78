import { crc32c } from '@node-rs/crc32';
import { UUID_BYTES, uuidAt, writeUuid } from '../../lib/ids.ts';

/** One entry of the local journal. */
export interface LocalEntry {
  /** What kind of thing it is; the numbers are the caller's. 0 is the journal's own mark that an entry is done with. */
  readonly lane: number;
  /** A UUID: two entries with the same are the same. */
  readonly id: string;
  readonly payload: Uint8Array;
}

/** Everything that was made durable by one sync, numbered through all files of the journal. */
export interface Frame {
  readonly seq: number;
  readonly entries: readonly LocalEntry[];
}

/** A stretch of a file that is no frame. */
export interface Damage {
  readonly from: number;
  readonly to: number;
}

export interface Scanned {
  readonly frames: readonly Frame[];
  /** Stretches that whole frames follow: they were durable once, so something has spoiled them. */
  readonly damage: readonly Damage[];
  /** Where the last whole frame ends. What comes after it was never acknowledged by whoever wrote one frame at a time. */
  readonly endsAt: number;
}

/** "MJ" and the version of this format. */
const MAGIC = Buffer.from([0x4d, 0x4a, 0x00, 0x01]);
/** Magic, length of the body, CRC-32C of what follows it, seq. */
const HEAD_BYTES = 4 + 4 + 4 + 8;
const ENTRY_HEAD_BYTES = 1 + 16 + 4;
const LENGTH_AT = 4;
const CRC_AT = 8;
const SEQ_AT = 12;
/** A length beyond this is no length. */
export const FRAME_BYTES_MAX = 64 * 1_048_576;

export const entryBytes = ({ payload }: LocalEntry): number => ENTRY_HEAD_BYTES + payload.length;

/**
 * A frame as it lies in the file: magic, length, CRC-32C (Castagnoli, RFC 3720 B.4) of seq and body, seq, then of each
 * entry its lane, id, length and payload. Numbers are little-endian. One check over all entries of a sync, so that of a
 * write that was cut off either everything counts or nothing.
 */
export function encodeFrame({ seq, entries }: Frame): Buffer {
  const bodyBytes = entries.reduce((sum, entry) => sum + entryBytes(entry), 0);
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + bodyBytes);
  MAGIC.copy(bytes);
  bytes.writeUInt32LE(bodyBytes, LENGTH_AT);
  bytes.writeBigUInt64LE(BigInt(seq), SEQ_AT);
  let at = HEAD_BYTES;
  for (const { lane, id, payload } of entries) {
    at = bytes.writeUInt8(lane, at);
    writeUuid(id, bytes, at);
    at += UUID_BYTES;
    at = bytes.writeUInt32LE(payload.length, at);
    bytes.set(payload, at);
    at += payload.length;
  }
  bytes.writeUInt32LE(crc32c(bytes.subarray(SEQ_AT)), CRC_AT);
  return bytes;
}

/** Every whole frame of a file, whatever lies between them. */
export function scanFrames(bytes: Buffer): Scanned {
  const frames: Frame[] = [];
  const damage: Damage[] = [];
  let endsAt = 0;
  let at = 0;
  while (at < bytes.length) {
    const read = frameAt(bytes, at);
    if (!read) {
      const next = bytes.indexOf(MAGIC, at + 1);
      at = next === -1 ? bytes.length : next;
      continue;
    }
    if (at > endsAt) damage.push({ from: endsAt, to: at });
    frames.push(read.frame);
    at = read.endsAt;
    endsAt = at;
  }
  return { frames, damage, endsAt };
}

function frameAt(bytes: Buffer, at: number): { frame: Frame; endsAt: number } | null {
  if (at + HEAD_BYTES > bytes.length || bytes.compare(MAGIC, 0, MAGIC.length, at, at + MAGIC.length) !== 0)
    return null;
  const bodyBytes = bytes.readUInt32LE(at + LENGTH_AT);
  const endsAt = at + HEAD_BYTES + bodyBytes;
  if (bodyBytes > FRAME_BYTES_MAX || endsAt > bytes.length) return null;
  if (crc32c(bytes.subarray(at + SEQ_AT, endsAt)) !== bytes.readUInt32LE(at + CRC_AT)) return null;
  const seq = Number(bytes.readBigUInt64LE(at + SEQ_AT));
  const entries = entriesIn(bytes.subarray(at + HEAD_BYTES, endsAt));
  return entries && { frame: { seq, entries }, endsAt };
}

function entriesIn(body: Buffer): LocalEntry[] | null {
  const entries: LocalEntry[] = [];
  let at = 0;
  while (at < body.length) {
    if (at + ENTRY_HEAD_BYTES > body.length) return null;
    const payloadAt = at + ENTRY_HEAD_BYTES;
    const endsAt = payloadAt + body.readUInt32LE(at + 17);
    if (endsAt > body.length) return null;
    const id = uuidAt(body, at + 1);
    entries.push({
      lane: body.readUInt8(at),
      id,
      payload: Uint8Array.from(body.subarray(payloadAt, endsAt)),
    });
    at = endsAt;
  }
  return entries;
}
