import { groupBy } from '../../src/lib/group-by.ts';
import { type Fault, findFaults } from '../../src/testing/power-cut/faults.ts';
import type { Stored } from '../../src/testing/power-cut/stored.ts';
import type { DeviceFixes } from '../../src/testing/power-cut/told.ts';
import { calls, percentile, recoveryOf } from './check-calls.ts';
import { offersThroughTheDead } from './check-offers.ts';
import { streamFindings } from './check-streams.ts';
import { type Finding, finding, type Rule } from './finding.ts';
import type { Entry, EntryOf } from './history.ts';

/** What a scenario came to; see {@link check}. */
export interface Verdict {
  /** Commands and fixes that were answered as done. */
  readonly acknowledged: number;
  /** Of those, how many the database holds. */
  readonly stored: number;
  readonly lost: number;
  readonly doubleHolders: number;
  /** Numbers of streams that a client missed, saw twice or out of order, or that are not stored as they were shown. */
  readonly gaps: number;
  /** Calls for help that nobody answered, or that nobody holds and nobody has ended. */
  readonly stuckSos: number;
  /** Offers to somebody whose only connection was to a node that had been dead for ten seconds. */
  readonly deadOffers: number;
  /** From the end of the last fault to the first offer of the last call that had to wait. */
  readonly recoveryMs: number;
  /** From a call to the first offer that arrives at somebody, of calls during the faults. */
  readonly firstOfferMs: { readonly p50: number | null; readonly p99: number | null };
  /** Broken promises, the first first. */
  readonly findings: readonly Finding[];
  readonly passed: boolean;
}

export interface Limits {
  readonly recoveryMsMax: number;
}

/**
 * Compares what clients saw with what is stored. Knows nothing of how either came about: `entries` are the histories in
 * order, `stored` is a dump of the database after everything has come to rest.
 */
export function check(entries: readonly Entry[], stored: Stored, limits: Limits): Verdict {
  const answers = of(entries, 'done');
  const devices = lastFixes(entries);
  const lostAnswers = lostIn(answers, stored);
  const structural = storedFindings(devices, stored);
  const shown = streamFindings(entries, stored);
  const asked = calls(entries);
  const stuck = [...stuckIn(answers, stored), ...unansweredIn(entries)];
  const dead = offersThroughTheDead(entries, stored);
  const claims = claimedTwice(answers, stored);
  const recovery = recoveryOf(asked, entries, limits.recoveryMsMax);
  const findings = [
    ...lostAnswers,
    ...structural,
    ...claims,
    ...shown,
    ...stuck,
    ...dead,
    ...recovery.findings,
  ].sort((a, b) => (a.monoMs ?? Number.POSITIVE_INFINITY) - (b.monoMs ?? Number.POSITIVE_INFINITY));
  const count = (rule: Rule) =>
    findings.filter((one) => one.rule === rule).reduce((sum, one) => sum + one.count, 0);
  const acknowledged = answers.length + devices.reduce((sum, { ackedSeq }) => sum + ackedSeq, 0);
  const waits = recovery.duringMs;
  return {
    acknowledged,
    stored: acknowledged - count('lost'),
    lost: count('lost'),
    doubleHolders: count('double holder'),
    gaps: count('stream'),
    stuckSos: count('stuck'),
    deadOffers: count('dead offer'),
    recoveryMs: recovery.recoveryMs,
    firstOfferMs: { p50: percentile(waits, 0.5), p99: percentile(waits, 0.99) },
    findings,
    passed: findings.length === 0,
  };
}

const of = <K extends Entry['kind']>(entries: readonly Entry[], kind: K): EntryOf<K>[] =>
  entries.filter((entry): entry is EntryOf<K> => entry.kind === kind);

/** What each device knew of its fixes at last. */
function lastFixes(entries: readonly Entry[]): DeviceFixes[] {
  const last = new Map<string, DeviceFixes>();
  for (const { deviceId, sent, ackedSeq, epochBreaks } of of(entries, 'fixes'))
    last.set(deviceId, { deviceId, sent, ackedSeq, epochBreaks });
  return [...last.values()];
}

/** The event that stands for a command which was carried out. */
const EFFECT: Readonly<Record<string, string>> = {
  'sos.create': 'sos.created',
  'sos.cancel': 'sos.cancelled',
  'sos.start': 'sos.started',
  'sos.withdraw': 'sos.withdrawn',
  'sos.resolve': 'sos.resolved',
  'offer.accept': 'sos.accepted',
};

/** What somebody else has ended already is ended. */
const ENDS = new Set(['sos.cancel', 'sos.resolve']);

function lostIn(answers: readonly EntryOf<'done'>[], stored: Stored): Finding[] {
  const streams = groupBy(stored.events, ({ stream }) => stream);
  const known = new Map(stored.sos.map((sos) => [sos.id, sos]));
  const messages = new Map(stored.messages.map((message) => [message.text, message]));
  const why = (answer: EntryOf<'done'>): string | null => {
    const { command, userId, sosId = '', offerId } = answer;
    if (command === 'duty.set') return stored.onDuty.has(userId) ? null : 'nobody is on duty';
    const isToldOtherwise = () =>
      answer.isProvisional && isSuperseded(streams.get(`inbox:${userId}`) ?? [], sosId);
    // A call that was begun on two nodes is one SOS in the end.
    if (!known.has(sosId)) return isToldOtherwise() ? null : 'there is no such SOS';
    if (command === 'chat.send') {
      // By what was said, which is said once: sent again to a node without the store, it may have had another number before.
      const said = messages.get(answer.text ?? '');
      return said?.senderId === userId && said.sosId === sosId ? null : 'the message is not there';
    }
    // Kept ready, and holds nothing.
    if (command === 'offer.accept' && answer.as === 'RESERVE') return null;
    if (isToldOtherwise()) return null;
    const effect = EFFECT[command];
    const isThere = (streams.get(`sos:${sosId}`) ?? []).some(
      ({ type, data }) =>
        (type === effect || type === BESIDE[command]) &&
        (ENDS.has(command) || (data.responderId ?? data.requesterId) === userId) &&
        (command !== 'offer.accept' || type === BESIDE[command] || data.offerId === offerId),
    );
    return isThere || effect === undefined ? null : `there is no ${effect}`;
  };
  return answers.flatMap((answer) => {
    const reason = why(answer);
    if (reason === null) return [];
    const what = `${answer.command} of SOS ${answer.sosId ?? '–'} by ${answer.client}`;
    return [finding('lost', answer.monoMs, `${what} was acknowledged, and ${reason}`)];
  });
}

/** Who has a place that they were given says yes to an offer and has it; whoever is not the primary and begins to help is there. */
const BESIDE: Readonly<Record<string, string>> = {
  'offer.accept': 'sos.holder_assigned',
  'sos.start': 'sos.arrived',
};

/** Somebody else has the place in the store, and this person was told that theirs is none. */
const isSuperseded = (inbox: Stored['events'], sosId: string): boolean =>
  inbox.some(
    ({ type, data }) => type === 'sos.released' && data.sosId === sosId && data.reason === 'superseded',
  );

const RULE_OF: Readonly<Record<Fault['kind'], Rule>> = {
  'lost command': 'lost',
  'lost fix': 'lost',
  'fix stored twice': 'done twice',
  'done twice': 'done twice',
  'double holder': 'double holder',
  gap: 'stream',
  duplicate: 'stream',
  'seen but not stored': 'stream',
  contradiction: 'contradiction',
};

/** What the dump says against itself, and against what devices know of their fixes. */
function storedFindings(devices: readonly DeviceFixes[], stored: Stored): Finding[] {
  const faults = findFaults({ commands: [], devices, streams: [], contradictions: [] }, stored);
  return faults.map(({ kind, count, sentence }) => finding(RULE_OF[kind], null, sentence, count));
}

/** A place becomes free by these; a second confirmed acceptance without one of them is one too many. */
const FREED = new Set(['sos.withdrawn', 'sos.holder_released', 'sos.holder_promoted', 'sos.reopened']);

function claimedTwice(answers: readonly EntryOf<'done'>[], stored: Stored): Finding[] {
  const won = answers.filter(
    ({ command, as, isProvisional }) => command === 'offer.accept' && as === 'PRIMARY' && !isProvisional,
  );
  const freed = groupBy(
    stored.events.filter(({ type }) => FREED.has(type)),
    ({ stream }) => stream,
  );
  return [...groupBy(won, ({ sosId }) => sosId ?? '')].flatMap(([sosId, claims]) => {
    const people = [...new Map(claims.map((claim) => [claim.userId, claim])).values()];
    const extra = people.length - 1 - (freed.get(`sos:${sosId}`)?.length ?? 0);
    const last = people.at(-1);
    if (extra <= 0 || !last) return [];
    const names = people.map(({ client }) => client).join(', ');
    return [finding('double holder', last.monoMs, `SOS ${sosId} was given to ${names}`, extra)];
  });
}

const CLOSED = new Set(['RESOLVED', 'CANCELLED']);

function stuckIn(answers: readonly EntryOf<'done'>[], stored: Stored): Finding[] {
  const held = new Set(stored.holders.map(({ sosId }) => sosId));
  const byId = new Map(stored.sos.map((sos) => [sos.id, sos]));
  return answers.flatMap(({ command, sosId = '', monoMs, client }) => {
    const sos = command === 'sos.create' ? byId.get(sosId) : undefined;
    if (!sos || CLOSED.has(sos.status) || held.has(sosId)) return [];
    return [finding('stuck', monoMs, `SOS ${sosId} of ${client} is ${sos.status} and nobody holds it`)];
  });
}

/** Calls that were neither acknowledged nor refused, although their clients went on asking. */
function unansweredIn(entries: readonly Entry[]): Finding[] {
  const ended = new Set<string>();
  for (const entry of entries)
    if (entry.kind === 'done' || entry.kind === 'refused') ended.add(entry.commandId);
  return of(entries, 'asked')
    .filter(({ command, commandId }) => command === 'sos.create' && !ended.has(commandId))
    .map(({ monoMs, client, commandId }) =>
      finding('stuck', monoMs, `the call ${commandId} of ${client} was never answered`),
    );
}
