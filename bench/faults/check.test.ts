import { describe, expect, test } from 'vitest';
import type { Stored, StoredEvent } from '../../src/testing/power-cut/stored.ts';
import { check } from './check.ts';
import type { Rule } from './finding.ts';
import { type Entry, type Fact, inOrder, parseHistory } from './history.ts';

/** The wall is so far ahead of the clock of the histories. */
const AHEAD_MS = 1_000_000;
const LIMITS = { recoveryMsMax: 20_000 };

const at = (monoMs: number, client: string, fact: Fact): Entry => ({ monoMs, client, ...fact });
const stored = (
  stream: string,
  seq: number,
  type: string,
  monoMs: number,
  data: StoredEvent['data'] = {},
): StoredEvent => ({ stream, seq, type, atMs: AHEAD_MS + monoMs, data });
const told = (
  monoMs: number,
  client: string,
  event: Pick<StoredEvent, 'stream' | 'seq' | 'type'>,
  more = {},
) =>
  at(monoMs, client, {
    kind: 'event',
    subscription: 1,
    ...event,
    atMs: AHEAD_MS + monoMs,
    ...more,
  });

/** Node 0 dies at 2,000 and is back at 20,000. Ann calls at 3,000; Ben, on node 1, comes; Cem was on node 0. */
const HISTORY: readonly Entry[] = [
  at(0, 'driver', { kind: 'clock', wallMs: AHEAD_MS }),
  at(1, 'ann', { kind: 'client', userId: 'u-ann', role: 'caller' }),
  at(1, 'ben', { kind: 'client', userId: 'u-ben', role: 'volunteer' }),
  at(1, 'cem', { kind: 'client', userId: 'u-cem', role: 'volunteer' }),
  at(2, 'ann', { kind: 'open', node: 1 }),
  at(2, 'ben', { kind: 'open', node: 1 }),
  at(2, 'cem', { kind: 'open', node: 0 }),
  at(3, 'ben', { kind: 'subscribed', subscription: 1, stream: 'inbox:u-ben', afterSeq: 0 }),
  at(3, 'cem', { kind: 'subscribed', subscription: 1, stream: 'inbox:u-cem', afterSeq: 0 }),
  at(4, 'ben', { kind: 'done', commandId: 'c0', command: 'duty.set', userId: 'u-ben' }),
  at(2_000, 'driver', { kind: 'fault', what: 'kill of node 0', deadNode: 0 }),
  at(2_001, 'cem', { kind: 'lost', reason: 'connection_lost' }),
  at(3_000, 'ann', { kind: 'asked', commandId: 'c1', command: 'sos.create' }),
  at(3_050, 'ann', {
    kind: 'done',
    commandId: 'c1',
    command: 'sos.create',
    userId: 'u-ann',
    sosId: 's1',
    status: 'PENDING',
  }),
  told(3_060, 'ben', { stream: 'inbox:u-ben', seq: 1, type: 'offer.sent' }, { sosId: 's1' }),
  at(3_200, 'ben', {
    kind: 'done',
    commandId: 'c2',
    command: 'offer.accept',
    userId: 'u-ben',
    sosId: 's1',
    offerId: 'o1',
    as: 'PRIMARY',
  }),
  told(3_210, 'ben', { stream: 'inbox:u-ben', seq: 2, type: 'sos.assigned' }, { sosId: 's1' }),
  at(3_300, 'ben', {
    kind: 'done',
    commandId: 'c3',
    command: 'chat.send',
    userId: 'u-ben',
    sosId: 's1',
    messageId: 'm1',
    text: 'coming',
  }),
  at(4_000, 'ben', {
    kind: 'done',
    commandId: 'c4',
    command: 'sos.resolve',
    userId: 'u-ben',
    sosId: 's1',
    status: 'RESOLVED',
  }),
  told(4_010, 'ben', { stream: 'inbox:u-ben', seq: 3, type: 'sos.released' }, { sosId: 's1' }),
  at(19_000, 'ben', { kind: 'fixes', deviceId: 'd-ben', sent: 12, ackedSeq: 10, epochBreaks: 0 }),
  at(20_000, 'driver', { kind: 'fault_over', what: 'kill of node 0' }),
  at(20_500, 'cem', { kind: 'open', node: 0 }),
  at(30_000, 'driver', { kind: 'settled' }),
];

const EVENTS: readonly StoredEvent[] = [
  stored('sos:s1', 1, 'sos.created', 3_040, { requesterId: 'u-ann' }),
  stored('sos:s1', 2, 'sos.wave_sent', 3_040),
  stored('sos:s1', 3, 'sos.accepted', 3_190, { responderId: 'u-ben', offerId: 'o1', slot: 1 }),
  stored('sos:s1', 4, 'sos.resolved', 3_990, { responderId: 'u-ben' }),
  stored('chat:s1', 1, 'chat.message', 3_290, { messageId: 'm1' }),
  stored('inbox:u-ben', 1, 'offer.sent', 3_060, { sosId: 's1' }),
  stored('inbox:u-ben', 2, 'sos.assigned', 3_210, { sosId: 's1', slot: 1 }),
  stored('inbox:u-ben', 3, 'sos.released', 4_010, { sosId: 's1' }),
];

const DUMP: Stored = {
  commands: new Set(),
  sos: [{ id: 's1', clientId: 'c1', userId: 'u-ann', status: 'RESOLVED', acceptedBy: 'u-ben', seq: 4 }],
  holders: [],
  events: EVENTS,
  heads: new Map([
    ['sos:s1', 4],
    ['chat:s1', 1],
    ['inbox:u-ben', 3],
  ]),
  messages: [{ id: 'm1', sosId: 's1', senderId: 'u-ben', text: 'coming' }],
  devices: [{ deviceId: 'd-ben', epoch: 'e1', cursor: 12, rows: 11, distinctRows: 11, highestSeq: 12 }],
  refused: new Map([['d-ben', 1]]),
  onDuty: new Set(['u-ben']),
};

const verdict = (more: readonly Entry[] = [], changes: Partial<Stored> = {}) =>
  check(inOrder([...HISTORY, ...more]), { ...DUMP, ...changes }, LIMITS);
const rules = (found: ReturnType<typeof verdict>): Rule[] => [
  ...new Set(found.findings.map(({ rule }) => rule)),
];
const without = (type: string) => EVENTS.filter((event) => event.type !== type);
const edited = (edit: (entry: Entry) => Entry | null) =>
  check(
    HISTORY.flatMap((entry) => edit(entry) ?? []),
    DUMP,
    LIMITS,
  );

describe('histories against a dump of the database', () => {
  test('agree when everything went well', () => {
    expect(verdict()).toEqual({
      acknowledged: 15,
      stored: 15,
      lost: 0,
      doubleHolders: 0,
      gaps: 0,
      stuckSos: 0,
      deadOffers: 0,
      recoveryMs: 0,
      firstOfferMs: { p50: 60, p99: 60 },
      findings: [],
      passed: true,
    });
  });

  test.each([
    ['a call whose SOS is not there', { sos: [] }],
    ['an acceptance without its event', { events: without('sos.accepted') }],
    ['an end without its event', { events: without('sos.resolved') }],
    ['a message that is not there', { messages: [] }],
    ['a message with other words', { messages: [{ ...DUMP.messages[0], text: 'not coming' }] }],
    ['somebody who went on duty and is not', { onDuty: new Set<string>() }],
    ['fixes beyond what is stored', { devices: [{ ...DUMP.devices[0], cursor: 9 }] }],
    ['fixes that are counted and not there', { devices: [{ ...DUMP.devices[0], rows: 4, distinctRows: 4 }] }],
  ])('find what was acknowledged and is lost: %s', (_, changes) => {
    const found = verdict([], changes as Partial<Stored>);
    expect(rules(found)).toContain('lost');
    expect(found.lost).toBeGreaterThan(0);
    expect(found.stored).toBe(found.acknowledged - found.lost);
    expect(found.passed).toBe(false);
  });

  test('name the first of them by its client', () => {
    const [first] = verdict([], { sos: [], messages: [] }).findings;
    expect(first).toMatchObject({
      monoMs: 3_050,
      sentence: expect.stringContaining('sos.create of SOS s1 by ann'),
    });
  });

  const WON = {
    kind: 'done',
    commandId: 'c9',
    command: 'offer.accept',
    userId: 'u-cem',
    sosId: 's1',
    offerId: 'o2',
    as: 'PRIMARY',
  } as const;
  const ACCEPTED_TOO = stored('sos:s1', 5, 'sos.accepted', 3_250, {
    responderId: 'u-cem',
    offerId: 'o2',
    slot: 1,
  });

  test('find two who were told that they have one place', () => {
    const found = verdict([at(3_250, 'cem', WON)]);
    expect(rules(found)).toContain('double holder');
    expect(found.doubleHolders).toBe(1);
  });

  test('find two in the log of one SOS, and in the table of holders', () => {
    const inLog = verdict([], {
      events: [...EVENTS.filter(({ type }) => type !== 'sos.resolved'), ACCEPTED_TOO],
    });
    expect(inLog.doubleHolders).toBeGreaterThan(0);
    const holders = ['u-ben', 'u-cem'].map((userId) => ({ sosId: 's1', userId }));
    expect(verdict([], { holders }).doubleHolders).toBe(1);
  });

  test('allow the next one after somebody gave the place up, and an acceptance that was not confirmed, if that was told', () => {
    const handedOn = [
      ...EVENTS.filter(({ type, stream }) => type !== 'sos.resolved' && stream !== 'inbox:u-ben'),
      stored('sos:s1', 4, 'sos.withdrawn', 3_240, { responderId: 'u-ben', slot: 1 }),
      ACCEPTED_TOO,
    ];
    expect(verdict([at(3_250, 'cem', WON)], { events: handedOn }).doubleHolders).toBe(0);
    const provisional = at(3_250, 'cem', { ...WON, isProvisional: true });
    expect(rules(verdict([provisional]))).toEqual(['lost']);
    const superseded = stored('inbox:u-cem', 1, 'sos.released', 9_000, { sosId: 's1', reason: 'superseded' });
    const heads = new Map([...DUMP.heads, ['inbox:u-cem', 1]]) as Stored['heads'];
    const hears = told(9_000, 'cem', superseded);
    expect(rules(verdict([provisional, hears], { events: [...EVENTS, superseded], heads }))).toEqual([]);
  });

  test('allow what was done about an SOS that was begun twice, if they were told that the other one stands', () => {
    const about = { ...WON, sosId: 's2', isProvisional: true } as const;
    const done = [
      at(3_250, 'cem', about),
      at(3_260, 'cem', { ...about, commandId: 'c9', command: 'sos.start' }),
    ];
    expect(verdict(done).lost).toBe(2);
    const told2 = stored('inbox:u-cem', 1, 'sos.released', 9_000, { sosId: 's2', reason: 'superseded' });
    const heads = new Map([...DUMP.heads, ['inbox:u-cem', 1]]) as Stored['heads'];
    const dump = { events: [...EVENTS, told2], heads };
    expect(rules(verdict([...done, told(9_000, 'cem', told2)], dump))).toEqual([]);
  });

  test('allow the end of an SOS that somebody else has ended, and none of one that goes on', () => {
    const ended = {
      kind: 'done',
      commandId: 'c8',
      command: 'sos.resolve',
      userId: 'u-cem',
      sosId: 's1',
    } as const;
    expect(rules(verdict([at(4_100, 'cem', ended)]))).toEqual([]);
    const open = { events: without('sos.resolved') };
    expect(verdict([at(4_100, 'cem', ended)], open).lost).toBe(2);
  });

  const shown = (seq: number, type: string, more: Partial<Entry> = {}) =>
    edited((entry) =>
      entry.kind === 'event' && entry.seq === 2 ? ({ ...entry, seq, type, ...more } as Entry) : entry,
    );

  test.each([
    ['a gap', () => edited((entry) => (entry.kind === 'event' && entry.seq === 2 ? null : entry))],
    ['a repetition', () => shown(1, 'offer.sent')],
    ['a wrong order', () => shown(3, 'sos.released')],
    ['another event than the log has', () => shown(2, 'sos.released')],
    ['another time than the log has', () => shown(2, 'sos.assigned', { atMs: 7 } as Partial<Entry>)],
    [
      'something before any snapshot',
      () => edited((entry) => (entry.kind === 'subscribed' ? { ...entry, afterSeq: null } : entry)),
    ],
    [
      'the last event missing at the end',
      () => edited((entry) => (entry.kind === 'event' && entry.seq === 3 ? null : entry)),
    ],
    ['a log that has a hole itself', () => verdict([], { events: without('sos.wave_sent') })],
    ['a log that has a number twice', () => verdict([], { events: [...EVENTS, ...EVENTS.slice(0, 1)] })],
  ])('find in a stream: %s', (_, run) => {
    const found = run();
    expect(rules(found)).toContain('stream');
    expect(found.gaps).toBeGreaterThan(0);
  });

  test('take a snapshot for everything up to its number', () => {
    const found = edited((entry) =>
      entry.kind === 'event' && entry.seq === 2
        ? at(entry.monoMs, 'ben', { kind: 'snapshot', subscription: 1, stream: 'inbox:u-ben', seq: 2 })
        : entry,
    );
    expect(found.findings).toEqual([]);
  });

  test('find an SOS that nobody holds and nobody has ended, and let one be that is held', () => {
    const open = { ...DUMP.sos[0], status: 'ESCALATED' } as Stored['sos'][number];
    expect(verdict([], { sos: [open] })).toMatchObject({ stuckSos: 1, passed: false });
    const holders = [{ sosId: 's1', userId: 'u-ben' }];
    expect(verdict([], { sos: [open], holders }).stuckSos).toBe(0);
  });

  const ASKED = at(10_000, 'ann', { kind: 'asked', commandId: 'c5', command: 'sos.create' });

  test('find a call that nobody answered; one that was refused is answered', () => {
    expect(rules(verdict([ASKED]))).toContain('stuck');
    const refused = at(10_100, 'ann', {
      kind: 'refused',
      commandId: 'c5',
      command: 'sos.create',
      code: 'unavailable',
    });
    expect(rules(verdict([ASKED, refused]))).toEqual([]);
  });

  const offeredToCem = (monoMs: number): Partial<Stored> => ({
    events: [...EVENTS, stored('inbox:u-cem', 1, 'offer.sent', monoMs, { sosId: 's1' })],
    heads: new Map([...DUMP.heads, ['inbox:u-cem', 1]]),
  });

  test('find an offer through a node that is dead for ten seconds, not before and not after', () => {
    const cemHears = told(21_000, 'cem', { stream: 'inbox:u-cem', seq: 1, type: 'offer.sent' });
    const dead = (monoMs: number) => {
      const changes = offeredToCem(monoMs);
      return verdict([{ ...cemHears, atMs: AHEAD_MS + monoMs } as Entry], changes);
    };
    expect(dead(13_000)).toMatchObject({ deadOffers: 1, passed: false });
    expect(dead(13_000).findings[0]?.sentence).toContain('through node 0, dead for 11000 ms');
    expect(dead(9_000).findings).toEqual([]);
    expect(dead(20_700).findings).toEqual([]);
  });

  test('say how long after a fault somebody still waited, and find when that is too long', () => {
    const late = (offeredMs: number, ...more: readonly Entry[]) =>
      verdict(
        [
          ...more,
          at(15_000, 'ann', { kind: 'asked', commandId: 'c6', command: 'sos.create' }),
          at(offeredMs - 10, 'ann', {
            kind: 'done',
            commandId: 'c6',
            command: 'sos.create',
            userId: 'u-ann',
            sosId: 's2',
          }),
          told(offeredMs, 'ben', { stream: 'inbox:u-ben', seq: 4, type: 'offer.sent' }, { sosId: 's2' }),
        ],
        {
          sos: [
            ...DUMP.sos,
            { id: 's2', clientId: 'c6', userId: 'u-ann', status: 'CANCELLED', acceptedBy: null, seq: 1 },
          ],
          events: [
            ...EVENTS,
            stored('sos:s2', 1, 'sos.created', offeredMs, { requesterId: 'u-ann' }),
            stored('inbox:u-ben', 4, 'offer.sent', offeredMs, { sosId: 's2' }),
          ],
          heads: new Map([...DUMP.heads, ['inbox:u-ben', 4], ['sos:s2', 1]]),
        },
      );
    // What is told before the store has it counts for who waits, and for no stream.
    const hint = told(15_500, 'ben', { stream: 'inbox:u-ben', seq: 3, type: 'offer.sent' }, { sosId: 's2' });
    expect(late(41_000, { ...hint, kind: 'provisional' } as Entry)).toMatchObject({
      passed: true,
      recoveryMs: 0,
      firstOfferMs: { p99: 500 },
    });
    expect(late(26_000)).toMatchObject({ recoveryMs: 6_000, passed: true, firstOfferMs: { p99: 11_000 } });
    expect(rules(late(41_000))).toEqual(['slow recovery']);
  });

  test('find what was done twice, and a device that had to begin its numbers anew', () => {
    const twice = [...DUMP.messages, { ...DUMP.messages[0], id: 'm2' }] as Stored['messages'];
    expect(rules(verdict([], { messages: twice }))).toEqual(['done twice']);
    const renumbered = at(19_500, 'ben', {
      kind: 'fixes',
      deviceId: 'd-ben',
      sent: 12,
      ackedSeq: 10,
      epochBreaks: 1,
    });
    expect(rules(verdict([renumbered]))).toEqual(['contradiction']);
  });
});

test('a history is read line by line, and a broken line is named', () => {
  const [entry] = HISTORY;
  expect(parseHistory(`${JSON.stringify(entry)}\n`, 'driver.ndjson')).toEqual([entry]);
  expect(() => parseHistory('{"monoMs":1}\n{"mono', 'ann.ndjson')).toThrow('ann.ndjson:2');
});
