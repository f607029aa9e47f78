import { isIPv4 } from 'node:net';

/** What stands under a network; the fields are those of GeoIP2 City. */
export interface PlaceRecord {
  readonly lat: number;
  readonly lng: number;
  readonly accuracyKm: number;
  readonly country: string;
}

const RECORD_MAX = 2 ** 24;
const SEPARATOR = Buffer.alloc(16);
const METADATA_MARKER = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');
const TYPE = { string: 2, double: 3, uint16: 5, uint32: 6, map: 7, uint64: 9 - 7, array: 11 - 7 } as const;

/**
 * A MaxMind DB file (format 2.0, 24-bit records, IPv6 with IPv4 below `::/96`) as a real one is laid out: a binary tree
 * over the bits of an address, the records, and what the file says of itself. Networks must not overlap.
 */
export function mmdbFile(places: Readonly<Record<string, PlaceRecord>>, builtAtS = 1_750_000_000): Buffer {
  /** Of each node where a 0 and where a 1 leads: a node, or the record of a network. */
  const nodes: [Leads, Leads][] = [[null, null]];
  const data: Buffer[] = [];
  let dataBytes = 0;
  for (const [network, place] of Object.entries(places)) {
    put(nodes, bitsOf(network), { recordAt: dataBytes });
    const record = recordOf(place);
    data.push(record);
    dataBytes += record.length;
  }
  const tree = Buffer.alloc(nodes.length * 6);
  for (const [index, sides] of nodes.entries()) {
    for (const [side, leads] of sides.entries()) {
      tree.writeUIntBE(recordValue(leads, nodes.length), index * 6 + side * 3, 3);
    }
  }
  return Buffer.concat([tree, SEPARATOR, ...data, METADATA_MARKER, metadata(nodes.length, builtAtS)]);
}

type Leads = number | { readonly recordAt: number } | null;

function put(nodes: [Leads, Leads][], bits: readonly (0 | 1)[], record: Leads): void {
  let at = 0;
  for (const [depth, bit] of bits.entries()) {
    const node = nodes[at];
    if (!node) throw new Error('a node that was never made');
    if (depth === bits.length - 1) {
      node[bit] = record;
      return;
    }
    const leads = node[bit];
    if (typeof leads === 'number') at = leads;
    else {
      at = nodes.push([null, null]) - 1;
      node[bit] = at;
    }
  }
}

function recordValue(leads: Leads, nodeCount: number): number {
  if (leads === null) return nodeCount;
  const value = typeof leads === 'number' ? leads : nodeCount + SEPARATOR.length + leads.recordAt;
  if (value >= RECORD_MAX) throw new Error('too large for records of 24 bits');
  return value;
}

/** The bits of `192.0.2.0/24` or of an IPv6 network whose groups are all written out. */
function bitsOf(network: string): (0 | 1)[] {
  const [address = '', prefix = ''] = network.split('/');
  const v4 = isIPv4(address);
  const bits = v4
    ? address.split('.').map((byte) => Number(byte).toString(2).padStart(8, '0'))
    : address.split(':').map((group) => Number.parseInt(group, 16).toString(2).padStart(16, '0'));
  const text = '0'.repeat(v4 ? 96 : 0) + bits.join('').slice(0, Number(prefix));
  return [...text].map((bit) => (bit === '1' ? 1 : 0));
}

function recordOf({ lat, lng, accuracyKm, country }: PlaceRecord): Buffer {
  const location = map({
    accuracy_radius: number('uint16', accuracyKm),
    latitude: double(lat),
    longitude: double(lng),
  });
  return map({ country: map({ iso_code: string(country) }), location });
}

const metadata = (nodeCount: number, builtAtS: number): Buffer =>
  map({
    binary_format_major_version: number('uint16', 2),
    binary_format_minor_version: number('uint16', 0),
    build_epoch: extended('uint64', bytesOf(builtAtS)),
    database_type: string('Test-City'),
    description: map({ en: string('places of a test') }),
    ip_version: number('uint16', 6),
    languages: Buffer.concat([Buffer.from([1, TYPE.array]), string('en')]),
    node_count: number('uint32', nodeCount),
    record_size: number('uint16', 24),
  });

const control = (type: number, size: number): Buffer => {
  if (size < 29) return Buffer.from([(type << 5) | size]);
  if (size < 285) return Buffer.from([(type << 5) | 29, size - 29]);
  throw new Error('longer than anything a test needs');
};

function string(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([control(TYPE.string, bytes.length), bytes]);
}

function double(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return Buffer.concat([control(TYPE.double, 8), bytes]);
}

/** Without leading zeros, as the format has it. */
function bytesOf(value: number): Buffer {
  const bytes = Buffer.alloc(6);
  bytes.writeUIntBE(value, 0, 6);
  const first = bytes.findIndex((byte) => byte !== 0);
  return first < 0 ? Buffer.alloc(0) : bytes.subarray(first);
}

const number = (type: 'uint16' | 'uint32', value: number): Buffer => {
  const bytes = bytesOf(value);
  return Buffer.concat([control(TYPE[type], bytes.length), bytes]);
};

/** Types beyond the seventh stand in a second byte. */
const extended = (type: 'uint64', bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.from([bytes.length, TYPE[type]]), bytes]);

const map = (fields: Readonly<Record<string, Buffer>>): Buffer =>
  Buffer.concat([
    control(TYPE.map, Object.keys(fields).length),
    ...Object.entries(fields).flatMap(([key, value]) => [string(key), value]),
  ]);
