import { parseArgs } from 'node:util';
import { newId, onPostgres, quantile, tokensFor } from '../../bench/on-postgres.ts';
import { type Person, populate } from '../../bench/people.ts';
import { MusterClient } from '../client/node.ts';
import { pgDispatchStore } from '../dispatch/pg.ts';
import { policyWith, wavesOf } from '../dispatch/testing/policy.ts';
import { destination, type LatLng } from '../geo/lat-lng.ts';
import { ensurePartitions } from '../jobs/partitions.ts';
import { must } from '../lib/assert.ts';
import { systemClock } from '../lib/clock.ts';
import { type Random, seededRandom } from '../lib/random.ts';
import { OwnEngine } from '../sim/own-engine.ts';
import { type Db, sql } from '../store/db.ts';
import { wholeNumber } from './proof-options.ts';
import { RedisProcess } from './redis/server.ts';
import { until } from './until.ts';

/** Two of three nodes are killed in turn, the third has those who are asked. */
const VICTIMS = 2;
const ASKED_PER_AREA = 3;
const WAVE_MS = 1_500;
const DISPATCHERS_AFTER_MS = 3_500;
/** Killed so long after the call was acknowledged, at most. */
const KILLED_WITHIN_MS = 1_200;
const ACCEPTED_WITHIN_MS = 1_500;
const LATE_MS_MAX = 2_000;
const ENDS_WITHIN_MS = 30_000;
/** So far apart that nobody is asked by the SOS of the other area. */
const AREAS_APART_M = 30_000;
const FIRST_AREA: LatLng = { lat: 47.05, lng: 7.03 };

/** Asked one at a time, and dispatchers are told when the second has not answered either. */
const POLICY = policyWith({
  ...wavesOf(1),
  alertsMax: 2,
  radiusStartM: 2_000,
  radiusMaxM: 2_000,
  waveTimerMs: WAVE_MS,
  offerTtlMs: 60_000,
  fairnessMaxMs: 0,
  ladder: [{ step: 'dispatchers', afterMs: DISPATCHERS_AFTER_MS }],
});

export interface OfferKillResult {
  readonly kills: number;
  readonly accepted: number;
  readonly escalated: number;
  /** How long after its deadline each thing that was due was done, in ms. */
  readonly lateMs: readonly number[];
  /** From the kill to the acceptance or to dispatchers being told. */
  readonly outcomeMs: readonly number[];
  readonly faults: readonly string[];
}

interface Found {
  /** `early`: nobody was being asked when the node was killed, which shows nothing. */
  readonly outcome: 'accepted' | 'escalated' | 'neither' | 'early';
  readonly lateMs: readonly number[];
  readonly outcomeMs: number;
}

const EVENTS = sql(
  'proof_offer_kill_events',
  `select type, (extract(epoch from at) * 1000)::float8 as at_ms, (data->>'nextWaveAtMs')::float8 as next_ms
     from journal.events where kind = 'sos' and stream_id = $1 order by seq`,
);

/** Kills the node that holds an SOS while somebody is asked, again and again. */
export function killMidOffer(
  kills: number,
  seed: number,
  say: (line: string) => void,
): Promise<OfferKillResult> {
  return onPostgres(async (databaseUrl, db) => {
    const redis = await RedisProcess.start();
    const nodes: OwnEngine[] = [];
    try {
      await ensurePartitions(db, systemClock.nowMs());
      await pgDispatchStore(db).addPolicy(POLICY, null);
      const areas = await peopleOf(db);
      for (let i = 0; i <= VICTIMS; i++) {
        const env = { ...process.env, REDIS_URL: redis.url };
        nodes.push(await OwnEngine.start({ databaseUrl, env, onDeath: say }));
      }
      const witness = must(nodes.at(-1), 'the node that lives').url;
      const rounds = await Promise.all(
        areas.map((area, i) => {
          const share = Math.ceil((kills - i) / VICTIMS);
          const victim = must(nodes[i], 'a node');
          return killAgain({ db, victim, witness, area, rounds: share, random: seededRandom(seed + i), say });
        }),
      );
      return resultOf(rounds.flat());
    } finally {
      for (const node of nodes) await node.remove();
      redis.stop();
    }
  });
}

interface Area {
  readonly at: LatLng;
  readonly caller: string;
  readonly asked: readonly { readonly person: Person; readonly token: string }[];
}

async function peopleOf(db: Db): Promise<Area[]> {
  const areas = Array.from({ length: VICTIMS }, (_, i) => {
    const at = destination(FIRST_AREA, 90, i * AREAS_APART_M);
    const volunteers = Array.from({ length: ASKED_PER_AREA }, (__, n) => ({
      userId: newId(),
      at: destination(at, 90, 100 * (n + 1)),
    }));
    return { at, caller: { userId: newId(), at }, volunteers };
  });
  const volunteer = areas.flatMap(({ volunteers }) => volunteers);
  const patient = areas.map(({ caller }) => caller);
  await populate(db, { volunteer, patient });
  const [tokens, callers] = [
    await tokensFor(db, 'volunteer', volunteer),
    await tokensFor(db, 'patient', patient),
  ];
  return areas.map(({ at, volunteers }, i) => ({
    at,
    caller: callers[i] ?? '',
    asked: volunteers.map((person, n) => ({ person, token: tokens[i * ASKED_PER_AREA + n] ?? '' })),
  }));
}

interface Order {
  readonly db: Db;
  readonly victim: OwnEngine;
  /** Where those are who are asked. */
  readonly witness: string;
  readonly area: Area;
  readonly rounds: number;
  readonly random: Random;
  readonly say: (line: string) => void;
}

async function killAgain({ db, victim, witness, area, rounds, random, say }: Order): Promise<Found[]> {
  const asked = await Promise.all(area.asked.map((one) => Asked.connect(witness, one)));
  const found: Found[] = [];
  const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  try {
    for (let round = 0; round < rounds; round++) {
      // Whose place is ten minutes old is not asked.
      await Promise.all(asked.map((one) => one.move()));
      const caller = new MusterClient({ url: victim.url, token: async () => area.caller });
      caller.connect();
      const { sosId = '' } = await caller.command('sos.create', {
        emergencyType: 'MEDICAL',
        priority: 'HIGH',
        point: area.at,
      });
      // In every second round somebody answers after the kill, in the others nobody does.
      const answers = round % 2 === 0;
      await pause(random() * KILLED_WITHIN_MS);
      await victim.crash();
      const killedAtMs = systemClock.nowMs();
      const back = victim.restart();
      if (answers) for (const one of asked) one.answerTo(sosId, random() * ACCEPTED_WITHIN_MS);
      const isOver = async () => (await outcomeOf(db, sosId, killedAtMs)).outcome !== 'neither';
      await until(isOver, { timeoutMs: ENDS_WITHIN_MS, what: `an end of SOS ${sosId}` }).catch(() => {});
      found.push(await outcomeOf(db, sosId, killedAtMs));
      await back;
      for (const one of asked) await one.leave(sosId);
      await caller.command('sos.cancel', { sosId });
      await caller.close();
      if (round % 10 === 9) say(`${round + 1} of ${rounds} kills of ${victim.url}`);
    }
  } finally {
    await Promise.all(asked.map((one) => one.close()));
  }
  return found;
}

/** Somebody who is asked, says that the offer has arrived, and answers when they are told to. */
class Asked {
  readonly #client: MusterClient;
  readonly #at: LatLng;
  readonly #offers = new Map<string, string>();
  readonly #holds = new Set<string>();
  readonly #answers = new Map<string, number>();

  static async connect(
    url: string,
    { person, token }: { readonly person: Person; readonly token: string },
  ): Promise<Asked> {
    const client = new MusterClient({ url, token: async () => token, device: { id: person.userId } });
    const asked = new Asked(client, person.at);
    client.connect();
    await client.ready();
    client.subscribe(
      `inbox:${person.userId}`,
      {
        onEvent: (event) => {
          if (event.type === 'offer.sent') asked.#offered(event.data.sosId, event.data.offerId);
        },
      },
      0,
    );
    return asked;
  }

  private constructor(client: MusterClient, at: LatLng) {
    this.#client = client;
    this.#at = at;
  }

  async move(): Promise<void> {
    this.#client.sendFix({ atMs: systemClock.nowMs(), ...this.#at });
    await this.#client.flushed();
  }

  /** Whether asked already or not yet. */
  answerTo(sosId: string, afterMs: number): void {
    this.#answers.set(sosId, afterMs);
    const offerId = this.#offers.get(sosId);
    if (offerId) this.#accept(sosId, offerId, afterMs);
  }

  async leave(sosId: string): Promise<void> {
    this.#answers.delete(sosId);
    if (this.#holds.delete(sosId)) await this.#client.command('sos.withdraw', { sosId });
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  #offered(sosId: string, offerId: string): void {
    this.#offers.set(sosId, offerId);
    const afterMs = this.#answers.get(sosId);
    if (afterMs !== undefined) this.#accept(sosId, offerId, afterMs);
  }

  #accept(sosId: string, offerId: string, afterMs: number): void {
    setTimeout(() => {
      // Somebody else may have been first.
      this.#client.command('offer.accept', { sosId, offerId }).then(
        ({ as }) => as === 'PRIMARY' && this.#holds.add(sosId),
        () => {},
      );
    }, afterMs);
  }
}

async function outcomeOf(db: Db, sosId: string, killedAtMs: number): Promise<Found> {
  const events = await db.query<{ type: string; at_ms: number; next_ms: number | null }>(EVENTS, [sosId]);
  const lateMs: number[] = [];
  let dueMs: number | null = null;
  for (const { type, at_ms: atMs, next_ms: nextMs } of events) {
    // Receipts of devices are no answer, and nothing that a deadline asks for.
    if (type === 'sos.offers_received' || type === 'sos.cancelled') continue;
    if (dueMs !== null && dueMs > killedAtMs && atMs > dueMs) lateMs.push(atMs - dueMs);
    dueMs = nextMs ?? dueMs;
  }
  const end = events.find(({ type }) => type === 'sos.accepted' || type === 'sos.escalated');
  if (!end) return { outcome: 'neither', lateMs, outcomeMs: Number.NaN };
  const outcomeMs = end.at_ms - killedAtMs;
  if (outcomeMs < 0) return { outcome: 'early', lateMs, outcomeMs };
  return { outcome: end.type === 'sos.accepted' ? 'accepted' : 'escalated', lateMs, outcomeMs };
}

function resultOf(found: readonly Found[]): OfferKillResult {
  const count = (outcome: Found['outcome']) => found.filter((one) => one.outcome === outcome).length;
  const lateMs = found.flatMap((one) => one.lateMs);
  const faults = [
    ...(count('early') > 0 ? [`in ${count('early')} rounds nobody was asked when the node was killed`] : []),
    ...(count('neither') > 0 ? [`${count('neither')} SOS were neither answered nor escalated`] : []),
    ...lateMs.filter((ms) => ms > LATE_MS_MAX).map((ms) => `something was done ${Math.round(ms)} ms late`),
  ];
  return {
    kills: found.length,
    accepted: count('accepted'),
    escalated: count('escalated'),
    lateMs,
    outcomeMs: found.map(({ outcomeMs }) => outcomeMs).filter((ms) => !Number.isNaN(ms)),
    faults,
  };
}

/** `npm run verify -- offer-kill [--kills 200] [--seed N] [--json]`. Answers with the exit code. */
export async function verifyOfferKill(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      kills: { type: 'string', default: '200' },
      seed: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
    },
  });
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const result = await killMidOffer(
    wholeNumber('--kills', values.kills, 1),
    wholeNumber('--seed', values.seed, 0),
    say,
  );
  const held = result.faults.length === 0;
  const of = (list: readonly number[]) => ({
    p50: Math.round(quantile(list, 0.5)),
    p99: Math.round(quantile(list, 0.99)),
    most: Math.round(Math.max(...list)),
  });
  const [late, outcome] = [of(result.lateMs), of(result.outcomeMs)];
  const { kills, accepted, escalated, faults } = result;
  process.stdout.write(
    values.json
      ? `${JSON.stringify({ kills, accepted, escalated, lateMs: late, outcomeMs: outcome, faults, held })}\n`
      : [
          `${kills} kills of the node that held an SOS while somebody was asked: ${accepted} answered, ${escalated} escalated`,
          `what was due came late by p50 ${late.p50} ms, p99 ${late.p99} ms, ${late.most} ms at most (limit ${LATE_MS_MAX} ms)`,
          `from the kill to the answer or to dispatchers p50 ${outcome.p50} ms, ${outcome.most} ms at most`,
          ...faults.map((fault) => `  ${fault}`),
          held ? 'held' : 'NOT held',
          '',
        ].join('\n'),
  );
  return held ? 0 : 1;
}
