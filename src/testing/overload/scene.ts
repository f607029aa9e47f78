import { existsSync, readFileSync } from 'node:fs';
import { onPostgres, tokensFor } from '../../../bench/on-postgres.ts';
import { type Person, people, populate } from '../../../bench/people.ts';
import { ensurePartitions } from '../../jobs/partitions.ts';
import { systemClock } from '../../lib/clock.ts';
import { seededRandom } from '../../lib/random.ts';
import { OwnEngine } from '../../sim/own-engine.ts';
import type { Db } from '../../store/db.ts';

/** Somebody with a token, and a place in the city. */
export interface Extra extends Person {
  readonly token: string;
}

/** One node on a PostgreSQL of its own, and everybody with their tokens. */
export interface Scene {
  readonly url: string;
  readonly db: Db;
  readonly responders: readonly Extra[];
  readonly requesters: readonly Extra[];
  readonly dispatchers: readonly Extra[];
  /** Sentences about what should not have happened. */
  readonly troubles: string[];
  /** What the node takes up of memory now. NaN: it is gone. */
  residentMb(): number;
  /** The sum of these counters or gauges, of each over all its labels where none is named; 0: there is none. */
  metric(...names: string[]): Promise<number>;
}

export interface SceneSize {
  readonly responders: number;
  readonly requesters: number;
  readonly dispatchers: number;
  readonly seed: number;
  /** Settings of the node besides its defaults. */
  readonly env?: Readonly<Record<string, string>>;
}

export function onScene<T>(size: SceneSize, work: (scene: Scene) => Promise<T>): Promise<T> {
  return onPostgres(async (databaseUrl, db) => {
    const random = seededRandom(size.seed);
    const cast = {
      volunteer: people(size.responders, random),
      patient: people(size.requesters, random),
      dispatcher: people(size.dispatchers, random),
    };
    await ensurePartitions(db, systemClock.nowMs());
    await populate(db, cast);
    const withTokens = async (grant: keyof typeof cast) => {
      const tokens = await tokensFor(db, grant, cast[grant]);
      return cast[grant].map((person, i) => ({ ...person, token: tokens[i] ?? '' }));
    };
    const responders = await withTokens('volunteer');
    const requesters = await withTokens('patient');
    const dispatchers = await withTokens('dispatcher');
    const troubles: string[] = [];
    const engine = await OwnEngine.start({
      databaseUrl,
      env: { ...process.env, MUSTER_REQUIRE_SECOND_FACTOR: 'false', ...size.env },
      onDeath: (sentence) => troubles.push(sentence),
    });
    try {
      return await work({
        url: engine.url,
        db,
        responders,
        requesters,
        dispatchers,
        troubles,
        residentMb: () => residentMb(engine.pid),
        metric: (...names) => metricOf(engine.url, names),
      });
    } finally {
      await engine.stop();
      await engine.remove();
    }
  });
}

function residentMb(pid: number | null): number {
  const file = `/proc/${pid}/status`;
  if (!existsSync(file)) return Number.NaN;
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(file, 'utf8'))?.[1] ?? Number.NaN) / 1024);
}

async function metricOf(url: string, names: readonly string[]): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  let sum = 0;
  for (const line of text.split('\n')) {
    const [key = '', value = '0'] = line.split(' ');
    if (names.some((name) => key === name || key.startsWith(`${name}{`))) sum += Number(value);
  }
  return sum;
}
