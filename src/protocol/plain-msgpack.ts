/** A frame needs 7 (frame, event, data, offers, offer); the rest is room for later. */
const DEPTH_MAX = 16;

const REFUSED = -1;
const STRING = -2;
const ARRAY = -3;
const MAP = -4;

/** By first byte: how many bytes of value follow, or one of the above. */
const KINDS = new Int8Array(256).fill(REFUSED);
/** By first byte: how many bytes hold the length; 0 when it is in the first byte itself. */
const LENGTH_BYTES = new Uint8Array(256);

KINDS.fill(0, 0x00, 0x80); // small numbers
KINDS.fill(MAP, 0x80, 0x90);
KINDS.fill(ARRAY, 0x90, 0xa0);
KINDS.fill(STRING, 0xa0, 0xc0);
KINDS.fill(0, 0xe0); // small negative numbers
for (const constant of [0xc0, 0xc2, 0xc3]) KINDS[constant] = 0;
for (const [first, bytes] of [
  [0xca, 4],
  [0xcb, 8],
] as const)
  KINDS[first] = bytes;
for (const [i, bytes] of [1, 2, 4, 8].entries()) {
  KINDS[0xcc + i] = bytes; // unsigned
  KINDS[0xd0 + i] = bytes; // signed
}
for (const [first, kind, bytes] of [
  [0xd9, STRING, 1],
  [0xda, STRING, 2],
  [0xdb, STRING, 4],
  [0xdc, ARRAY, 2],
  [0xdd, ARRAY, 4],
  [0xde, MAP, 2],
  [0xdf, MAP, 4],
] as const) {
  KINDS[first] = kind;
  LENGTH_BYTES[first] = bytes;
}

/**
 * Throws unless the bytes are one whole MessagePack value made only of what JSON has too: nil, booleans, numbers,
 * strings, arrays and maps. Binary, extension types (among them msgpackr's records, references, RegExp, Set, Error)
 * and deep nesting are refused before a decoder that would act on them sees them. Linear in the number of bytes.
 */
export function assertPlainMsgpack(bytes: Uint8Array): void {
  /** How many values are still to come, by depth. */
  const toCome = [1];
  let at = 0;
  while (toCome.length > 0) {
    const depth = toCome.length - 1;
    const left = toCome[depth] ?? 0;
    if (left === 0) {
      toCome.pop();
      continue;
    }
    toCome[depth] = left - 1;
    if (at >= bytes.length) throw new Error('the frame ends too early');
    const first = bytes[at] ?? 0;
    const kind = KINDS[first] ?? REFUSED;
    if (kind === REFUSED) throw new Error(`type 0x${first.toString(16)} is not part of the wire`);
    at += 1;
    if (kind >= 0) {
      at += kind;
      continue;
    }
    const length = lengthAt(bytes, at, first);
    at += LENGTH_BYTES[first] ?? 0;
    if (kind === STRING) {
      at += length;
      continue;
    }
    if (toCome.length > DEPTH_MAX) throw new Error('the frame is nested too deeply');
    toCome.push(kind === MAP ? 2 * length : length);
  }
  if (at !== bytes.length) throw new Error('the frame does not end where its value ends');
}

function lengthAt(bytes: Uint8Array, at: number, first: number): number {
  const width = LENGTH_BYTES[first] ?? 0;
  if (width === 0) return first < 0xa0 ? first & 0x0f : first & 0x1f;
  let length = 0;
  for (let i = 0; i < width; i++) length = length * 256 + (bytes[at + i] ?? 0);
  return length;
}
