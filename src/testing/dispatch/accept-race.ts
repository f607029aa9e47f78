import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { newId, tokensFor } from '../../../bench/on-postgres.ts';
import { type Person, populate } from '../../../bench/people.ts';
import { policyWith, wavesOf } from '../../dispatch/testing/policy.ts';
import { destination } from '../../geo/lat-lng.ts';
import type { DownFrame } from '../../protocol/down.ts';
import { eachLimited } from '../../sim/each-limited.ts';
import type { Db } from '../../store/db.ts';
import { Line } from '../line.ts';
import { type AuditEvent, audit } from './audit.ts';
import { Contender } from './contender.ts';

export interface RaceOrder {
  /** The nodes, of one engine. */
  readonly urls: readonly string[];
  readonly sos: number;
  /** Asked for each SOS, and all of them say yes. At most 100. */
  readonly contenders: number;
  readonly onProgress?: (raced: number) => void;
}

/** How one SOS went. */
interface Race {
  readonly sosId: string;
  /** By contender, what their accept was answered. */
  readonly said: ReadonlyMap<string, string>;
}

export interface RaceResult {
  readonly races: number;
  /** From the frame of an accept handed to its socket to its answer. */
  readonly answeredMs: readonly number[];
  /** Within how long the accepts of one SOS were handed over. */
  readonly withinMs: readonly number[];
  readonly unanswered: number;
  /** Accepts that were sent again, because the store had not answered in time. */
  readonly sentAgain: number;
  readonly tookMs: number;
  /** What clients were told and what the database holds do not agree, or one of them is wrong. The first found first. */
  readonly faults: readonly string[];
}

/**
 * One slot, everybody in reach is asked at once, and nobody is kept ready. Who has just come free, which a node may learn
 * later than the caller, is asked with the next wave.
 */
export const racePolicy = (contenders: number) =>
  policyWith({
    ...wavesOf(contenders),
    alertsMax: contenders,
    radiusStartM: 2_000,
    waveTimerMs: 500,
    offerTtlMs: 600_000,
    fixMaxAgeMs: 600_000,
    fairnessMaxMs: 0,
  });

/** Whoever says yes more often than ten times a second is limited. */
const ROUND_MS_MIN = 200;
const ANSWERED_WITHIN_MS = 30_000;
const ASKED_WITHIN_MS = 30_000;
const KNOWN_TRIES = 20;
const LET_IN_TRIES = 60;
const LET_IN_AGAIN_AFTER_MS = 500;
const KNOWN_WITHIN_MS = 2_000;
const BEAT_EVERY_MS = 10_000;
const CONNECT_AT_ONCE = 20;
/** Groups are so far apart that nobody is asked by another's SOS. */
const GROUPS_APART_M = 20_000;
const FIRST_GROUP = { lat: 47.05, lng: 7.03 };
const LOST = 'unanswered';

/** A caller, and those around who are asked by each of their SOS. */
export interface RaceGroup {
  readonly caller: Person;
  readonly contenders: readonly Person[];
}

/** Puts so many groups into the database; the nodes learn of them when they start. */
export async function peopleToRace(db: Db, groups: number, contenders: number): Promise<RaceGroup[]> {
  const made = Array.from({ length: groups }, (_, g): RaceGroup => {
    const at = destination(FIRST_GROUP, 90, g * GROUPS_APART_M);
    const around = (_: unknown, i: number) => ({
      userId: newId(),
      at: destination(at, (i * 360) / contenders, 50 + i),
    });
    return {
      caller: { userId: newId(), at },
      contenders: Array.from({ length: contenders }, around),
    };
  });
  await populate(db, {
    volunteer: made.flatMap((group) => group.contenders),
    patient: made.map((group) => group.caller),
  });
  return made;
}

/** Races as many SOS as are ordered, one after another in each group, and compares all that was said with the database. */
export async function raceToAccept(
  db: Db,
  groups: readonly RaceGroup[],
  order: RaceOrder,
): Promise<RaceResult> {
  const crews: Crew[] = [];
  for (const group of groups) crews.push(await Crew.of(db, group, order.urls));
  const beating = setInterval(() => {
    for (const crew of crews) crew.beat();
  }, BEAT_EVERY_MS);
  const startMs = performance.now();
  try {
    const rounds = Array.from({ length: order.sos }, (_, i) => i).values();
    const races: Race[] = [];
    const race = async (crew: Crew) => {
      for (let next = rounds.next(); !next.done; next = rounds.next()) {
        const rested = new Promise((resolve) => setTimeout(resolve, ROUND_MS_MIN));
        races.push(await crew.race(next.value));
        order.onProgress?.(races.length);
        await rested;
      }
    };
    await Promise.all(crews.map(race));
    const tookMs = performance.now() - startMs;
    const said = races.flatMap((one) => [...one.said.values()]);
    return {
      races: races.length,
      answeredMs: crews.flatMap((crew) => crew.answeredMs),
      withinMs: crews.flatMap((crew) => crew.withinMs),
      unanswered: said.filter((what) => what === LOST).length,
      sentAgain: crews.reduce((sum, crew) => sum + crew.sentAgain, 0),
      tookMs,
      faults: [
        ...crews.flatMap((crew) => crew.faults),
        ...(await faultsOf(
          db,
          races,
          crews.flatMap((crew) => crew.notAsked),
        )),
      ],
    };
  } finally {
    clearInterval(beating);
    for (const crew of crews) crew.close();
  }
}

/** One group on sockets of all nodes. */
class Crew {
  readonly answeredMs: number[] = [];
  readonly withinMs: number[] = [];
  readonly faults: string[] = [];
  readonly notAsked: NotAsked[] = [];
  readonly #group: RaceGroup;
  /** The caller, once on each node. */
  readonly #callers: readonly Caller[];
  readonly #contenders: readonly Contender[];

  private constructor(group: RaceGroup, callers: readonly Caller[], contenders: readonly Contender[]) {
    this.#group = group;
    this.#callers = callers;
    this.#contenders = contenders;
  }

  static async of(db: Db, group: RaceGroup, urls: readonly string[]): Promise<Crew> {
    const urlOf = (i: number) => urls[i % urls.length] ?? '';
    const [token = ''] = await tokensFor(db, 'patient', [group.caller]);
    const tokens = await tokensFor(db, 'volunteer', group.contenders);
    const contenders: Contender[] = [];
    await eachLimited(group.contenders.entries(), CONNECT_AT_ONCE, async ([i, { userId, at }]) => {
      const contender = new Contender(await lineTo(urlOf(i), tokens[i] ?? '', randomUUID()));
      contenders[i] = contender;
      await contender.begin(userId, at);
    });
    const callers = await Promise.all(urls.map(async (url) => new Caller(await lineTo(url, token))));
    const crew = new Crew(group, callers, contenders);
    for (const caller of callers) await crew.#knownTo(caller);
    return crew;
  }

  /** A node learns of those on other nodes a moment later: until then it asks only some of them. */
  async #knownTo(caller: Caller): Promise<void> {
    for (let i = 0; i < KNOWN_TRIES; i++) {
      const sosId = await caller.raise(this.#group.caller.at);
      const isAsked = await within(this.#allAsked(sosId), KNOWN_WITHIN_MS);
      await caller.cancel(sosId);
      if (isAsked) return;
    }
    throw new Error('a node does not know everybody who is on the others');
  }

  async #allAsked(sosId: string): Promise<true> {
    await Promise.all(this.#contenders.map((one) => one.offered(sosId)));
    return true;
  }

  /** An SOS that one node takes in; everybody asked says yes at the same moment, each to their own node. */
  async race(round: number): Promise<Race> {
    const callers = this.#callers;
    const sosId = await (callers[round % callers.length] as Caller).raise(this.#group.caller.at);
    // Raised next by another node, which has to know by then that this one is over.
    const next = callers[(round + 1) % callers.length] as Caller;
    const over = next.over(sosId);
    if (!(await within(this.#allAsked(sosId), ASKED_WITHIN_MS))) {
      const missed = this.#group.contenders.filter((_, i) => !this.#contenders[i]?.offers.has(sosId));
      this.notAsked.push(...missed.map(({ userId }) => ({ sosId, userId })));
    }
    const ready = this.#contenders.map((one) => one.acceptance(sosId));
    const startMs = performance.now();
    for (const { send } of ready) send();
    this.withinMs.push(performance.now() - startMs);
    const answers = await Promise.all(ready.map(({ answered }) => within(answered, ANSWERED_WITHIN_MS)));
    for (const answer of answers) if (answer) this.answeredMs.push(answer.atMs - startMs);
    const said = new Map(
      this.#group.contenders.map(({ userId }, i) => [userId, answers[i]?.says ?? LOST] as const),
    );
    const winners = this.#contenders.filter((_, i) => answers[i]?.says === 'PRIMARY');
    for (const winner of winners) await within(winner.resolve(sosId), ANSWERED_WITHIN_MS);
    if (winners.length > 0 && !(await within(over, ASKED_WITHIN_MS)))
      this.faults.push(`${sosId}: the end was not told on another node, only ${next.seenOf(sosId)}`);
    return { sosId, said };
  }

  get sentAgain(): number {
    return this.#contenders.reduce((sum, { unknown }) => sum + unknown, 0);
  }

  beat(): void {
    this.#contenders.forEach((one, i) => {
      one.beat(this.#group.contenders[i]?.at);
    });
    for (const caller of this.#callers) caller.beat();
  }

  close(): void {
    for (const one of [...this.#contenders, ...this.#callers]) one.close();
  }
}

/** Somebody who calls for help on one node, and sees what becomes of what they called for on any. */
class Caller {
  readonly #line: Line;
  readonly #raised = new Map<string, (sosId: string) => void>();
  readonly #over = new Map<string, () => void>();
  /** By stream, what was seen of it. */
  readonly #seen = new Map<string, string[]>();

  constructor(line: Line) {
    this.#line = line;
    line.onFrame = (frame) => this.#heard(frame);
  }

  raise(point: Person['at']): Promise<string> {
    const id = randomUUID();
    return new Promise((resolve) => {
      this.#raised.set(id, resolve);
      this.#line.say(['sos.create', { id, emergencyType: 'MEDICAL', priority: 'HIGH', point }]);
    });
  }

  cancel(sosId: string): Promise<string> {
    const id = randomUUID();
    return new Promise((resolve) => {
      this.#raised.set(id, resolve);
      this.#line.say(['sos.cancel', { id, sosId }]);
    });
  }

  /** Resolves with true when the end of this SOS is seen here. */
  over(sosId: string): Promise<true> {
    return new Promise((resolve) => {
      this.#over.set(`sos:${sosId}`, () => resolve(true));
      this.#seen.set(`sos:${sosId}`, []);
      this.#line.say(['sub', { stream: `sos:${sosId}`, afterSeq: 0 }]);
    });
  }

  seenOf(sosId: string): string {
    return this.#seen.get(`sos:${sosId}`)?.join(', ') || 'nothing';
  }

  beat(): void {
    this.#line.say(['hb', { sentAtMs: Date.now() }]);
  }

  close(): void {
    this.#line.close();
  }

  #heard(frame: DownFrame): void {
    const [kind, body] = frame;
    if ('stream' in body && typeof body.stream === 'string')
      this.#seen
        .get(body.stream)
        ?.push(kind === 'event' ? `${body.type} ${body.seq}` : JSON.stringify(frame).slice(0, 200));
    if (kind === 'done' && body.sosId) {
      this.#raised.get(body.id)?.(body.sosId);
      this.#raised.delete(body.id);
    } else if (kind === 'event' && body.type === 'sos.resolved') {
      this.#over.get(body.stream)?.();
      this.#over.delete(body.stream);
      this.#seen.delete(body.stream);
      this.#line.say(['unsub', { stream: body.stream }]);
    }
  }
}

/** A node that is busy lets nobody new in for a while. */
async function lineTo(url: string, token: string, deviceId?: string): Promise<Line> {
  for (let tries = 1; ; tries++) {
    try {
      return await Line.open(url, token, deviceId);
    } catch (error) {
      if (tries === LET_IN_TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, LET_IN_AGAIN_AFTER_MS));
    }
  }
}

/** What comes of it in time; null otherwise. */
function within<T>(work: Promise<T>, ms: number): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(null), ms);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

interface NotAsked {
  readonly sosId: string;
  readonly userId: string;
}

async function faultsOf(db: Db, races: readonly Race[], notAsked: readonly NotAsked[]): Promise<string[]> {
  const { faults: found, events } = await audit(db, isDeepStrictEqual);
  const faults = [
    ...notAsked.map((one) => `${one.sosId}: ${one.userId} was not asked: ${whyNot(one, events)}`),
    ...found,
  ];
  const accepted = new Map<string, string[]>();
  for (const event of events) {
    if (event.kind !== 'sos' || event.type !== 'sos.accepted') continue;
    accepted.set(event.stream_id, [...(accepted.get(event.stream_id) ?? []), responderOf(event)]);
  }
  return [...races.flatMap((race) => faultsOfRace(race, accepted.get(race.sosId) ?? [])), ...faults];
}

/** Why somebody was left out of each wave, as the log has it. */
function whyNot({ sosId, userId }: NotAsked, events: readonly AuditEvent[]): string {
  const waves = events.filter((event) => event.stream_id === sosId && event.kind === 'sos');
  const said = waves.map(({ type, data }) => {
    const [, reason] = new RegExp(`"${userId}","([a-z_]+)"`).exec(JSON.stringify(data)) ?? [];
    return reason === undefined ? [] : [`${reason} (${type})`];
  });
  return said.flat().join(', ') || 'the log does not say why';
}

const responderOf = ({ data }: AuditEvent) => String(data.responderId);

/** What those who raced were told, against who stands in the log. */
export function faultsOfRace({ sosId, said }: Race, accepted: readonly string[]): string[] {
  const told = [...said].flatMap(([userId, what]) => (what === 'PRIMARY' ? [userId] : []));
  const faults: string[] = [];
  if (told.length !== 1) faults.push(`${sosId}: ${told.length} were told that the place is theirs`);
  if (accepted.join() !== told.join())
    faults.push(
      `${sosId}: ${told.join() || 'nobody'} was told so, the log says ${accepted.join() || 'nobody'}`,
    );
  for (const [userId, what] of said) {
    if (what === LOST) faults.push(`${sosId}: ${userId} was not answered`);
    else if (what !== 'PRIMARY' && what !== 'offer_filled')
      faults.push(`${sosId}: ${userId} was told ${what}`);
  }
  return faults;
}
