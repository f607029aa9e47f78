import { describe, expect, test } from 'vitest';
import { ManualClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import type { Db, Sql } from '../store/db.ts';
import { openAdmission } from './admission.ts';
import { startChangesTail } from './changes-tail.ts';
import { KnownChanges } from './known-changes.ts';
import { EndedSessions } from './sessions-ended.ts';
import { CHANGED_LATELY, CHANGES_SNAPSHOT, REVOKED_OF } from './sql/changes.ts';
import { StandingNews } from './standing-news.ts';
import { Standings } from './standings.ts';
import type { Grant } from './types.ts';

const SARI = '01890000-0000-7000-8000-000000000001';
const SESSION = '01890000-0000-7000-8000-0000000000aa';
const LIFE_MS = 900_000;
const HOUR_MS = 3_600_000;
const GRACE_MS = 12 * HOUR_MS;
const TAKEN_FOR_MS = LIFE_MS + GRACE_MS;

const dbOf = (query: (statement: Sql, params?: readonly unknown[]) => unknown[]): Db =>
  ({ query: async (statement: Sql, params?: readonly unknown[]) => query(statement, params) }) as Db;

function open(entriesMax = 10) {
  const clock = new ManualClock();
  let isAway = false;
  const limits = { changeLifeMs: TAKEN_FOR_MS, readLifeMs: 15_000, lastLifeMs: 168 * HOUR_MS, entriesMax };
  const standings = new Standings(clock, noMetrics, limits);
  const endedSessions = new EndedSessions({
    db: dbOf(() => []),
    clock,
    metrics: noMetrics,
    news: new StandingNews(silentLogger),
    lifeMs: TAKEN_FOR_MS,
  });
  const graceMs = () => (isAway ? GRACE_MS : 0);
  const admit = openAdmission({ clock, graceMs, standings, endedSessions });
  const madeAtMs = clock.nowMs();
  return {
    clock,
    standings,
    endedSessions,
    storeGoes: () => {
      isAway = true;
    },
    come: (grants: Grant[]) =>
      admit({ userId: SARI, grants, sessionId: SESSION, madeAtMs, expiresAtMs: madeAtMs + LIFE_MS }),
  };
}

describe('an old token while the store is away', () => {
  test('lets nobody in who was suspended hours ago', () => {
    const { clock, standings, storeGoes, come } = open();
    clock.advance(60_000);
    standings.heard(SARI, { grants: [], suspended: true, asOfMs: 1 });
    clock.advance(11 * HOUR_MS);
    storeGoes();
    expect(come(['dispatcher'])).toEqual({ ok: false, code: 'token_invalid' });
  });

  test('nor whose session ended hours ago, whoever signed out since', () => {
    const { clock, endedSessions, storeGoes, come } = open();
    endedSessions.add({ id: SESSION, user_id: SARI });
    clock.advance(11 * HOUR_MS);
    endedSessions.add({ id: 'another', user_id: 'budi' });
    storeGoes();
    expect(come(['dispatcher'])).toEqual({ ok: false, code: 'token_invalid' });
  });

  test('nor who was found suspended when they were last asked about', async () => {
    const { clock, standings, storeGoes, come } = open();
    await standings.current(SARI, async () => ({ grants: [], suspended: true, asOfMs: 1 }));
    clock.advance(60_000);
    storeGoes();
    expect(come(['dispatcher'])).toEqual({ ok: false, code: 'token_invalid' });
  });

  test('gives what was known last, not what it says itself', async () => {
    const { clock, standings, storeGoes, come } = open();
    await standings.current(SARI, async () => ({ grants: ['volunteer'], suspended: false, asOfMs: 1 }));
    clock.advance(HOUR_MS);
    storeGoes();
    expect(come(['volunteer', 'dispatcher'])).toMatchObject({ ok: true, value: { grants: ['volunteer'] } });
  });

  test('keeps a dispatcher one who came to this node while the token was good', () => {
    const { clock, storeGoes, come } = open();
    expect(come(['dispatcher'])).toMatchObject({ value: { grants: ['dispatcher'] } });
    clock.advance(HOUR_MS);
    storeGoes();
    expect(come(['dispatcher'])).toMatchObject({ value: { grants: ['dispatcher'] } });
  });

  test('gives whom this node knows nothing of no more than asking for help and giving it', () => {
    const { clock, storeGoes, come } = open();
    clock.advance(HOUR_MS);
    storeGoes();
    const all: Grant[] = ['patient', 'volunteer', 'professional', 'dispatcher', 'admin', 'staff'];
    const left = ['patient', 'volunteer', 'professional'];
    expect(come(all)).toMatchObject({ ok: true, value: { grants: left } });
    // What it was good for when it was overdue is not what is known of its person.
    expect(come(all)).toMatchObject({ ok: true, value: { grants: left } });
  });
});

describe('a node that comes', () => {
  test('reads of suspensions, ended sessions and lost devices as far back as a token can be taken', async () => {
    const clock = new ManualClock();
    const asked = new Map<string, readonly unknown[]>();
    const db = dbOf((statement, params = []) => {
      asked.set(statement.name, params);
      if (statement === CHANGES_SNAPSHOT) return [{ snapshot: '10:10:' }];
      return statement === CHANGED_LATELY ? [{ user_id: SARI, xid: '7' }] : [];
    });
    const ignore = () => {};
    const tail = await startChangesTail({
      db,
      clock,
      log: silentLogger,
      metrics: noMetrics,
      tokenLifeMs: TAKEN_FOR_MS,
      known: new KnownChanges(clock, noMetrics, { entriesMax: 10 }),
      onStanding: ignore,
      onRevoked: ignore,
      onVolunteer: ignore,
      onNoVolunteer: ignore,
    });
    expect(asked.get(CHANGED_LATELY.name)?.[0]).toBeGreaterThanOrEqual(TAKEN_FOR_MS);
    expect(asked.get(REVOKED_OF.name)).toEqual([[SARI], TAKEN_FOR_MS]);
    await tail.stop();
  });
});
