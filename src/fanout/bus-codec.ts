import { Packr } from 'msgpackr';
import type { SpentRow } from '../lib/spending.ts';
import { type Answer, type Asked, type BusMessage, LOOK_TOPICS, type Steps, type StoreWord } from './bus.ts';
import { PackedPeople, type PersonRow } from './packed-people.ts';
import type { LogEvent } from './types.ts';

const packr = new Packr({ useRecords: false, moreTypes: false });

/** Who speaks, and everything that was to be said at once. */
export interface Envelope {
  readonly fromNodeId: string;
  /** 1, 2, 3, … of this node in this partition: a hole says that something was lost. */
  readonly seq: number;
  readonly messages: readonly unknown[];
}

/** One message, ready to be put into any number of envelopes. */
export function encodeMessage(message: BusMessage): Uint8Array {
  return packr.pack(flat(message));
}

export function encodeEnvelope(fromNodeId: string, seq: number, messages: readonly Uint8Array[]): Buffer {
  return packr.pack([fromNodeId, seq, messages]);
}

/** Null: nothing that one of our nodes sent, such as one of another version. What is in it is not looked at yet. */
export function decodeEnvelope(bytes: Uint8Array): Envelope | null {
  try {
    const decoded: unknown = packr.unpack(bytes);
    if (!Array.isArray(decoded)) return null;
    const [fromNodeId, seq, messages] = decoded as unknown[];
    if (typeof fromNodeId !== 'string' || typeof seq !== 'number' || !Array.isArray(messages)) return null;
    return { fromNodeId, seq, messages };
  } catch {
    return null;
  }
}

/** What an envelope says. Null: nothing that one of our nodes sent; messages of kinds that are not known are left out. */
export function messagesIn({ messages }: Envelope): readonly BusMessage[] | null {
  try {
    return messages.flatMap((one) => messageOf(one));
  } catch {
    return null;
  }
}

function flat(message: BusMessage): unknown {
  switch (message[0]) {
    case 'event': {
      const { stream, seq, atMs, actorId, type, data } = message[1];
      return ['event', stream, seq, atMs, actorId, type, data];
    }
    case 'people':
      return ['people', message[1].bytes];
    default:
      return message;
  }
}

function messageOf(bytes: unknown): BusMessage[] {
  if (!(bytes instanceof Uint8Array)) return [];
  const message: unknown = packr.unpack(bytes);
  if (!Array.isArray(message)) return [];
  const [kind, ...rest] = message as [unknown, ...unknown[]];
  if (kind === 'event') {
    const [stream, seq, atMs, actorId, type, data] = rest as [
      string,
      number,
      number,
      string | null,
      string,
      unknown,
    ];
    const event: LogEvent = { stream, seq, atMs, actorId, type, data };
    return typeof stream === 'string' && typeof seq === 'number' ? [['event', event]] : [];
  }
  if (kind === 'people') return peopleIn(rest[0]);
  if (kind === 'look')
    return LOOK_TOPICS.filter((topic) => topic === rest[0]).map((topic) => ['look', topic]);
  if (kind === 'spent' && Array.isArray(rest[0])) return [['spent', rest[0].filter(isSpent)]];
  if (kind === 'step' && isObject(rest[0]) && typeof rest[1] === 'number')
    return [['step', rest[0], rest[1]]];
  if (kind === 'store' && isObject(rest[0])) return [['store', rest[0] as StoreWord]];
  if (kind === 'whole' && isObject(rest[0])) return [['whole', rest[0] as OfKind<'whole'>]];
  if (kind === 'steps' && isSteps(rest[0])) return [['steps', rest[0]]];
  if (kind === 'inner' && isObject(rest[0])) return [['inner', rest[0] as OfKind<'inner'>]];
  if (kind === 'overtaken' && typeof rest[0] === 'string') return [['overtaken', rest[0]]];
  if (kind === 'ask' && isObject(rest[0])) return [['ask', rest[0] as Asked]];
  if (kind === 'answer' && isObject(rest[0])) return [['answer', rest[0] as Answer]];
  if (kind === 'locate' && Array.isArray(rest[0])) return [['locate', rest[0] as string[]]];
  return [];
}

type OfKind<K extends BusMessage[0]> = Extract<BusMessage, readonly [K, ...unknown[]]>[1];

const isSteps = (value: unknown): value is Steps =>
  isObject(value) && 'steps' in value && Array.isArray(value.steps) && value.steps.every(isObject);

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const isSpent = (row: unknown): row is SpentRow =>
  Array.isArray(row) &&
  typeof row[0] === 'string' &&
  typeof row[1] === 'string' &&
  Number.isSafeInteger(row[2]) &&
  (row[2] as number) > 0;

function peopleIn(bytes: unknown): BusMessage[] {
  const people = bytes instanceof Uint8Array ? PackedPeople.from(bytes) : null;
  return people ? [['people', people]] : [];
}

type Packed = readonly [string, number, number, number | null, number | null, number | null];

/** A row as it is kept in Redis. */
export function encodePerson({ userId, version, connections, point, locatedAtMs }: PersonRow): Buffer {
  const { lat = null, lng = null } = point ?? {};
  return packr.pack([userId, version, connections, lat, lng, locatedAtMs] satisfies Packed);
}

/** Null: nothing that one of our nodes wrote. */
export function decodePerson(bytes: Uint8Array): PersonRow | null {
  try {
    const packed: unknown = packr.unpack(bytes);
    if (!Array.isArray(packed) || typeof packed[0] !== 'string') return null;
    const [userId, version, connections, lat, lng, locatedAtMs] = packed as unknown as Packed;
    const point = lat === null || lng === null ? null : { lat, lng };
    return { userId, version, connections, point, locatedAtMs };
  } catch {
    return null;
  }
}
