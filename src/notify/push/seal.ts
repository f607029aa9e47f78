import { createCipheriv, createECDH, type ECDH, hkdfSync, randomBytes } from 'node:crypto';

/** What a browser gives along with where to send: its public key and a secret that both sides know, in base64url. */
export interface BrowserKeys {
  readonly p256dh: string;
  readonly auth: string;
}

const CURVE = 'prime256v1';
const SALT_BYTES = 16;
const POINT_BYTES = 65;
const RECORD_BYTES = 4_096;
/** Says that nothing follows this record. */
const LAST = 2;
/** RFC 8291, section 4: what a push service must take, less header, tag and delimiter. */
export const MOST_BYTES = 3_993;

/** Whether a browser's keys are a point of the curve and a secret of the right size. */
export function areKeys({ p256dh, auth }: BrowserKeys): boolean {
  if (bytesOf(auth).length !== SALT_BYTES || bytesOf(p256dh).length !== POINT_BYTES) return false;
  try {
    const pair = createECDH(CURVE);
    pair.generateKeys();
    pair.computeSecret(bytesOf(p256dh));
    return true;
  } catch {
    return false;
  }
}

/**
 * Seals a message for one browser (RFC 8291, `aes128gcm` of RFC 8188): nobody else can read it, the push service that
 * carries it included. One record. Throws when the text is longer than {@link MOST_BYTES} or the keys are none.
 */
export function seal(
  text: string,
  keys: BrowserKeys,
  { salt = randomBytes(SALT_BYTES), own = newPair() }: { salt?: Uint8Array; own?: ECDH } = {},
): Buffer {
  const words = Buffer.from(text);
  if (words.length > MOST_BYTES) throw new RangeError('a push message is too long');
  const theirs = bytesOf(keys.p256dh);
  const ours = own.getPublicKey();
  const secret = own.computeSecret(theirs);
  const both = derived(secret, bytesOf(keys.auth), [labelled('WebPush: info'), theirs, ours], 32);
  const key = derived(both, salt, [labelled('Content-Encoding: aes128gcm')], 16);
  const nonce = derived(both, salt, [labelled('Content-Encoding: nonce')], 12);
  const cipher = createCipheriv('aes-128-gcm', key, nonce);
  const sealed = [
    cipher.update(Buffer.concat([words, Buffer.of(LAST)])),
    cipher.final(),
    cipher.getAuthTag(),
  ];
  const size = Buffer.alloc(4);
  size.writeUInt32BE(RECORD_BYTES);
  return Buffer.concat([salt, size, Buffer.of(ours.length), ours, ...sealed]);
}

function newPair(): ECDH {
  const pair = createECDH(CURVE);
  pair.generateKeys();
  return pair;
}

const bytesOf = (text: string) => Buffer.from(text, 'base64url');
const labelled = (label: string) => Buffer.from(`${label}\0`);
const derived = (secret: Uint8Array, salt: Uint8Array, info: readonly Uint8Array[], bytes: number) =>
  Buffer.from(hkdfSync('sha256', secret, salt, Buffer.concat(info), bytes));
