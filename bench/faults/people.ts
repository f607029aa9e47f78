import { pgDispatchStore } from '../../src/dispatch/pg.ts';
import { policyWith } from '../../src/dispatch/testing/policy.ts';
import { destination } from '../../src/geo/lat-lng.ts';
import { ensurePartitions } from '../../src/jobs/partitions.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { Random } from '../../src/lib/random.ts';
import { SQUARE } from '../../src/testing/city.ts';
import { ownerDb } from '../../src/testing/owner-db.ts';
import { newId, tokensFor } from '../on-postgres.ts';
import { type Person, populate } from '../people.ts';
import type { Someone } from './scenario.ts';

export interface Cast {
  readonly volunteers: readonly Someone[];
  readonly callers: readonly Someone[];
  readonly dispatcher: Someone | null;
  /** Who is at no work, for what comes on top. */
  readonly extras: readonly Someone[];
}

/** Everybody within this of the square. */
export const WITHIN_M = 400;

/** One place for each SOS, seven are asked, others after three seconds; nobody is left to dispatchers in a scenario's time. */
export const POLICY = policyWith({
  radiusStartM: 2_000,
  radiusMaxM: 2_000,
  waveTimerMs: 3_000,
  offerTtlMs: 30_000,
  retryMs: 2_000,
  alertsMax: 100,
  fairnessMaxMs: 0,
  unreachableAfterMs: 10_000,
});

/** Accounts straight in the database, before any node serves: registering would be another test. */
export async function castPeople(
  connectionString: string,
  {
    volunteers,
    callers,
    extras,
  }: { readonly volunteers: number; readonly callers: number; readonly extras: number },
  random: Random,
): Promise<Cast> {
  const db = ownerDb({ connectionString });
  try {
    const around = (count: number): Person[] =>
      Array.from({ length: count }, () => ({
        userId: newId(),
        at: destination(SQUARE, random() * 360, random() * WITHIN_M),
      }));
    const people = {
      volunteer: around(volunteers),
      patient: around(callers + extras),
      dispatcher: around(1),
    };
    await ensurePartitions(db, systemClock.nowMs());
    await pgDispatchStore(db).addPolicy(POLICY, null);
    await populate(db, people);
    const withTokens = async (grant: keyof typeof people) => {
      const tokens = await tokensFor(db, grant, people[grant]);
      return people[grant].map((one, i): Someone => ({ ...one, token: async () => tokens[i] ?? '' }));
    };
    const patients = await withTokens('patient');
    const [dispatcher = null] = await withTokens('dispatcher');
    return {
      volunteers: await withTokens('volunteer'),
      callers: patients.slice(0, callers),
      dispatcher,
      extras: patients.slice(callers),
    };
  } finally {
    await db.close();
  }
}
