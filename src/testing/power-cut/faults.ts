import { groupBy } from '../../lib/group-by.ts';
import { doubleHoldersInStream, holdingsInInbox, overlapsOfPersons } from '../../sim/judge.ts';
import { StreamReader } from '../../sim/stream-reader.ts';
import type { Stored, StoredEvent } from './stored.ts';
import type { AnsweredCommand, DeviceFixes, SeenStream, Told } from './told.ts';

/** A broken promise. `lost command` and `lost fix` are what is missing; the others are there too often or wrongly. */
export interface Fault {
  readonly kind:
    | 'lost command'
    | 'lost fix'
    | 'fix stored twice'
    | 'done twice'
    | 'double holder'
    | 'gap'
    | 'duplicate'
    | 'seen but not stored'
    | 'contradiction';
  /** How many commands, fixes or numbers it is about. */
  readonly count: number;
  readonly sentence: string;
}

/** Compares what clients were told with what the database holds. Empty: every promise was kept. */
export function findFaults(told: Told, stored: Stored): Fault[] {
  const events = groupBy(stored.events, (event) => event.stream);
  return [
    ...lostCommands(told.commands, stored, events),
    ...told.devices.flatMap((device) => fixFaults(device, stored)),
    ...doneTwice(stored),
    ...doubleHolders(stored, events),
    ...numberFaults(stored, events),
    ...told.streams.flatMap((seen) => seenFaults(seen, events)),
    ...told.contradictions.map((sentence) => fault('contradiction', sentence)),
  ];
}

/** How many commands and fixes are missing. */
export function missingIn(faults: readonly Fault[]): number {
  return faults
    .filter(({ kind }) => kind === 'lost command' || kind === 'lost fix')
    .reduce((sum, { count }) => sum + count, 0);
}

type Streams = ReadonlyMap<string, readonly StoredEvent[]>;

const fault = (kind: Fault['kind'], sentence: string, count = 1): Fault => ({ kind, count, sentence });

function lostCommands(commands: readonly AnsweredCommand[], stored: Stored, streams: Streams): Fault[] {
  const lookup: Lookup = {
    stored,
    streams,
    sos: new Map(stored.sos.map((sos) => [sos.id, sos])),
    messages: new Map(stored.messages.map((message) => [message.id, message])),
  };
  return commands.flatMap((command) => {
    const why = whatIsLost(command, lookup);
    const what = 'sosId' in command ? `${command.kind} of SOS ${command.sosId}` : command.kind;
    return why === null ? [] : [fault('lost command', `the answered ${what} by ${command.userId}: ${why}`)];
  });
}

interface Lookup {
  readonly stored: Stored;
  readonly streams: Streams;
  readonly sos: ReadonlyMap<string, Stored['sos'][number]>;
  readonly messages: ReadonlyMap<string, Stored['messages'][number]>;
}

function whatIsLost(command: AnsweredCommand, { stored, streams, sos, messages }: Lookup): string | null {
  if (command.kind === 'duty') return stored.onDuty.has(command.userId) ? null : 'not on duty';
  const request = sos.get(command.sosId);
  if (!request) return 'there is no such SOS';
  if (!stored.commands.has(`${command.userId}/${command.commandId}`)) return 'its answer is not kept';
  if (command.kind === 'chat') {
    const message = messages.get(command.messageId);
    const said = message?.senderId === command.userId && message.text === command.text;
    const told = streams.get(`chat:${command.sosId}`)?.some((e) => e.data.messageId === command.messageId);
    return said && told ? null : 'the message is not there';
  }
  const happened = streams.get(`sos:${command.sosId}`) ?? [];
  if (!happened.some((event) => isEffect(event, command))) return 'its event is not there';
  if (happened.some((event) => event.type === 'sos.withdrawn')) return null;
  if (farness(request.status) < farness(command.status)) {
    return `it was ${command.status} and is ${request.status}`;
  }
  const accepted = command.kind === 'accept' && request.acceptedBy !== command.userId;
  return accepted ? `it belongs to ${request.acceptedBy ?? 'nobody'}` : null;
}

const EFFECT = {
  create: 'sos.created',
  accept: 'sos.accepted',
  start: 'sos.started',
  withdraw: 'sos.withdrawn',
  resolve: 'sos.resolved',
} as const;

function isEffect(event: StoredEvent, command: Exclude<AnsweredCommand, { kind: 'duty' | 'chat' }>): boolean {
  if (event.type !== EFFECT[command.kind] || personIn(event) !== command.userId) return false;
  return command.kind !== 'accept' || event.data.offerId === command.offerId;
}

const personIn = ({ data }: StoredEvent) => data.responderId ?? data.requesterId;

/** An SOS without a withdrawal only ever goes up here. */
function farness(status: string): number {
  const order = ['ACCEPTED', 'IN_PROGRESS', 'RESOLVED'];
  return status === 'CANCELLED' ? order.length : order.indexOf(status) + 1;
}

function fixFaults(device: DeviceFixes, stored: Stored): Fault[] {
  const { deviceId, sent, ackedSeq } = device;
  const numberings = stored.devices.filter((one) => one.deviceId === deviceId);
  const sum = (value: (one: Stored['devices'][number]) => number) =>
    numberings.reduce((total, one) => total + value(one), 0);
  const cursor = sum((one) => one.cursor);
  const there = sum((one) => one.rows) + (stored.refused.get(deviceId) ?? 0);
  const faults: Fault[] = [];
  const lost = (count: number, why: string) =>
    count > 0 && faults.push(fault('lost fix', `${count} of device ${deviceId} ${why}`, count));
  const extra = (count: number, why: string) =>
    count > 0 && faults.push(fault('fix stored twice', `${count} of device ${deviceId} ${why}`, count));
  lost(ackedSeq - cursor, 'were acknowledged and lie beyond its cursor');
  lost(cursor - there, 'are counted by its cursor and neither kept nor refused');
  extra(there - cursor, 'are kept or refused that its cursor does not count');
  extra(cursor - sent, 'are counted that it never sent');
  extra(
    sum((one) => one.rows - one.distinctRows),
    'have the number of another',
  );
  extra(
    sum((one) => Math.max(0, one.highestSeq - one.cursor)),
    'are kept beyond its cursor',
  );
  if (device.epochBreaks > 0 || numberings.length > 1) {
    faults.push(fault('contradiction', `device ${deviceId} had to begin its numbers anew`));
  }
  return faults;
}

function doneTwice(stored: Stored): Fault[] {
  const effects = stored.events.flatMap((event) => {
    const { stream, type, data } = event;
    if (type === 'chat.message') return [`${stream} ${type} ${data.messageId}`];
    const isCommand = Object.values<string>(EFFECT).includes(type);
    return isCommand ? [`${stream} ${type} ${personIn(event)} ${data.offerId ?? ''}`] : [];
  });
  const raised = stored.sos.map(({ userId, clientId }) => `SOS ${clientId} of ${userId}`);
  const said = stored.messages.map(({ sosId, senderId, text }) => `"${text}" by ${senderId} in ${sosId}`);
  return [effects, raised, said].flatMap((keys) =>
    [...groupBy(keys, (key) => key)]
      .filter(([, same]) => same.length > 1)
      .map(([key, same]) => fault('done twice', `${key} is there ${same.length} times`, same.length - 1)),
  );
}

function doubleHolders(stored: Stored, streams: Streams): Fault[] {
  const faults: Fault[] = [];
  for (const [sosId, held] of groupBy(stored.holders, ({ sosId }) => sosId)) {
    const people = new Set(held.map(({ userId }) => userId)).size;
    if (people > 1) faults.push(fault('double holder', `SOS ${sosId} has ${people} holders`));
  }
  for (const [userId, held] of groupBy(stored.holders, ({ userId }) => userId)) {
    const slots = new Set(held.map(({ sosId }) => sosId)).size;
    if (slots > 1) faults.push(fault('double holder', `${userId} holds ${slots} SOS`));
  }
  for (const [stream, events] of streams) {
    const [kind, id = ''] = stream.split(':');
    const doubles =
      kind === 'sos'
        ? doubleHoldersInStream(events)
        : kind === 'inbox'
          ? // By the order of the log: what was decided without the store has the time of then.
            overlapsOfPersons(
              holdingsInInbox(
                id,
                events.map((event) => ({ ...event, atMs: event.seq })),
              ),
            )
          : 0;
    if (doubles > 0) faults.push(fault('double holder', `${stream} tells of ${doubles} double holders`));
  }
  return faults;
}

function numberFaults(stored: Stored, streams: Streams): Fault[] {
  const faults: Fault[] = [];
  const heads = new Map(stored.sos.map(({ id, seq }) => [`sos:${id}`, seq]));
  for (const stream of new Set([...streams.keys(), ...stored.heads.keys(), ...heads.keys()])) {
    const numbers = (streams.get(stream) ?? []).map(({ seq }) => seq);
    const distinct = new Set(numbers);
    const head = Math.max(0, ...numbers, stored.heads.get(stream) ?? 0, heads.get(stream) ?? 0);
    if (distinct.size < head) {
      faults.push(fault('gap', `${stream} holds ${distinct.size} of ${head} numbers`, head - distinct.size));
    }
    if (distinct.size < numbers.length) {
      const count = numbers.length - distinct.size;
      faults.push(fault('duplicate', `${stream} holds ${count} numbers twice`, count));
    }
    const ahead = distinct.size - (stored.heads.get(stream) ?? 0);
    if (ahead > 0) faults.push(fault('contradiction', `${stream} is ${ahead} events ahead of its head`));
  }
  return faults;
}

function seenFaults(seen: SeenStream, streams: Streams): Fault[] {
  const reader = new StreamReader(seen.afterSeq);
  const events = new Map((streams.get(seen.stream) ?? []).map((event) => [event.seq, event]));
  const faults: Fault[] = [];
  for (const step of seen.steps) {
    if ('snapshot' in step) {
      reader.snapshot(step.snapshot);
      continue;
    }
    reader.event(step.seq);
    const event = events.get(step.seq);
    // Times are kept in microseconds and told in milliseconds.
    if (event?.type !== step.type || Math.abs(event.atMs - step.atMs) > 1) {
      const sentence = `a client was shown ${step.type} as number ${step.seq} of ${seen.stream}`;
      faults.push(fault('seen but not stored', sentence));
    }
  }
  const { gaps, duplicates } = reader.faults;
  if (gaps > 0) faults.push(fault('gap', `a client saw ${seen.stream} with ${gaps} gaps`, gaps));
  if (duplicates > 0) {
    faults.push(fault('duplicate', `a client saw ${duplicates} events of ${seen.stream} twice`, duplicates));
  }
  return faults;
}
