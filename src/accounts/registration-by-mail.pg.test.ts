import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { must } from '../lib/assert.ts';
import { ManualClock } from '../lib/clock.ts';
import { uuidV7Maker } from '../lib/ids.ts';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import { seededRandom } from '../lib/random.ts';
import type { Result } from '../lib/result.ts';
import { type Db, type Sql, sql, type Tx } from '../store/db.ts';
import { engines } from '../testing/databases.ts';
import { openTestStore } from '../testing/open-store.ts';
import { type OpenedAccounts, openAccounts } from './accounts.ts';
import type { People } from './people.ts';
import type { Message } from './people-context.ts';
import { CONFIRMATION_ATTEMPTS_MAX } from './registration-by-mail.ts';

const PASSWORD = 'a long enough password';
const EMPTY = sql('test_no_registrations', 'delete from accounts.registrations');
const KEPT = sql('test_registrations', 'select email, password_hash from accounts.registrations');
const TOO_LATE = sql('test_registrations_late', 'update accounts.registrations set expires_at = now()');

const granted = <T>(result: Result<T, string>): T => {
  if (!result.ok) throw new Error(JSON.stringify(result));
  return result.value;
};
const codeOf = (result: Result<unknown, string>) => (result.ok ? 'ok' : result.code);

/** A database that notes the names of the statements that are asked of it. */
function noting(db: Db, names: string[]): Db {
  const note =
    (query: Tx['query']): Tx['query'] =>
    (statement: Sql, params?: readonly unknown[]) => {
      names.push(statement.name);
      return query(statement, params);
    };
  return {
    ...db,
    query: note((statement, params) => db.query(statement, params)),
    transaction: (work) =>
      db.transaction((tx) =>
        work({
          query: note((statement, params) => tx.query(statement, params)),
          afterCommit: (callback) => tx.afterCommit(callback),
        }),
      ),
  };
}

describe.each(engines)('registering by mail on %s', (engine) => {
  const newId = uuidV7Maker(() => Date.now(), seededRandom(20_261_125));
  const sent: Message[] = [];
  const statements: string[] = [];
  let store: { db: Db; stop(): Promise<void> };
  let db: Db;
  let accounts: OpenedAccounts;
  let people: People;

  beforeAll(async () => {
    store = await openTestStore(engine);
    db = noting(store.db, statements);
    accounts = await openAccounts({
      db,
      clock: new ManualClock(Date.now()),
      log: silentLogger,
      metrics: noMetrics,
      newId,
      accessTokenLifeMs: 900_000,
    });
    people = accounts.people({
      deliver: async (_tx, message) => void sent.push(message),
      documents: { put: async () => {}, get: async () => null, remove: async () => {} },
      channels: ['email'],
      publicUrl: 'https://muster.example.org',
    });
    granted(await accounts.register(person('known')));
  });
  afterAll(async () => {
    accounts?.stop();
    await store?.stop();
  });
  beforeEach(async () => {
    await store.db.query(EMPTY);
    sent.length = 0;
    statements.length = 0;
  });

  const person = (name: string) => ({ email: `${name}@example.org`, password: PASSWORD, name });
  const signIn = (name: string) => accounts.signIn({ email: `${name}@example.org`, password: PASSWORD });
  const tokenOf = () => must(/\/registration#token=([\w-]+)/.exec(sent.at(-1)?.body ?? '')?.[1], 'a token');

  test('answers the same and asks the same of the database, whether there is an account or not', async () => {
    const asked: [unknown, string[]][] = [];
    for (const email of [' KNOWN@example.org', 'stranger@example.org']) {
      statements.length = 0;
      const answer = await people.askRegistration({ ...person('x'), email });
      asked.push([answer, [...statements]]);
    }
    expect(asked[0]).toEqual(asked[1]);
    expect(asked[0]?.[0]).toEqual({ ok: true, value: { userId: null } });
    expect(asked[0]?.[1]).toHaveLength(2);
    expect(sent.map(({ recipient, subject }) => [recipient, subject])).toEqual([
      ['known@example.org', 'Your account for Muster'],
      ['stranger@example.org', 'Your account for Muster'],
    ]);
  });

  test('takes about as long either way', async () => {
    let [known, unknown] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    const tookMs = async (name: string) => {
      const startedMs = performance.now();
      await people.askRegistration(person(name));
      return performance.now() - startedMs;
    };
    const ratio = () => Math.max(known, unknown) / Math.min(known, unknown);
    // In turns, so that whatever else the machine does at some moment happens to both; and until each had a turn of its own
    // on a busy one: what really takes longer does so every time.
    for (let i = 0; i < 40 && (i < 8 || ratio() >= 2); i++) {
      known = Math.min(known, await tookMs('known'));
      unknown = Math.min(unknown, await tookMs('unknown'));
    }
    expect(ratio()).toBeLessThan(2);
  });

  test('makes the account by the link and the password, once, with its address proved', async () => {
    granted(await people.askRegistration({ ...person('sari'), volunteer: { skills: ['CPR'] } }));
    expect(codeOf(await signIn('sari'))).toBe('credentials_wrong');
    const token = tokenOf();
    const { userId } = granted(await people.confirmRegistration({ token, password: PASSWORD }));
    const signedIn = granted(await signIn('sari'));
    expect(signedIn).toMatchObject({ userId, grants: ['patient', 'volunteer'] });
    const by = granted(await accounts.verifyToken(signedIn.accessToken));
    expect(granted(await people.me(by)).emailVerifiedAtMs).not.toBeNull();
    expect(codeOf(await people.confirmRegistration({ token, password: PASSWORD }))).toBe('token_invalid');
  });

  test('makes one account of one link that is opened many times at once', async () => {
    granted(await people.askRegistration(person('many')));
    const confirmation = { token: tokenOf(), password: PASSWORD };
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => people.confirmRegistration(confirmation)),
    );
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
  });

  test('makes nothing of a click by somebody who does not know the password', async () => {
    granted(await people.askRegistration(person('victim')));
    const token = tokenOf();
    const guess = { token, password: 'the password of the owner' };
    for (let i = 0; i < CONFIRMATION_ATTEMPTS_MAX; i++) {
      expect(codeOf(await people.confirmRegistration(guess))).toBe('credentials_wrong');
    }
    expect(codeOf(await people.confirmRegistration({ token, password: PASSWORD }))).toBe('token_invalid');
  });

  test('tells who has an account by mail where to go on, and gives out no link that makes another', async () => {
    granted(await people.askRegistration(person('known')));
    expect(sent[0]?.body).toContain('https://muster.example.org/password-reset\n');
    expect(sent[0]?.body).not.toContain('token=');
    expect(await store.db.query(KEPT)).toEqual([{ email: 'known@example.org', password_hash: '' }]);
  });

  test('fills no mailbox, and does not say so', async () => {
    for (const name of ['known', 'flooded']) {
      for (let i = 0; i < 7; i++) expect(codeOf(await people.askRegistration(person(name)))).toBe('ok');
    }
    expect(sent.filter(({ recipient }) => recipient === 'known@example.org')).toHaveLength(5);
    expect(sent.filter(({ recipient }) => recipient === 'flooded@example.org')).toHaveLength(5);
  });

  test('is over after a day, and then forgotten', async () => {
    granted(await people.askRegistration(person('late')));
    const token = tokenOf();
    await store.db.query(TOO_LATE);
    expect(codeOf(await people.confirmRegistration({ token, password: PASSWORD }))).toBe('token_invalid');
    const chore = must(
      accounts.jobs.find(({ name }) => name === 'old_registrations'),
      'the chore',
    );
    await chore.run({ signal: new AbortController().signal });
    expect(await store.db.query(KEPT)).toEqual([]);
  });
});
