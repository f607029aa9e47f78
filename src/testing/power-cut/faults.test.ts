import { describe, expect, test } from 'vitest';
import { findFaults, missingIn } from './faults.ts';
import type { Stored, StoredEvent } from './stored.ts';
import type { AnsweredCommand, SeenStream, Told } from './told.ts';

const AT_MS = 1_000;

const event = (stream: string, seq: number, type: string, data: StoredEvent['data']): StoredEvent => ({
  stream,
  seq,
  type,
  atMs: AT_MS,
  data,
});

/** Ann called, Ben accepted, started, spoke and resolved; his device sent five fixes, one of them refused. */
const EVENTS = [
  event('sos:s1', 1, 'sos.created', { requesterId: 'ann' }),
  event('sos:s1', 2, 'sos.wave_sent', {}),
  event('sos:s1', 3, 'sos.accepted', { responderId: 'ben', offerId: 'o1', slot: 1 }),
  event('sos:s1', 4, 'sos.started', { responderId: 'ben' }),
  event('sos:s1', 5, 'sos.resolved', { responderId: 'ben' }),
  event('chat:s1', 1, 'chat.message', { messageId: 'm1', senderId: 'ben' }),
  event('inbox:ben', 1, 'sos.assigned', { sosId: 's1', slot: 1 }),
  event('inbox:ben', 2, 'sos.released', { sosId: 's1' }),
];

const stored: Stored = {
  commands: new Set(['ann/c1', 'ben/c2', 'ben/c3', 'ben/c4', 'ben/c5']),
  sos: [{ id: 's1', clientId: 'c1', userId: 'ann', status: 'RESOLVED', acceptedBy: 'ben', seq: 5 }],
  holders: [],
  events: EVENTS,
  heads: new Map([
    ['sos:s1', 5],
    ['chat:s1', 1],
    ['inbox:ben', 2],
  ]),
  messages: [{ id: 'm1', sosId: 's1', senderId: 'ben', text: 'coming' }],
  devices: [{ deviceId: 'd1', epoch: 'e1', cursor: 5, rows: 4, distinctRows: 4, highestSeq: 5 }],
  refused: new Map([['d1', 1]]),
  onDuty: new Set(['ben']),
};

const COMMANDS: AnsweredCommand[] = [
  { kind: 'create', commandId: 'c1', userId: 'ann', sosId: 's1', status: 'PENDING' },
  { kind: 'accept', commandId: 'c2', userId: 'ben', sosId: 's1', status: 'ACCEPTED', offerId: 'o1' },
  { kind: 'start', commandId: 'c3', userId: 'ben', sosId: 's1', status: 'IN_PROGRESS' },
  { kind: 'chat', commandId: 'c4', userId: 'ben', sosId: 's1', messageId: 'm1', text: 'coming' },
  { kind: 'resolve', commandId: 'c5', userId: 'ben', sosId: 's1', status: 'RESOLVED' },
  { kind: 'duty', commandId: 'c6', userId: 'ben' },
];

const seen: SeenStream = {
  stream: 'sos:s1',
  afterSeq: null,
  steps: [
    { snapshot: 3 },
    { seq: 4, type: 'sos.started', atMs: AT_MS },
    { seq: 5, type: 'sos.resolved', atMs: AT_MS },
  ],
};

const told: Told = {
  commands: COMMANDS,
  devices: [{ deviceId: 'd1', sent: 6, ackedSeq: 5, epochBreaks: 0 }],
  streams: [seen],
  contradictions: [],
};

const kinds = (faults: ReturnType<typeof findFaults>) => [...new Set(faults.map(({ kind }) => kind))];
const kindsWith = (changes: Partial<Stored>) => kinds(findFaults(told, { ...stored, ...changes }));
const without = (gone: StoredEvent['type']) => EVENTS.filter(({ type }) => type !== gone);
const kindsOfSteps = (steps: SeenStream['steps']) =>
  kinds(findFaults({ ...told, streams: [{ ...seen, steps }] }, stored));

describe('what clients were told against what is stored', () => {
  test('agrees when everything is there', () => {
    expect(findFaults(told, stored)).toEqual([]);
  });

  test('an SOS that is further along than its answer said is not lost', () => {
    const early = { ...told, commands: COMMANDS.slice(0, 2), streams: [] };
    expect(findFaults(early, stored)).toEqual([]);
  });

  test('a withdrawal takes back what an acceptance and a start had reached', () => {
    const [sos] = stored.sos;
    const events = [
      ...EVENTS.filter(({ type }) => type !== 'sos.resolved'),
      event('sos:s1', 5, 'sos.withdrawn', { responderId: 'ben', slot: 1 }),
    ];
    const reopened = sos ? [{ ...sos, status: 'PENDING', acceptedBy: null }] : [];
    const commands = COMMANDS.filter(({ kind }) => kind !== 'resolve');
    const withdrawn: Stored = { ...stored, events, sos: reopened };
    expect(findFaults({ ...told, commands, streams: [] }, withdrawn)).toEqual([]);
  });
});

describe('a lost command is found', () => {
  const lost = 'lost command';

  test('when the SOS is gone with all its rows', () => {
    const nothing: Partial<Stored> = {
      sos: [],
      events: EVENTS.filter(({ stream }) => stream === 'inbox:ben'),
      heads: new Map([['inbox:ben', 2]]),
      messages: [],
      commands: new Set(),
    };
    const faults = findFaults({ ...told, streams: [] }, { ...stored, ...nothing });
    expect(kinds(faults)).toEqual([lost]);
    expect(missingIn(faults)).toBe(5);
  });

  test.each(['sos.created', 'sos.accepted', 'sos.started', 'sos.resolved', 'chat.message'])(
    'when only its %s is gone',
    (type) => {
      expect(kindsWith({ events: without(type) })).toContain(lost);
    },
  );

  test('when the kept answer is gone', () => {
    expect(kindsWith({ commands: new Set(['ann/c1']) })).toEqual([lost]);
  });

  test('when the message says something else', () => {
    expect(kindsWith({ messages: stored.messages.map((one) => ({ ...one, text: 'going' })) })).toEqual([
      lost,
    ]);
  });

  test('when the SOS is less far than was answered', () => {
    const sos = stored.sos.map((one) => ({ ...one, status: 'ACCEPTED' }));
    expect(kindsWith({ sos })).toEqual([lost]);
  });

  test('when the SOS belongs to somebody else', () => {
    expect(kindsWith({ sos: stored.sos.map((one) => ({ ...one, acceptedBy: 'eve' })) })).toEqual([lost]);
  });

  test('when a volunteer is not on duty', () => {
    expect(kindsWith({ onDuty: new Set() })).toEqual([lost]);
  });

  test('when the engine later behaves as if it had never been', () => {
    const contradictions = ['sos.start by ben was refused: not_holder'];
    expect(kinds(findFaults({ ...told, contradictions }, stored))).toEqual(['contradiction']);
  });
});

describe('a lost fix is found', () => {
  const devicesWith = (changes: Partial<Stored['devices'][number]>): Partial<Stored> => ({
    devices: stored.devices.map((one) => ({ ...one, ...changes })),
  });

  test('when the cursor lies before what was acknowledged', () => {
    const earlier = devicesWith({ cursor: 3, rows: 2, distinctRows: 2, highestSeq: 3 });
    const faults = findFaults(told, { ...stored, ...earlier });
    expect(kinds(faults)).toEqual(['lost fix']);
    expect(missingIn(faults)).toBe(2);
  });

  test('when the device is unknown', () => {
    expect(missingIn(findFaults(told, { ...stored, devices: [], refused: new Map() }))).toBe(5);
  });

  test('when the cursor moved and the row is not there', () => {
    expect(kindsWith(devicesWith({ rows: 3, distinctRows: 3 }))).toEqual(['lost fix']);
  });

  test('when a refused one was not counted', () => {
    expect(kindsWith({ refused: new Map() })).toEqual(['lost fix']);
  });

  test('and one that is there twice, under its own number or another', () => {
    expect(kindsWith(devicesWith({ rows: 5, distinctRows: 4 }))).toEqual(['fix stored twice']);
    expect(kindsWith(devicesWith({ cursor: 7, rows: 6, distinctRows: 6, highestSeq: 7 }))).toEqual([
      'fix stored twice',
    ]);
    expect(kindsWith({ refused: new Map([['d1', 2]]) })).toEqual(['fix stored twice']);
  });

  test('and one beyond the cursor', () => {
    expect(kindsWith(devicesWith({ highestSeq: 6 }))).toEqual(['fix stored twice']);
  });

  test('and a device that had to begin anew', () => {
    const devices = told.devices.map((one) => ({ ...one, epochBreaks: 1 }));
    expect(kinds(findFaults({ ...told, devices }, stored))).toEqual(['contradiction']);
  });
});

describe('two holders are found', () => {
  test('of one SOS', () => {
    const holders = ['ben', 'eve'].map((userId) => ({ sosId: 's1', userId }));
    expect(kindsWith({ holders })).toEqual(['double holder']);
  });

  test('in the history of one SOS', () => {
    const second = event('sos:s1', 6, 'sos.accepted', { responderId: 'eve', offerId: 'o2', slot: 1 });
    const early = EVENTS.map((one) => (one.type === 'sos.resolved' ? { ...one, seq: 7 } : one));
    const heads = new Map([...stored.heads, ['sos:s1', 7]]);
    expect(kindsWith({ events: [...early, second], heads })).toContain('double holder');
  });

  test('and one person on two SOS, now or in the past', () => {
    const holders = ['s1', 's2'].map((sosId) => ({ sosId, userId: 'ben' }));
    expect(kindsWith({ holders })).toEqual(['double holder']);
    const times = [AT_MS, AT_MS + 10, AT_MS + 20, AT_MS + 30];
    const both = ['sos.assigned', 'sos.assigned', 'sos.released', 'sos.released'].map((type, i) => ({
      ...event('inbox:ben', i + 1, type, { sosId: i % 2 ? 's2' : 's1', slot: 1 }),
      atMs: times[i] ?? 0,
    }));
    const events = [...EVENTS.filter(({ stream }) => stream !== 'inbox:ben'), ...both];
    expect(kindsWith({ events, heads: new Map([...stored.heads, ['inbox:ben', 4]]) })).toEqual([
      'double holder',
    ]);
  });
});

describe('wrong numbers are found', () => {
  test('a gap, in the middle and at the end', () => {
    expect(kindsWith({ events: without('sos.wave_sent') })).toEqual(['gap']);
    expect(kindsWith({ heads: new Map([...stored.heads, ['inbox:ben', 3]]) })).toEqual(['gap']);
  });

  test('a stream that is gone although its head is there', () => {
    expect(kindsWith({ heads: new Map([...stored.heads, ['inbox:eve', 1]]) })).toEqual(['gap']);
  });

  test('the same number twice', () => {
    const twice = event('inbox:ben', 2, 'offer.closed', { offerId: 'o1' });
    expect(kindsWith({ events: [...EVENTS, twice] })).toEqual(['duplicate']);
  });

  test('events beyond the head', () => {
    expect(kindsWith({ heads: new Map([...stored.heads, ['chat:s1', 0]]) })).toEqual(['contradiction']);
  });
});

describe('what took effect twice is found', () => {
  test('an SOS raised twice', () => {
    const again = { id: 's2', clientId: 'c1', userId: 'ann', status: 'PENDING', acceptedBy: null, seq: 0 };
    expect(kindsWith({ sos: [...stored.sos, again] })).toEqual(['done twice']);
  });

  test('a message said twice', () => {
    const again = stored.messages.map((one) => ({ ...one, id: 'm2' }));
    expect(kindsWith({ messages: [...stored.messages, ...again] })).toEqual(['done twice']);
  });

  test('an event told twice under two numbers', () => {
    const again = event('chat:s1', 2, 'chat.message', { messageId: 'm1', senderId: 'ben' });
    const heads = new Map([...stored.heads, ['chat:s1', 2]]);
    expect(kindsWith({ events: [...EVENTS, again], heads })).toEqual(['done twice']);
  });
});

describe('what a client saw is checked', () => {
  const started = { seq: 4, type: 'sos.started', atMs: AT_MS };
  const resolved = { seq: 5, type: 'sos.resolved', atMs: AT_MS };

  test('a gap that no snapshot covers', () => {
    expect(kindsOfSteps([{ snapshot: 2 }, started, resolved])).toEqual(['gap']);
    expect(kindsOfSteps([{ snapshot: 1 }, { snapshot: 4 }, resolved])).toEqual([]);
  });

  test('an event delivered twice', () => {
    expect(kindsOfSteps([{ snapshot: 3 }, started, started, resolved])).toEqual(['duplicate']);
  });

  test('an event that was shown and then lost, or replaced by another under its number', () => {
    const beyond = { seq: 6, type: 'sos.cancelled', atMs: AT_MS };
    expect(kindsOfSteps([{ snapshot: 5 }, beyond])).toEqual(['seen but not stored']);
    expect(kindsOfSteps([{ snapshot: 4 }, { ...resolved, type: 'sos.cancelled' }])).toEqual([
      'seen but not stored',
    ]);
    expect(kindsOfSteps([{ snapshot: 4 }, { ...resolved, atMs: AT_MS + 5_000 }])).toEqual([
      'seen but not stored',
    ]);
  });
});
