import { seededRandom } from '../src/lib/random.ts';
import { decode, encode } from '../src/protocol/codec.ts';
import { type Encoding, SUBPROTOCOLS } from '../src/protocol/version.ts';
import type { BenchReport } from './bench.ts';
import { alternate } from './measure.ts';

const SEED = 20_261_121;
const BATCH = 200;

export interface CodecBenchSize {
  readonly rounds: number;
  readonly roundMs: number;
}

const FULL_SIZE: CodecBenchSize = { rounds: 7, roundMs: 200 };

type Frame = readonly unknown[];

/** Positions as devices send them: eight values in a row, the degrees with seven decimals as phones write them. */
function positionsFrame(fixes: number): Frame {
  const random = seededRandom(SEED);
  const decimals = (value: number, places: number) => Number(value.toFixed(places));
  const sentAtMs = 1_780_000_000_000;
  const row = (_: unknown, i: number) => [
    sentAtMs - (fixes - i) * 1_000,
    decimals(37.7 + random() / 10, 7),
    decimals(-122.5 + random() / 10, 7),
    decimals(3 + random() * 20, 1),
    decimals(random() * 20, 1),
    decimals(random() * 360, 1),
    decimals(random() * 100, 1),
    Math.floor(random() * 101),
  ];
  const epoch = '5e0f6a52-4f0c-4d0e-9a57-1f2d3c4b5a69';
  return ['pos', { epoch, seq: 1, sentAtMs, fixes: Array.from({ length: fixes }, row) }];
}

const CASES: readonly { readonly name: string; readonly frame: Frame }[] = [
  { name: '1 fix', frame: positionsFrame(1) },
  { name: '10 fixes', frame: positionsFrame(10) },
  { name: '50 fixes', frame: positionsFrame(50) },
  {
    name: 'event',
    frame: [
      'event',
      {
        stream: 'inbox:0197a5e0-1111-7000-8000-000000000002',
        seq: 7,
        atMs: 1_780_000_000_000,
        actorId: null,
        type: 'offer.sent',
        data: {
          offerId: '0197a5e0-1111-7000-8000-000000000010',
          sosId: '0197a5e0-1111-7000-8000-000000000020',
          emergencyType: 'MEDICAL',
          priority: 'CRITICAL',
          cell: '87283082bffffff',
          distanceBandM: 500,
          expiresAtMs: 1_780_000_030_000,
        },
      },
    ],
  },
];

interface CaseResult {
  readonly name: string;
  readonly bytes: Readonly<Record<Encoding, number>>;
  readonly encodeNs: Readonly<Record<Encoding, number>>;
  readonly decodeNs: Readonly<Record<Encoding, number>>;
  /** How many times faster msgpack is than JSON. */
  readonly encodeRatio: number;
  readonly decodeRatio: number;
}

/** What a frame costs in both encodings, side by side. JSON starts from and ends in bytes, as on a socket. */
export function runCodecBench(size: CodecBenchSize): BenchReport {
  const cases = CASES.map(({ name, frame }) => measure(name, frame, size));
  const passed = CASES.every(({ frame }) => encodings.every((encoding) => comesBack(frame, encoding)));
  return { passed, row: { bench: 'codec', ...size, cases, passed }, lines: table(cases, passed) };
}

const encodings = Object.keys(SUBPROTOCOLS) as readonly Encoding[];

function toBytes(frame: Frame, encoding: Encoding): Uint8Array {
  const encoded = encode(frame, encoding);
  return typeof encoded === 'string' ? Buffer.from(encoded) : Uint8Array.from(encoded);
}

function comesBack(frame: Frame, encoding: Encoding): boolean {
  return JSON.stringify(decode(toBytes(frame, encoding), encoding)) === JSON.stringify(frame);
}

function measure(name: string, frame: Frame, { rounds, roundMs }: CodecBenchSize): CaseResult {
  const bytes = { msgpack: toBytes(frame, 'msgpack'), json: toBytes(frame, 'json') };
  const writes = alternate(
    repeat(() => encode(frame, 'msgpack').length),
    repeat(() => Buffer.from(encode(frame, 'json') as string).length),
    rounds,
    roundMs,
  );
  const reads = alternate(
    repeat(() => (decode(bytes.msgpack, 'msgpack') as Frame).length),
    repeat(() => (decode(bytes.json, 'json') as Frame).length),
    rounds,
    roundMs,
  );
  return {
    name,
    bytes: { msgpack: bytes.msgpack.length, json: bytes.json.length },
    encodeNs: { msgpack: 1e9 / writes.a, json: 1e9 / writes.b },
    decodeNs: { msgpack: 1e9 / reads.a, json: 1e9 / reads.b },
    encodeRatio: writes.ratio,
    decodeRatio: reads.ratio,
  };
}

// The sum keeps the compiler from leaving out work whose result nobody reads.
function repeat(work: () => number): () => number {
  let sum = 0;
  return () => {
    for (let i = 0; i < BATCH; i++) sum += work();
    return sum > 0 ? BATCH : 0;
  };
}

function table(cases: readonly CaseResult[], passed: boolean): string[] {
  const pair = ({ msgpack, json }: Readonly<Record<Encoding, number>>) =>
    `${Math.round(msgpack)} / ${Math.round(json)}`.padStart(18);
  return [
    `msgpack / JSON, per frame; a ratio above 1 is in favour of msgpack; seed ${SEED}`,
    `${'frame'.padEnd(10)}${'bytes'.padStart(18)}${'encode ns'.padStart(18)}${'ratio'.padStart(7)}${'decode ns'.padStart(18)}${'ratio'.padStart(7)}`,
    ...cases.map(
      (c) =>
        c.name.padEnd(10) +
        pair(c.bytes) +
        pair(c.encodeNs) +
        c.encodeRatio.toFixed(2).padStart(7) +
        pair(c.decodeNs) +
        c.decodeRatio.toFixed(2).padStart(7),
    ),
    passed ? 'passed' : 'FAILED: a frame did not come back as it was',
  ];
}

export const run = async () => runCodecBench(FULL_SIZE);
