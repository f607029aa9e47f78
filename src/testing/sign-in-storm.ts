import { randomUUID } from 'node:crypto';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openAccounts } from '../accounts/accounts.ts';
import type { Accounts } from '../accounts/types.ts';
import { append } from '../journal/event-log.ts';
import { systemClock } from '../lib/clock.ts';
import { uuidV7Maker } from '../lib/ids.ts';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import { type Db, sql } from '../store/db.ts';
import { type Engine, engines } from './databases.ts';
import { openTestStore } from './open-store.ts';

export interface Latency {
  readonly count: number;
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly longestMs: number;
}

/** What was waited for, one after another all the time: a commit of an event, and a sync of a file of this process. */
export interface Waits {
  readonly commit: Latency;
  readonly sync: Latency;
}

export interface Storm {
  readonly engine: Engine;
  readonly signIns: number;
  /** From the first to the last of them signed in. */
  readonly tookMs: number;
  /** How often somebody was told `busy` and came back. */
  readonly turnedAway: number;
  readonly quiet: Waits;
  readonly storm: Waits;
}

const QUIET_MS = 3_000;
const COME_BACK_MS = 100;
/** Between two commits of the probe: it looks, and is no load of its own. */
const PAUSE_MS = 10;
const PASSWORD = 'a long sentence of four words';

/**
 * Lets so many people sign in at the same moment, each again until they are in, and measures meanwhile what an SOS
 * waits for. Hashes on libuv's pool, or more of them than cores, would show in `sync` and `commit` at once.
 */
export async function signInStorm(engine: Engine, signIns: number): Promise<Storm> {
  const store = await openTestStore(engine);
  const folder = await mkdtemp(join(tmpdir(), 'muster-storm-'));
  const newId = uuidV7Maker(systemClock.nowMs, Math.random);
  const outside = { clock: systemClock, log: silentLogger, metrics: noMetrics, newId };
  const accounts = await openAccounts({ ...outside, db: store.db, accessTokenLifeMs: 900_000 });
  try {
    const emails = await registered(accounts, store.db, signIns);
    const quietProbe = probe(store.db, folder);
    await pause(QUIET_MS);
    const quiet = await quietProbe.stop();
    const stormProbe = probe(store.db, folder);
    const startedMs = performance.now();
    const tries = await Promise.all(
      Array.from({ length: signIns }, (_, i) => signIn(accounts, emails[i] ?? '', addressOf(i))),
    );
    const tookMs = performance.now() - startedMs;
    const storm = await stormProbe.stop();
    const turnedAway = tries.reduce((sum, count) => sum + count, 0);
    return { engine, signIns, tookMs, turnedAway, quiet, storm };
  } finally {
    await accounts.stop();
    await store.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
const addressOf = (i: number) => `10.0.${Math.floor(i / 250)}.${(i % 250) + 1}`;

/** One account is made in the ordinary way, the others are its copies: five hundred hashes would take their time. */
async function registered(accounts: Accounts, db: Db, count: number): Promise<string[]> {
  const emails = Array.from({ length: count }, () => `${randomUUID()}@example.org`);
  const [first = '', ...others] = emails;
  const made = await accounts.register({ email: first, password: PASSWORD, name: 'Somebody' });
  if (!made.ok) throw new Error(`an account could not be made: ${made.code}`);
  await db.query(COPY_USER, [first, others]);
  return emails;
}

const COPY_USER = sql(
  'storm_copy_user',
  `insert into accounts.users (id, email, password_hash)
   select gen_random_uuid(), other, password_hash
     from accounts.users, unnest($2::text[]) as other where email = $1`,
);

/** The answer is how often there was no room. */
async function signIn(accounts: Accounts, email: string, address: string): Promise<number> {
  for (let turnedAway = 0; ; turnedAway++) {
    const answer = await accounts.signIn({ email, password: PASSWORD }, { address });
    if (answer.ok) return turnedAway;
    if (answer.code !== 'busy') throw new Error(answer.code);
    await pause(COME_BACK_MS * (0.5 + Math.random()));
  }
}

function probe(db: Db, folder: string): { stop(): Promise<Waits> } {
  let running = true;
  const repeat = async (work: () => Promise<unknown>): Promise<Latency> => {
    const waits: number[] = [];
    while (running) {
      const startedMs = performance.now();
      await work();
      waits.push(performance.now() - startedMs);
      await pause(PAUSE_MS);
    }
    return latencyOf(waits);
  };
  const commit = repeat(() =>
    db.transaction((tx) =>
      append(tx, Date.now(), [
        { kind: 'inbox', streamId: randomUUID(), type: 'probe', actorId: null, data: {} },
      ]),
    ),
  );
  const sync = syncing(folder, repeat);
  return {
    async stop() {
      running = false;
      return { commit: await commit, sync: await sync };
    },
  };
}

async function syncing(
  folder: string,
  repeat: (work: () => Promise<unknown>) => Promise<Latency>,
): Promise<Latency> {
  const file = await open(join(folder, randomUUID()), 'a');
  try {
    return await repeat(async () => {
      await file.appendFile('an event\n');
      await file.datasync();
    });
  } finally {
    await file.close();
  }
}

function latencyOf(waits: number[]): Latency {
  const sorted = waits.sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { count: sorted.length, medianMs: at(0.5), p95Ms: at(0.95), longestMs: at(1) };
}

/** A commit in the storm may take so much longer than before it, at the 95th percentile. */
export const LONGER_BY_MS = 250;

/** What is wrong with it, one sentence each. */
export function harmOf({ quiet, storm }: Storm): string[] {
  return (['commit', 'sync'] as const).flatMap((what) => {
    const [before, during] = [quiet[what], storm[what]];
    if (during.count === 0) return [`${what}: nothing was measured`];
    const longerByMs = during.p95Ms - before.p95Ms;
    return longerByMs > LONGER_BY_MS ? [`${what}: 95 % took up to ${Math.round(longerByMs)} ms longer`] : [];
  });
}

/** `npm run verify -- sign-in-storm`: on both engines, with the figures. */
export async function verifySignInStorm(args: string[]): Promise<number> {
  const options = { json: { type: 'boolean', default: false } } as const;
  const { json } = parseArgs({ args, options }).values;
  let harmed = false;
  for (const engine of engines) {
    const storm = await signInStorm(engine, 500);
    const harm = harmOf(storm);
    harmed ||= harm.length > 0;
    process.stdout.write(json ? `${JSON.stringify(storm)}\n` : table(storm, harm));
  }
  return harmed ? 1 : 0;
}

function table({ engine, signIns, tookMs, turnedAway, quiet, storm }: Storm, harm: string[]): string {
  const row = (what: string, { medianMs, p95Ms, longestMs, count }: Latency) =>
    `  ${what.padEnd(16)}${[medianMs, p95Ms, longestMs].map((ms) => ms.toFixed(1).padStart(10)).join('')}${String(count).padStart(8)}\n`;
  return [
    `${engine}: ${signIns} sign-ins at once in ${(tookMs / 1_000).toFixed(1)} s, ${turnedAway} times told to come back\n`,
    `  ${''.padEnd(16)}${['median ms', '95 % ms', 'longest'].map((head) => head.padStart(10)).join('')}${'count'.padStart(8)}\n`,
    row('commit before', quiet.commit),
    row('commit during', storm.commit),
    row('sync before', quiet.sync),
    row('sync during', storm.sync),
    harm.length === 0 ? '  held\n' : `  ${harm.join('\n  ')}\n`,
  ].join('');
}
