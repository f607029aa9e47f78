import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { must } from '../lib/assert.ts';
import { ManualClock } from '../lib/clock.ts';
import { uuidV7Maker } from '../lib/ids.ts';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import { seededRandom } from '../lib/random.ts';
import type { Result } from '../lib/result.ts';
import { type Db, sql } from '../store/db.ts';
import { engines } from '../testing/databases.ts';
import { emptying } from '../testing/emptying.ts';
import { openTestStore } from '../testing/open-store.ts';
import { until } from '../testing/until.ts';
import { openAccounts } from './accounts.ts';
import type { Accounts, Caller, Principal, SignedIn } from './types.ts';

const PASSWORD = 'a long enough password';
const LIFE_MS = 900_000;
const PHONE: Caller = { address: '192.0.2.7', program: 'phone 1.0' };

const granted = <T>(result: Result<T, string>): T =>
  must(result.ok ? result.value : null, JSON.stringify(result));

const EMPTY = sql(
  'test_empty',
  emptying('accounts.users', 'accounts.setup_links', 'accounts.suspicious_activities'),
);

describe.each(engines)('sessions on %s', (engine) => {
  const newId = uuidV7Maker(() => Date.now(), seededRandom(5));
  let db: Db;
  let owner: Db;
  let stop: () => Promise<void>;
  let clock: ManualClock;
  let accounts: Accounts;
  const opened: Accounts[] = [];

  const open = async () => {
    const one = await openAccounts({
      db,
      clock,
      log: silentLogger,
      metrics: noMetrics,
      newId,
      accessTokenLifeMs: LIFE_MS,
    });
    opened.push(one);
    return one;
  };
  const run = (text: string) => db.query<Record<string, unknown>>(sql(`test_${text}`.slice(0, 60), text));

  beforeAll(async () => {
    ({ db, owner, stop } = await openTestStore(engine));
  });
  afterAll(() => stop?.());
  beforeEach(async () => {
    for (const one of opened.splice(0)) one.stop();
    // In a transaction, which is run again when what a sign-in of the last test still writes locks the other way round.
    await owner.transaction((tx) => tx.query(EMPTY));
    clock = new ManualClock();
    accounts = await open();
  });

  const signIn = async (name: string, from: Caller = PHONE): Promise<SignedIn> => {
    const credentials = { email: `${name}@example.org`, password: PASSWORD };
    await accounts.register({ ...credentials, name });
    return granted(await accounts.signIn(credentials, from));
  };
  const principal = async ({ accessToken }: SignedIn): Promise<Principal> =>
    granted(await accounts.verifyToken(accessToken));
  const refresh = async ({ refreshToken }: SignedIn, on = accounts): Promise<SignedIn> =>
    granted(await on.refresh(refreshToken, PHONE));
  /** As if what was exchanged had been exchanged so much earlier. */
  const afterGrace = () =>
    run("update accounts.refresh_tokens set used_at = used_at - interval '31 seconds'");
  const recorded = () => run('select activity_type, user_id, details from accounts.suspicious_activities');

  describe('a refresh token', () => {
    test('is exchanged for a new pair, again and again', async () => {
      const first = await signIn('sari');
      const second = await refresh(first);
      const third = await refresh(second);
      expect(new Set([first, second, third].map(({ refreshToken }) => refreshToken)).size).toBe(3);
      expect(await principal(third)).toMatchObject({ userId: first.userId, grants: ['patient'] });
      expect((await principal(third)).sessionId).toBe((await principal(first)).sessionId);
    });

    test('is stored as a hash only, two rows a session however often it is exchanged', async () => {
      let pair = await signIn('sari');
      for (let i = 0; i < 5; i++) pair = await refresh(pair);
      const rows = await run('select token_hash, next_seed from accounts.refresh_tokens');
      expect(rows).toHaveLength(2);
      const secret = Buffer.from(pair.refreshToken, 'base64url').subarray(16, 48);
      expect(JSON.stringify(rows)).not.toContain(JSON.stringify(secret));
    });

    test('gives the same next one to two tabs, and to whoever lost the answer', async () => {
      const first = await signIn('sari');
      const answers = await Promise.all(Array.from({ length: 6 }, () => refresh(first)));
      expect(new Set(answers.map(({ refreshToken }) => refreshToken)).size).toBe(1);
      for (const answer of answers) expect(await principal(answer)).toMatchObject({ userId: first.userId });
      expect(await recorded()).toEqual([]);
    });

    test('used again later ends the session, which administrators are told once', async () => {
      const first = await signIn('sari');
      const second = await refresh(first);
      await afterGrace();
      for (let i = 0; i < 2; i++) {
        expect(await accounts.refresh(first.refreshToken)).toEqual({ ok: false, code: 'token_invalid' });
      }
      expect(await accounts.refresh(second.refreshToken)).toEqual({ ok: false, code: 'token_invalid' });
      expect(await accounts.verifyToken(second.accessToken)).toEqual({ ok: false, code: 'token_invalid' });
      expect(await recorded()).toMatchObject([
        { activity_type: 'REFRESH_TOKEN_REUSED', user_id: first.userId },
      ]);
    });

    test('of long ago, or of just now but no longer the last, ends the session too', async () => {
      const first = await signIn('sari');
      const second = await refresh(first);
      await refresh(second);
      expect(await accounts.refresh(first.refreshToken)).toMatchObject({ code: 'token_invalid' });
      expect(await accounts.listSessions(await principal(await signIn('sari')))).toHaveLength(1);
      expect(await recorded()).toHaveLength(1);
    });

    test('that we never gave out is refused and ends nothing', async () => {
      const first = await signIn('sari');
      const bytes = Buffer.from(first.refreshToken, 'base64url');
      const changed = [0, 20, 60].map((at) => {
        const copy = Buffer.from(bytes);
        copy[at] = (copy[at] ?? 0) ^ 1;
        return copy.toString('base64url');
      });
      for (const text of [...changed, '', 'x', 'A'.repeat(86), first.accessToken, "' or 1=1"]) {
        expect(await accounts.refresh(text)).toEqual({ ok: false, code: 'token_invalid' });
      }
      expect(await refresh(first)).toMatchObject({ userId: first.userId });
      expect(await recorded()).toEqual([]);
    });

    test('ends when nobody came for so long', async () => {
      const first = await signIn('sari');
      await run("update accounts.refresh_tokens set expires_at = now() - interval '1 second'");
      expect(await accounts.refresh(first.refreshToken)).toEqual({ ok: false, code: 'token_expired' });
    });

    test('brings grants up to date, and waits out a suspension', async () => {
      const setupToken = must(await accounts.setupLinkToken(), 'a setup token');
      const admin = await principal(
        granted(await accounts.setup({ email: 'a@b.c', password: PASSWORD, name: 'A', setupToken })),
      );
      const first = await signIn('sari');
      expect(await accounts.setGrant(admin, first.userId, 'dispatcher', true)).toMatchObject({ ok: true });
      expect(await accounts.suspend(admin, first.userId, true)).toMatchObject({ ok: true });
      expect(await accounts.refresh(first.refreshToken)).toEqual({ ok: false, code: 'account_suspended' });
      expect(await accounts.suspend(admin, first.userId, false)).toMatchObject({ ok: true });
      expect((await refresh(first)).grants).toEqual(['dispatcher', 'patient']);
    });
  });

  describe('somebody', () => {
    test('sees where they are signed in', async () => {
      const phone = await signIn('sari');
      const laptop = await signIn('sari', { address: '2001:db8::1', program: 'laptop\u0007 2.0' });
      await signIn('budi');
      expect(await accounts.listSessions(await principal(phone))).toMatchObject([
        { address: '2001:db8::1', program: 'laptop 2.0', current: false },
        { address: '192.0.2.7', program: 'phone 1.0', current: true },
      ]);
      const nameless = await signIn('sari', { address: 'not an address' });
      expect((await accounts.listSessions(await principal(nameless)))[0]).toMatchObject({ address: null });
      expect(laptop.userId).toBe(phone.userId);
    });

    test('ends one session and stays in the other', async () => {
      const [phone, laptop] = [await signIn('sari'), await signIn('sari')];
      const by = await principal(laptop);
      const sessionId = must((await principal(phone)).sessionId, 'a session');
      expect(await accounts.endSession(by, sessionId)).toEqual({ ok: true, value: null });
      expect(await accounts.endSession(by, sessionId)).toEqual({ ok: false, code: 'not_found' });
      expect(await accounts.verifyToken(phone.accessToken)).toEqual({ ok: false, code: 'token_invalid' });
      expect(await accounts.refresh(phone.refreshToken)).toEqual({ ok: false, code: 'token_invalid' });
      expect(await accounts.verifyToken(laptop.accessToken)).toMatchObject({ ok: true });
      expect(await refresh(laptop)).toMatchObject({ userId: laptop.userId });
    });

    test("can't end what is another's", async () => {
      const [sari, budi] = [await signIn('sari'), await signIn('budi')];
      const { sessionId } = await principal(sari);
      for (const id of [must(sessionId, 'a session'), newId(), 'x']) {
        expect(await accounts.endSession(await principal(budi), id)).toMatchObject({ code: 'not_found' });
      }
      expect(await accounts.verifyToken(sari.accessToken)).toMatchObject({ ok: true });
    });

    test('signs out everywhere: here at once, on other nodes soon, after a restart still', async () => {
      const other = await open();
      const [phone, laptop, budi] = [await signIn('sari'), await signIn('sari'), await signIn('budi')];
      const heard: unknown[] = [];
      accounts.onStandingChange((change) => heard.push(change));
      await accounts.endAllSessions(await principal(phone));
      for (const pair of [phone, laptop]) {
        expect(await accounts.verifyToken(pair.accessToken)).toEqual({ ok: false, code: 'token_invalid' });
        expect(await accounts.refresh(pair.refreshToken)).toEqual({ ok: false, code: 'token_invalid' });
      }
      expect(heard).toMatchObject([
        { kind: 'revoked', userId: phone.userId },
        { kind: 'revoked', userId: phone.userId },
      ]);
      const knows = async () => !(await other.verifyToken(laptop.accessToken)).ok;
      expect(await knows()).toBe(false);
      clock.advance(5_000);
      await until(knows, { timeoutMs: 5_000, what: 'the other node to know' });
      expect(await other.verifyToken(budi.accessToken)).toMatchObject({ ok: true });
      expect(await (await open()).verifyToken(phone.accessToken)).toMatchObject({ ok: false });
      expect(await recorded()).toEqual([]);
    });
  });

  test('sessions that nobody came back to are deleted with their tokens', async () => {
    await signIn('sari');
    await signIn('budi');
    await run(`update accounts.sessions set last_used_at = now() - interval '31 days'
                where user_id = (select id from accounts.users where email = 'sari@example.org')`);
    const chore = must(
      accounts.jobs.find(({ name }) => name === 'old_sessions'),
      'the job',
    );
    await chore.run({ signal: new AbortController().signal });
    expect(await run('select 1 from accounts.refresh_tokens')).toHaveLength(1);
  });

  test('what looks like an attack is for administrators, newest first, page by page', async () => {
    const setupToken = must(await accounts.setupLinkToken(), 'a setup token');
    const admin = await principal(
      granted(await accounts.setup({ email: 'a@b.c', password: PASSWORD, name: 'A', setupToken })),
    );
    for (let i = 0; i < 3; i++) {
      const first = await signIn(`sari${i}`);
      await refresh(await refresh(first));
      await accounts.refresh(first.refreshToken, PHONE);
    }
    const all = granted(await accounts.listSuspicious(admin, { limit: 10 }));
    expect(all).toHaveLength(3);
    expect(all[0]).toMatchObject({ type: 'REFRESH_TOKEN_REUSED', address: '192.0.2.7' });
    const [one] = granted(await accounts.listSuspicious(admin, { limit: 1 }));
    const rest = granted(await accounts.listSuspicious(admin, { limit: 10, after: one?.activityId ?? '' }));
    expect([one, ...rest]).toEqual(all);
    expect(granted(await accounts.listSuspicious(admin, { limit: 10, type: 'SPAM_MESSAGES' }))).toEqual([]);
    const patient = await principal(await signIn('budi'));
    expect(await accounts.listSuspicious(patient, { limit: 10 })).toEqual({ ok: false, code: 'forbidden' });
  });
});
