import { decodeProtectedHeader, importJWK, jwtVerify } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { must } from '../lib/assert.ts';
import { ManualClock } from '../lib/clock.ts';
import { uuidV7Maker } from '../lib/ids.ts';
import { silentLogger } from '../lib/log.ts';
import { seededRandom } from '../lib/random.ts';
import { type Db, sql } from '../store/db.ts';
import { engines } from '../testing/databases.ts';
import { emptying } from '../testing/emptying.ts';
import { openTestStore } from '../testing/open-store.ts';
import { until } from '../testing/until.ts';
import { RotatingKeys } from './signing-keys.ts';
import { openTokens, type SigningKeys } from './tokens.ts';

const USER = '01890000-0000-7000-8000-000000000001';
const SESSION = '01890000-0000-7000-8000-0000000000aa';
const LIFE_MS = 900_000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const EMPTY = sql('test_empty', emptying('accounts.signing_keys'));

describe.each(engines)('signing keys on %s', (engine) => {
  const newId = uuidV7Maker(() => Date.now(), seededRandom(8));
  let db: Db;
  let owner: Db;
  let stop: () => Promise<void>;
  let clock: ManualClock;
  let nodes: RotatingKeys[];

  beforeAll(async () => {
    ({ db, owner, stop } = await openTestStore(engine));
  });
  afterAll(() => stop?.());
  beforeEach(async () => {
    await owner.query(EMPTY);
    clock = new ManualClock();
    nodes = await Promise.all([open(), open()]);
    return () => {
      for (const node of nodes) node.stop();
    };
  });

  const open = () => RotatingKeys.open({ db, clock, log: silentLogger, newId, lifeMs: LIFE_MS });
  const node = (which: number) => must(nodes[which], 'a node');
  const tokensOf = (keys: SigningKeys) =>
    openTokens({ issuer: 'muster', audience: 'muster', lifeMs: LIFE_MS, keys, clock, log: silentLogger });
  const issued = async (keys: SigningKeys) =>
    (await tokensOf(keys).issue(USER, ['patient'], clock.nowMs(), SESSION)).token;
  const rotate = () => node(0).chore.run({ signal: new AbortController().signal });

  test('stay as they are until they have signed for a month', async () => {
    const before = node(0).signer().id;
    await rotate();
    clock.advance(29 * DAY_MS);
    await rotate();
    expect((await node(0).jwks()).keys.map(({ kid }) => kid)).toEqual([before]);
  });

  test('are known to every node before they sign, and the old one is good until its tokens are gone', async () => {
    const old = node(0).signer().id;
    clock.advance(30 * DAY_MS);
    await rotate();
    await rotate();
    const kids = (await node(0).jwks()).keys.map(({ kid }) => kid);
    expect(kids).toHaveLength(2);
    expect(node(0).signer().id).toBe(old);
    const fresh = must(
      kids.find((kid) => kid !== old),
      'a new key',
    );
    clock.advance(MINUTE_MS);
    await until(() => node(1).find(fresh) !== undefined, {
      timeoutMs: 5_000,
      what: 'the other node to know',
    });
    clock.advance(8 * MINUTE_MS);
    const last = await issued(node(0));
    clock.advance(MINUTE_MS);
    expect(node(0).signer().id).toBe(fresh);
    expect(decodeProtectedHeader(await issued(node(0))).kid).toBe(fresh);
    for (const each of nodes) {
      expect(await tokensOf(each).verify(last)).toMatchObject({ ok: true });
      expect(await tokensOf(each).verify(await issued(node(0)))).toMatchObject({ ok: true });
    }
    await rotate();
    expect(node(0).find(old)).toBeDefined();
    clock.advance(LIFE_MS + 3_600_000 + MINUTE_MS);
    await rotate();
    expect((await node(0).jwks()).keys.map(({ kid }) => kid)).toEqual([fresh]);
  });

  test('let others check our tokens, and give no secret away', async () => {
    const { keys } = await node(0).jwks();
    expect(JSON.stringify(keys)).not.toContain('"d"');
    const [jwk] = keys;
    const key = await importJWK({ ...must(jwk, 'a key') }, 'EdDSA');
    const { payload } = await jwtVerify(await issued(node(0)), key, {
      issuer: 'muster',
      currentDate: new Date(clock.nowMs()),
    });
    expect(payload.sub).toBe(USER);
  });
});
