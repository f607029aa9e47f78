import bcrypt from 'bcryptjs';
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
import { type OpenedAccounts, openAccounts } from './accounts.ts';
import { codeAt, stepAt } from './second-factor-code.ts';

const PASSWORD = 'a long enough password';
const HOME = { address: '192.0.2.7' };
const AWAY = { address: '198.51.100.9' };

const granted = <T>(result: Result<T, string>): T =>
  must(result.ok ? result.value : null, JSON.stringify(result));

const EMPTY = sql(
  'test_empty',
  emptying('accounts.users', 'accounts.setup_links', 'accounts.suspicious_activities'),
);

describe.each(engines)('signing in on %s', (engine) => {
  const newId = uuidV7Maker(() => Date.now(), seededRandom(6));
  let db: Db;
  let owner: Db;
  let stop: () => Promise<void>;
  let clock: ManualClock;
  let accounts: OpenedAccounts;

  const open = (requireSecondFactor = false, on = db) =>
    openAccounts({
      db: on,
      clock,
      log: silentLogger,
      metrics: noMetrics,
      newId,
      accessTokenLifeMs: 900_000,
      requireSecondFactor,
    });
  const run = (text: string, params: unknown[] = []) =>
    db.query<Record<string, unknown>>(sql(`test_${text}`.slice(0, 60), text), params);

  beforeAll(async () => {
    ({ db, owner, stop } = await openTestStore(engine));
  });
  afterAll(() => stop?.());
  beforeEach(async () => {
    accounts?.stop();
    // In a transaction, which is run again when what a sign-in of the last test still writes locks the other way round.
    await owner.transaction((tx) => tx.query(EMPTY));
    clock = new ManualClock();
    accounts = await open();
  });

  const registered = async (name: string) => {
    const credentials = { email: `${name}@example.org`, password: PASSWORD };
    granted(await accounts.register({ ...credentials, name }));
    return credentials;
  };

  describe('with wrong passwords', () => {
    test('keeps waiting longer and longer, the same for known and unknown accounts, and tells nobody inside', async () => {
      const known = { ...(await registered('sari')), password: 'wrong' };
      const unknown = { email: 'nobody@example.org', password: 'wrong' };
      for (const input of [known, unknown]) {
        const waits: unknown[] = [];
        for (let i = 0; i < 6; i++) {
          const answer = await accounts.signIn(input, HOME);
          waits.push(answer.ok || ('retryAfterMs' in answer ? answer.retryAfterMs : answer.code));
        }
        expect(waits.slice(0, 4)).toEqual(Array(4).fill('credentials_wrong'));
        expect(waits.slice(4)).toEqual([1_000, 1_000]);
      }
      clock.advance(1_000);
      expect(await accounts.signIn(known, HOME)).toMatchObject({ code: 'credentials_wrong' });
      expect(await accounts.signIn(known, HOME)).toMatchObject({ code: 'rate_limited', retryAfterMs: 2_000 });
    });

    test('from everywhere never keeps somebody out who is signed in, or where they have been before', async () => {
      const right = await registered('sari');
      const { refreshToken } = granted(await accounts.signIn(right, HOME));
      for (let i = 0; i < 30; i++) {
        await accounts.signIn({ ...right, password: 'wrong' }, { address: `203.0.113.${i}` });
      }
      expect(await accounts.signIn(right, AWAY)).toMatchObject({ code: 'rate_limited' });
      expect(await accounts.signIn(right, HOME)).toMatchObject({ ok: true });
      expect(await accounts.refresh(refreshToken, AWAY)).toMatchObject({ ok: true });
      clock.advance(30_000);
      expect(await accounts.signIn(right, AWAY)).toMatchObject({ ok: true });
    });

    test('is written down for administrators, whether the account exists or not', async () => {
      await registered('sari');
      const rows = () => run('select activity_type, user_id, details from accounts.suspicious_activities');
      for (const email of ['sari@example.org', 'nobody@example.org']) {
        for (let i = 0; i < 10; i++) {
          await accounts.signIn({ email, password: 'wrong' }, { address: `203.0.113.${i}` });
        }
      }
      await until(async () => (await rows()).length === 2, { timeoutMs: 5_000, what: 'both to be recorded' });
      const [first, second] = await rows();
      expect(first).toMatchObject({ activity_type: 'MULTIPLE_FAILED_LOGINS', details: { failures: 10 } });
      expect([first?.user_id === null, second?.user_id === null].sort()).toEqual([false, true]);
    });
  });

  test('takes as long for an unknown account as for a known one, in the middle of forty tries each', async () => {
    const known = { ...(await registered('sari')), password: 'wrong' };
    const unknown = { email: 'nobody@example.org', password: 'wrong' };
    const tookMs = { known: [] as number[], unknown: [] as number[] };
    for (let i = 0; i < 40; i++) {
      clock.advance(31_000);
      for (const which of i % 2 === 0 ? (['known', 'unknown'] as const) : (['unknown', 'known'] as const)) {
        const startedMs = performance.now();
        const answer = await accounts.signIn(which === 'known' ? known : unknown);
        tookMs[which].push(performance.now() - startedMs);
        expect(answer).toEqual({ ok: false, code: 'credentials_wrong' });
      }
    }
    const median = (all: number[]) => all.sort((a, b) => a - b)[all.length / 2] ?? 0;
    const ratio = median(tookMs.known) / median(tookMs.unknown);
    expect(ratio).toBeGreaterThan(2 / 3);
    expect(ratio).toBeLessThan(3 / 2);
  });

  test('that began with the old password opens nothing once there is a new one', async () => {
    const ada = await registered('ada');
    // Held where the password was found right and no session is kept yet.
    let reached = () => {};
    const held = new Promise<void>((resolve) => {
      reached = resolve;
    });
    let goOn = () => {};
    const gate = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const slow: Db = {
      ...db,
      transaction: (work) => db.transaction(work),
      close: () => db.close(),
      async query(statement, params) {
        if (statement.name === 'accounts_signed_in_now') {
          reached();
          await gate;
        }
        return db.query(statement, params);
      },
    };
    const slowly = await open(false, slow);
    const signingIn = slowly.signIn(ada, HOME);
    await held;
    const sent: string[] = [];
    const people = accounts.people({
      channels: ['email'],
      deliver: async (_tx, { body }) => void sent.push(body),
      documents: { put: async () => {}, get: async () => null, remove: async () => {} },
      publicUrl: 'https://muster.example.org',
    });
    await people.askPasswordReset(ada.email);
    const [, token = ''] = /#token=(\S+)/.exec(sent[0] ?? '') ?? [];
    expect(await people.resetPassword(token, 'another long password')).toMatchObject({ ok: true });
    goOn();
    expect(await signingIn).toMatchObject({ ok: false, code: 'credentials_wrong' });
    expect(await run('select id from accounts.sessions where ended_at is null')).toEqual([]);
    slowly.stop();
  });

  describe('with a hash of another system', () => {
    test('two who sign in at once are both let in, while it becomes argon2id', async () => {
      const ada = await registered('ada');
      const old = await bcrypt.hash(PASSWORD, 4);
      await run('update accounts.users set password_hash = $1', [old]);
      for (let i = 0; i < 4; i++) {
        const answers = await Promise.all([accounts.signIn(ada, HOME), accounts.signIn(ada, AWAY)]);
        expect(answers.map(({ ok }) => ok)).toEqual([true, true]);
      }
    });

    const storedHash = async () => (await run('select password_hash from accounts.users'))[0]?.password_hash;

    test.each(['2a', '2b', '2y'])('bcrypt $%s$ is accepted once and becomes argon2id', async (version) => {
      const right = await registered('sari');
      const hash = bcrypt.hashSync(PASSWORD, 4).replace(/^\$2\w\$/, `$${version}$`);
      await run('update accounts.users set password_hash = $1', [hash]);
      expect(await accounts.signIn({ ...right, password: 'wrong' })).toMatchObject({ ok: false });
      expect(await storedHash()).toBe(hash);
      expect(await accounts.signIn(right)).toMatchObject({ ok: true });
      await until(async () => String(await storedHash()).startsWith('$argon2id$v=19$m=19456,t=2,p=1$'), {
        timeoutMs: 5_000,
        what: 'the hash to be brought up to date',
      });
      expect(await accounts.signIn(right)).toMatchObject({ ok: true });
    });
  });

  describe('with a second factor', () => {
    const secretOf = async () =>
      (await run('select secret from accounts.second_factors'))[0]?.secret as Buffer;
    const code = async () => codeAt(await secretOf(), stepAt(clock.nowMs()));
    const enrolled = async (name: string) => {
      const right = await registered(name);
      const { uri } = granted(await accounts.enrolSecondFactor(right));
      const { recoveryCodes } = granted(await accounts.confirmSecondFactor({ ...right, code: await code() }));
      return { right, uri, recoveryCodes };
    };

    test('nothing changes until it is confirmed; then a code is needed, and each is good once', async () => {
      const right = await registered('sari');
      const { uri } = granted(await accounts.enrolSecondFactor(right));
      expect(uri).toMatch(/^otpauth:\/\/totp\/Muster:sari%40example\.org\?secret=[A-Z2-7]{32}&/);
      expect(await accounts.signIn(right)).toMatchObject({ ok: true });
      expect(await accounts.confirmSecondFactor({ ...right, code: '000000' })).toMatchObject({ ok: false });
      expect(await accounts.signIn(right)).toMatchObject({ ok: true });
      const first = await code();
      granted(await accounts.confirmSecondFactor({ ...right, code: first }));
      expect(await accounts.signIn(right)).toEqual({ ok: false, code: 'second_factor_required' });
      expect(await accounts.signIn({ ...right, code: first })).toMatchObject({ ok: false });
      clock.advance(30_000);
      const next = await code();
      expect(await accounts.signIn({ ...right, code: next })).toMatchObject({ ok: true });
      expect(await accounts.signIn({ ...right, code: next })).toMatchObject({
        code: 'second_factor_required',
      });
      const wrong = { ...right, password: 'wrong', code: next };
      expect(await accounts.signIn(wrong)).toEqual({ ok: false, code: 'credentials_wrong' });
    });

    test('of two who use one code at once, one gets in', async () => {
      const { right } = await enrolled('sari');
      clock.advance(30_000);
      const input = { ...right, code: await code() };
      const answers = await Promise.all([accounts.signIn(input), accounts.signIn(input)]);
      expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
    });

    test('a recovery code stands in, once, and is kept as a hash', async () => {
      const { right, recoveryCodes } = await enrolled('sari');
      expect(new Set(recoveryCodes).size).toBe(10);
      const [one = '', two = ''] = recoveryCodes;
      expect(await accounts.signIn({ ...right, code: one.toLowerCase() })).toMatchObject({ ok: true });
      expect(await accounts.signIn({ ...right, code: one })).toMatchObject({ ok: false });
      expect(await accounts.signIn({ ...right, code: two })).toMatchObject({ ok: true });
      const [kept] = await run('select code_hash from accounts.recovery_codes');
      expect(kept?.code_hash).toHaveLength(32);
    });

    test('can be replaced only by who has it, and guessing codes is slowed like guessing passwords', async () => {
      const { right, recoveryCodes } = await enrolled('sari');
      expect(await accounts.enrolSecondFactor(right)).toMatchObject({ code: 'second_factor_required' });
      for (let i = 0; i < 4; i++) {
        expect(await accounts.enrolSecondFactor({ ...right, code: '000000' }, AWAY)).toMatchObject({
          code: 'second_factor_required',
        });
      }
      expect(await accounts.enrolSecondFactor({ ...right, code: '000000' }, AWAY)).toMatchObject({
        code: 'rate_limited',
      });
      granted(await accounts.enrolSecondFactor({ ...right, code: recoveryCodes[0] }, HOME));
    });

    test('is needed by dispatchers and administrators where the operator says so, by nobody else', async () => {
      const admin = { email: 'admin@example.org', password: PASSWORD };
      const setupToken = must(await accounts.setupLinkToken(), 'a setup token');
      granted(await accounts.setup({ ...admin, name: 'A', setupToken }));
      const patient = await registered('sari');
      const strict = await open(true);
      expect(await strict.signIn(patient)).toMatchObject({ ok: true });
      expect(await strict.signIn(admin)).toMatchObject({ ok: false, code: 'second_factor_required' });
      granted(await strict.enrolSecondFactor(admin));
      granted(await strict.confirmSecondFactor({ ...admin, code: await code() }));
      clock.advance(30_000);
      expect(await strict.signIn({ ...admin, code: await code() })).toMatchObject({ ok: true });
      strict.stop();
    });
  });
});
