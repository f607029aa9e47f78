import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { AccountsService } from '../gateway/services.ts';
import { must } from '../lib/assert.ts';
import { ManualClock } from '../lib/clock.ts';
import { isUuid, uuidV7Maker } from '../lib/ids.ts';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import { seededRandom } from '../lib/random.ts';
import type { Result } from '../lib/result.ts';
import type { Db } from '../store/db.ts';
import { engines } from '../testing/databases.ts';
import { emptying } from '../testing/emptying.ts';
import { openTestStore, type TestStore } from '../testing/open-store.ts';
import { until } from '../testing/until.ts';
import { openAccounts } from './accounts.ts';
import type { Accounts, Principal, VolunteerState } from './types.ts';

const PASSWORD = 'a long enough password';
const LIFE_MS = 900_000;
const EMPTY = emptying('accounts.users', 'accounts.setup_links', 'accounts.signing_keys');

const granted = <T>(result: Result<T, string>): T =>
  must(result.ok ? result.value : null, JSON.stringify(result));

describe.each(engines)('accounts on %s', (engine) => {
  const newId = uuidV7Maker(() => Date.now(), seededRandom(20_261_121));
  let store: TestStore;
  let db: Db;
  let clock: ManualClock;
  let accounts: Accounts;
  let told: VolunteerState[];

  const opened = () =>
    openAccounts({ db, clock, log: silentLogger, metrics: noMetrics, newId, accessTokenLifeMs: LIFE_MS });

  const open = (onVolunteerChange?: (state: VolunteerState) => void) =>
    openAccounts({
      db,
      clock,
      log: silentLogger,
      metrics: noMetrics,
      newId,
      accessTokenLifeMs: LIFE_MS,
      ...(onVolunteerChange ? { onVolunteerChange } : {}),
    });

  beforeAll(async () => {
    store = await openTestStore(engine);
    db = store.db;
  });

  afterAll(() => store?.stop());

  const ask = async (text: string): Promise<unknown[]> => {
    const client = new pg.Client(store.database.connection);
    await client.connect();
    try {
      return (await client.query({ text, rowMode: 'array' })).rows.flat();
    } finally {
      await client.end();
    }
  };

  beforeEach(async () => {
    await ask(EMPTY);
    clock = new ManualClock();
    told = [];
    accounts = await open((state) => told.push(state));
  });

  const person = (name: string, more: object = {}) => ({
    email: `${name}@example.org`,
    password: PASSWORD,
    name,
    ...more,
  });

  const registered = async (name: string, more: object = {}) =>
    granted(await accounts.register(person(name, more))).userId;

  const signedIn = async (name: string) =>
    granted(await accounts.signIn({ email: `${name}@example.org`, password: PASSWORD }));

  const firstAdmin = async (name = 'admin') => {
    const setupToken = must(await accounts.setupLinkToken(), 'a setup token');
    return granted(await accounts.setup({ ...person(name), setupToken }));
  };

  const principalOf = async (name: string): Promise<Principal> =>
    granted(await accounts.verifyToken((await signedIn(name)).accessToken));

  test('are what the gateway asks for', () => {
    const asked: AccountsService = accounts;
    expect(asked).toBe(accounts);
  });

  describe('registration', () => {
    test('makes a patient, who can sign in', async () => {
      const userId = await registered('sari');
      expect(isUuid(userId)).toBe(true);
      expect(await signedIn('sari')).toMatchObject({
        userId,
        grants: ['patient'],
        expiresAtMs: clock.nowMs() + LIFE_MS,
      });
      expect(told).toEqual([]);
    });

    test('makes a volunteer of who offers help, neither verified nor on duty, and tells of it', async () => {
      const userId = await registered('budi', { volunteer: { skills: ['CPR', 'DRIVER', 'CPR'] } });
      expect((await signedIn('budi')).grants).toEqual(['patient', 'volunteer']);
      expect(told).toMatchObject([{ userId, skills: ['CPR', 'DRIVER'], verified: false, available: false }]);
    });

    test('keeps no password, only its hash', async () => {
      await registered('sari');
      const [hash] = await ask('select password_hash from accounts.users');
      expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    });

    test('knows an address again however it is typed', async () => {
      await registered('sari');
      const again = await accounts.register({ ...person('x'), email: ' SARI@Example.org ' });
      expect(again).toEqual({ ok: false, code: 'email_taken' });
      expect(await accounts.signIn({ email: 'Sari@EXAMPLE.org ', password: PASSWORD })).toMatchObject({
        ok: true,
      });
    });

    test('tells nothing of whose number one is', async () => {
      await registered('sari', { phone: '+62 812-3456' });
      await registered('budi', { phone: '+62 (812) 3456' });
      expect(await ask('select phone from accounts.user_profiles')).toEqual(['+628123456', '+628123456']);
    });

    test('gives an address to one of many who want it at once', async () => {
      const answers = await Promise.all(Array.from({ length: 8 }, () => accounts.register(person('sari'))));
      expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
      expect(answers.filter((a) => !a.ok && a.code === 'email_taken')).toHaveLength(7);
      expect(await ask('select count(*)::int from accounts.users')).toEqual([1]);
    });

    test('stands even when the listener fails', async () => {
      const deaf = await open(() => {
        throw new Error('deaf');
      });
      const answer = await deaf.register(person('budi', { volunteer: { skills: [] } }));
      expect(answer).toMatchObject({ ok: true });
    });
  });

  describe('signing in', () => {
    test('tells a wrong password and an unknown address by nothing', async () => {
      await registered('sari');
      const wrong = await accounts.signIn({ email: 'sari@example.org', password: 'wrong' });
      const unknown = await accounts.signIn({ email: 'nobody@example.org', password: PASSWORD });
      expect(wrong).toEqual({ ok: false, code: 'credentials_wrong' });
      expect(unknown).toEqual(wrong);
    });

    test('takes about as long for an unknown address', async () => {
      await registered('sari');
      const fastestMs = { nobody: Number.POSITIVE_INFINITY, sari: Number.POSITIVE_INFINITY };
      // In turns, so that whatever else the machine does at some moment happens to both.
      for (let i = 0; i < 7; i++) {
        for (const who of ['nobody', 'sari'] as const) {
          const startedMs = performance.now();
          await accounts.signIn({ email: `${who}@example.org`, password: 'wrong' });
          fastestMs[who] = Math.min(fastestMs[who], performance.now() - startedMs);
        }
      }
      const ratio = fastestMs.nobody / fastestMs.sari;
      expect(ratio).toBeGreaterThan(1 / 4);
      expect(ratio).toBeLessThan(4);
    });

    test('does not trip over what looks like SQL', async () => {
      const email = `' or 1=1; --@example.org`;
      expect(await accounts.signIn({ email, password: `' or '1'='1` })).toMatchObject({
        code: 'credentials_wrong',
      });
    });

    test('gives a token that ends', async () => {
      await registered('sari');
      const { accessToken } = await signedIn('sari');
      expect(await accounts.verifyToken(accessToken)).toMatchObject({ ok: true });
      clock.advance(LIFE_MS);
      expect(await accounts.verifyToken(accessToken)).toEqual({ ok: false, code: 'token_expired' });
    });

    test('gives a token that holds on every node, also after a restart', async () => {
      await registered('sari');
      const { accessToken, userId } = await signedIn('sari');
      const other = await open();
      expect(await other.verifyToken(accessToken)).toMatchObject({ ok: true, value: { userId } });
    });

    test('nodes that start at once agree on one key', async () => {
      await ask(emptying('accounts.signing_keys'));
      const nodes = await Promise.all(Array.from({ length: 4 }, () => open()));
      expect(await ask('select count(*)::int from accounts.signing_keys')).toEqual([1]);
      accounts = must(nodes[0], 'a node');
      await registered('sari');
      const { accessToken } = await signedIn('sari');
      for (const node of nodes) expect(await node.verifyToken(accessToken)).toMatchObject({ ok: true });
    });
  });

  describe('the first administrator', () => {
    test('comes by the link, once', async () => {
      const setupToken = must(await accounts.setupLinkToken(), 'a setup token');
      expect(Buffer.from(setupToken, 'base64url')).toHaveLength(32);
      const admin = granted(await accounts.setup({ ...person('admin'), setupToken }));
      expect([...admin.grants].sort()).toEqual(['admin', 'dispatcher', 'patient']);
      expect(await accounts.verifyToken(admin.accessToken)).toMatchObject({ ok: true });
      expect(await accounts.setupLinkToken()).toBeNull();
      const again = await accounts.setup({ ...person('second'), setupToken });
      expect(again).toEqual({ ok: false, code: 'setup_done' });
    });

    test('is one of many who use the link at once', async () => {
      const setupToken = must(await accounts.setupLinkToken(), 'a setup token');
      const answers = await Promise.all(
        ['a', 'b', 'c', 'd'].map((name) => accounts.setup({ ...person(name), setupToken })),
      );
      expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
      expect(answers.filter((a) => !a.ok && a.code === 'setup_done')).toHaveLength(3);
      expect(await ask(`select count(*)::int from accounts.users`)).toEqual([1]);
    });

    test('does not come by a guessed or a replaced link', async () => {
      const old = must(await accounts.setupLinkToken(), 'a setup token');
      const fresh = must(await accounts.setupLinkToken(), 'a setup token');
      expect(fresh).not.toBe(old);
      for (const setupToken of [old, 'guess', '']) {
        const answer = await accounts.setup({ ...person('a'), setupToken });
        expect(answer).toEqual({ ok: false, code: 'token_invalid' });
      }
      expect(await accounts.setup({ ...person('a'), setupToken: fresh })).toMatchObject({ ok: true });
    });

    test('keeps the link when the address is taken', async () => {
      await registered('sari');
      const setupToken = must(await accounts.setupLinkToken(), 'a setup token');
      const taken = await accounts.setup({ ...person('sari'), setupToken });
      expect(taken).toEqual({ ok: false, code: 'email_taken' });
      expect(await accounts.setup({ ...person('admin'), setupToken })).toMatchObject({ ok: true });
    });

    test('the link itself is not stored', async () => {
      const setupToken = must(await accounts.setupLinkToken(), 'a setup token');
      const [stored] = await ask('select token_hash from accounts.setup_links');
      expect(stored).toBeInstanceOf(Buffer);
      expect(stored).not.toEqual(Buffer.from(setupToken, 'base64url'));
      expect(stored).not.toEqual(Buffer.from(setupToken));
    });
  });

  describe('grants', () => {
    test('only an administrator gives them, of people who exist', async () => {
      await firstAdmin();
      const userId = await registered('sari');
      const [admin, sari] = [await principalOf('admin'), await principalOf('sari')];
      expect(await accounts.setGrant(sari, userId, 'dispatcher', true)).toMatchObject({ code: 'forbidden' });
      for (const nobody of [newId(), 'no id', '']) {
        expect(await accounts.setGrant(admin, nobody, 'dispatcher', true)).toEqual({
          ok: false,
          code: 'not_found',
        });
      }
      for (let twice = 0; twice < 2; twice++) {
        expect(await accounts.setGrant(admin, userId, 'dispatcher', true)).toMatchObject({ ok: true });
      }
      expect(await accounts.grantsOf(userId)).toEqual(['dispatcher', 'patient']);
      expect(
        await ask(
          `select granted_by from accounts.user_grants where grant_name = 'dispatcher' and granted_by is not null`,
        ),
      ).toEqual([admin.userId]);
    });

    test('a removed one is gone at once, whatever the token says', async () => {
      await firstAdmin();
      const userId = await registered('sari');
      const admin = await principalOf('admin');
      await accounts.setGrant(admin, userId, 'admin', true);
      const { accessToken } = await signedIn('sari');
      const sari = granted(await accounts.verifyToken(accessToken));
      expect(sari.grants).toEqual(['admin', 'patient']);
      expect(await accounts.grantsOf(userId)).toEqual(['admin', 'patient']);

      await accounts.setGrant(admin, userId, 'admin', false);
      expect(await accounts.grantsOf(userId)).toEqual(['patient']);
      expect(granted(await accounts.verifyToken(accessToken)).grants).toEqual(['patient']);
      expect(await accounts.setGrant(sari, userId, 'admin', true)).toMatchObject({ code: 'forbidden' });
    });

    test('one given elsewhere shows within 15 seconds', async () => {
      await firstAdmin();
      const userId = await registered('sari');
      const admin = await principalOf('admin');
      expect(await accounts.grantsOf(userId)).toEqual(['patient']);
      const elsewhere = await open();
      await elsewhere.setGrant(admin, userId, 'dispatcher', true);
      clock.advance(15_001);
      expect(await accounts.grantsOf(userId)).toEqual(['dispatcher', 'patient']);
    });

    test('nobody unknown has any', async () => {
      expect(await accounts.grantsOf(newId())).toEqual([]);
      expect(await accounts.grantsOf('no id')).toEqual([]);
    });

    test('there is always an administrator, also when two unmake each other at once', async () => {
      const { userId: first } = await firstAdmin();
      const admin = await principalOf('admin');
      const refusedLast = { code: 'forbidden', detail: 'the last administrator stays one' };
      expect(await accounts.setGrant(admin, first, 'admin', false)).toMatchObject(refusedLast);
      expect(await accounts.suspend(admin, first, true)).toMatchObject(refusedLast);

      const second = await registered('sari');
      await accounts.setGrant(admin, second, 'admin', true);
      const sari = await principalOf('sari');
      const answers = await Promise.all([
        accounts.setGrant(admin, second, 'admin', false),
        accounts.setGrant(sari, first, 'admin', false),
      ]);
      expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
      expect(await ask(`select count(*)::int from accounts.user_grants where grant_name = 'admin'`)).toEqual([
        1,
      ]);
    });

    test('a node that comes later knows who was suspended, and vouches for nobody of whom it is not sure', async () => {
      await firstAdmin();
      const [sari, budi] = [await registered('sari'), await registered('budi')];
      const { accessToken } = await signedIn('sari');
      const admin = await principalOf('admin');
      const [first, second] = [await opened(), await opened()];
      const facts = { hasSos: false, heads: [], logXid: Number.MAX_SAFE_INTEGER };
      const given = async (name: string) =>
        must(first.resumeTokens.give(await principalOf(name), facts), 'a resume token').token;
      // A transaction of whomever else on this server that began before them keeps a node from vouching for those two.
      const tokens = await until(
        async () => {
          clock.advance(1_000);
          const both = { sari: await given('sari'), budi: await given('budi') };
          return Object.values(both).every((token) => second.resumeTokens.take(token).ok) && both;
        },
        { timeoutMs: 20_000, what: 'a node that is sure of both' },
      );
      expect(second.resumeTokens.take(tokens.sari)).toMatchObject({
        resumed: { principal: { userId: sari } },
      });
      await first.suspend(admin, sari, true);
      // Here at once; there as soon as it has looked.
      expect(first.resumeTokens.take(tokens.sari)).toEqual({ ok: false, why: 'unsure' });
      clock.advance(1_000);
      await until(() => !second.resumeTokens.take(tokens.sari).ok, {
        timeoutMs: 5_000,
        what: 'the other node to know',
      });
      const third = await opened();
      expect(await third.verifyToken(accessToken)).toEqual({ ok: false, code: 'token_invalid' });
      expect(third.resumeTokens.take(tokens.sari)).toEqual({ ok: false, why: 'unsure' });
      expect(third.resumeTokens.take(tokens.budi)).toMatchObject({
        resumed: { principal: { userId: budi } },
      });
      for (const node of [first, second, third]) await node.stop();
    });

    test('who is suspended can do nothing, from that moment until readmitted', async () => {
      await firstAdmin();
      const userId = await registered('budi', { volunteer: { skills: ['CPR'] } });
      const admin = await principalOf('admin');
      const { accessToken } = await signedIn('budi');
      await accounts.setAvailable(userId, true);

      expect(await accounts.suspend(admin, userId, true)).toMatchObject({ ok: true });
      expect(await accounts.verifyToken(accessToken)).toEqual({ ok: false, code: 'token_invalid' });
      expect(await accounts.grantsOf(userId)).toEqual([]);
      expect(told.at(-1)).toMatchObject({ userId, available: false });
      expect(await accounts.setAvailable(userId, true)).toMatchObject({ code: 'forbidden' });
      const right = { email: 'budi@example.org', password: PASSWORD };
      expect(await accounts.signIn(right)).toEqual({ ok: false, code: 'account_suspended' });
      expect(await accounts.signIn({ ...right, password: 'wrong' })).toMatchObject({
        code: 'credentials_wrong',
      });

      await accounts.suspend(admin, userId, false);
      expect(await accounts.signIn(right)).toMatchObject({ ok: true });
    });
  });

  describe('those who help', () => {
    test('go on and off duty, and dispatch hears of it in order', async () => {
      const userId = await registered('budi', { volunteer: { skills: ['CPR'] } });
      await accounts.setAvailable(userId, true);
      await accounts.setAvailable(userId, false);
      expect(told.map(({ available }) => available)).toEqual([false, true, false]);
      const times = told.map(({ asOfMs }) => asOfMs);
      expect(times).toEqual([...times].sort((a, b) => a - b));
    });

    test('need a grant for it; a professional needs no other', async () => {
      await firstAdmin();
      const userId = await registered('sari');
      const admin = await principalOf('admin');
      expect(await accounts.setAvailable(userId, true)).toEqual({ ok: false, code: 'forbidden' });
      expect(await accounts.setAvailable('no id', true)).toEqual({ ok: false, code: 'forbidden' });
      await accounts.setGrant(admin, userId, 'professional', true);
      expect(await accounts.setAvailable(userId, true)).toMatchObject({ ok: true });
      expect(told.at(-1)).toMatchObject({ userId, available: true, verified: false });
    });

    test('are off duty once the last grant for it is taken', async () => {
      await firstAdmin();
      const userId = await registered('budi', { volunteer: { skills: [] } });
      const admin = await principalOf('admin');
      await accounts.setGrant(admin, userId, 'professional', true);
      await accounts.setAvailable(userId, true);
      await accounts.setGrant(admin, userId, 'professional', false);
      expect(told.at(-1)).toMatchObject({ available: true });
      await accounts.setGrant(admin, userId, 'volunteer', false);
      expect(told.at(-1)).toMatchObject({ available: false });
      expect(await accounts.listVolunteers(admin, { limit: 10 })).toEqual({ ok: true, value: [] });
    });

    test('are verified by an administrator only', async () => {
      await firstAdmin();
      const userId = await registered('budi', { volunteer: { skills: ['CPR'] } });
      const [admin, budi] = [await principalOf('admin'), await principalOf('budi')];
      expect(await accounts.verifyVolunteer(budi, userId)).toEqual({ ok: false, code: 'forbidden' });
      for (const nobody of [admin.userId, newId(), 'no id']) {
        expect(await accounts.verifyVolunteer(admin, nobody)).toEqual({ ok: false, code: 'not_found' });
      }
      expect(await accounts.verifyVolunteer(admin, userId)).toMatchObject({ ok: true });
      expect(told.at(-1)).toMatchObject({ userId, verified: true });
      expect(await ask('select verified_by from accounts.volunteers')).toEqual([admin.userId]);
    });

    test('are listed page by page, each once, for administrators and dispatchers', async () => {
      await firstAdmin();
      const ids: string[] = [];
      for (const name of ['a', 'b', 'c', 'd', 'e'])
        ids.push(await registered(name, { volunteer: { skills: [] } }));
      await registered('sari');
      const admin = await principalOf('admin');
      await accounts.verifyVolunteer(admin, must(ids[1], 'a volunteer'));

      const seen: string[] = [];
      for (let after: string | undefined; ; after = seen.at(-1)) {
        const page = granted(await accounts.listVolunteers(admin, { after, limit: 2 }));
        if (page.length === 0) break;
        seen.push(...page.map(({ userId }) => userId));
      }
      expect(seen).toEqual(ids);
      expect(granted(await accounts.listVolunteers(admin, { verified: true, limit: 10 }))).toEqual([
        {
          userId: ids[1],
          name: 'b',
          skills: [],
          verified: true,
          available: false,
          averageRating: 0,
          cancellationCount: 0,
        },
      ]);
      expect(granted(await accounts.listVolunteers(admin, { after: 'no id', limit: 10 }))).toEqual([]);
      expect(await accounts.listVolunteers(await principalOf('a'), { limit: 10 })).toMatchObject({
        code: 'forbidden',
      });
    });

    test('can be read again from the start, page by page', async () => {
      const ids: string[] = [];
      for (const name of ['a', 'b', 'c']) {
        ids.push(await registered(name, { volunteer: { skills: ['DRIVER'] } }));
      }
      const first = await accounts.volunteersPage(null, 2);
      const rest = await accounts.volunteersPage(must(first.at(-1), 'a volunteer').userId, 2);
      expect([...first, ...rest]).toEqual(told);
      expect(told.map(({ userId }) => userId)).toEqual(ids);
    });

    test('have a name and perhaps a phone', async () => {
      const [sari, budi] = [await registered('sari', { phone: '+62 1' }), await registered('budi')];
      expect(await accounts.contactOf([sari, budi, newId(), 'no id'])).toEqual(
        new Map([
          [sari, { name: 'sari', phone: '+621' }],
          [budi, { name: 'budi', phone: null }],
        ]),
      );
    });
  });
});
