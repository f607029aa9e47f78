import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { must } from '../lib/assert.ts';
import { ManualClock } from '../lib/clock.ts';
import { uuidV7Maker } from '../lib/ids.ts';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import { seededRandom } from '../lib/random.ts';
import { type Db, sql } from '../store/db.ts';
import { engines } from '../testing/databases.ts';
import { openTestStore } from '../testing/open-store.ts';
import { type OpenedAccounts, openAccounts } from './accounts.ts';
import { EXPORTS_PER_HOUR } from './erasure.ts';
import type { People } from './people.ts';
import type { Principal, StandingChange } from './types.ts';

const password = 'a long enough password';
const LOCATED = sql(
  'test_located',
  `insert into telemetry.user_locations (user_id, location, fix_at, received_at)
   values ($1, st_makepoint(8.5417, 47.3769)::geography, now(), now())`,
);
const LOCATIONS = sql('test_locations', 'select user_id from telemetry.user_locations where user_id = $1');
const EVENTS = sql(
  'test_many_events',
  `insert into journal.events (kind, stream_id, seq, type, actor_id, at, data)
   select 'inbox', $1, n, 'offer.closed', null, now(), '{}' from generate_series(1, 1201) n`,
);
const INBOX = sql(
  'test_inbox',
  `insert into journal.streams (kind, stream_id, head, low) values ('inbox', $1, 1201, 1)`,
);
const INBOX_NOW = sql(
  'test_inbox_now',
  `select head, low, (select count(*) from journal.events where stream_id = $1) as events
     from journal.streams where stream_id = $1`,
);
const CALLED = sql(
  'test_called',
  `insert into dispatch.sos_requests (id, client_id, user_id, emergency_type, priority, location, status, created_at, wave,
     radius_m, escalation_level, policy_version, seq, rule, seeking_since)
   values ($1, $1, $2, 'MEDICAL', 'HIGH', st_makepoint(8.5, 47.4)::geography, 'PENDING', now(), 1, 500, 0, 1, 1,
     '{}', now())`,
);

describe.each(engines)('erasing and exporting on %s', (engine) => {
  const newId = uuidV7Maker(() => Date.now(), seededRandom(20_261_125));
  const clock = new ManualClock(Date.now());
  const stored = new Map<string, Uint8Array>();
  const erased: string[] = [];
  const told: StandingChange[] = [];
  let storageIsAway = false;
  let store: { db: Db; stop(): Promise<void> };
  let accounts: OpenedAccounts;
  let people: People;

  beforeAll(async () => {
    store = await openTestStore(engine);
    const common = { db: store.db, clock, log: silentLogger, metrics: noMetrics, newId };
    accounts = await openAccounts({ ...common, accessTokenLifeMs: 900_000 });
    accounts.onStandingChange((change) => told.push(change));
    people = accounts.people({
      channels: [],
      deliver: async () => {},
      documents: {
        put: async (key, content) => void stored.set(key, content),
        get: async (key) => stored.get(key) ?? null,
        remove: async (key) => {
          if (storageIsAway) throw new Error('the object store does not answer');
          stored.delete(key);
        },
      },
      publicUrl: 'https://muster.example.org',
      onErased: (userId) => erased.push(userId),
    });
    const setupToken = must(await accounts.setupLinkToken(), 'a setup token');
    await accounts.setup({ email: 'admin@example.org', password, name: 'Admin', setupToken });
  });
  afterAll(async () => {
    accounts?.stop();
    await store?.stop();
  });

  const signIn = async (email: string): Promise<Principal> => {
    const signedIn = await accounts.signIn({ email, password });
    if (!signedIn.ok) throw new Error(signedIn.code);
    const verified = await accounts.verifyToken(signedIn.value.accessToken);
    if (!verified.ok) throw new Error(verified.code);
    return verified.value;
  };
  const somebody = async (): Promise<Principal> => {
    const email = `${newId()}@example.org`;
    await accounts.register({ email, password, name: 'Somebody', volunteer: { skills: ['CPR'] } });
    return signIn(email);
  };
  const chore = () => must(people.chores[0], 'the chore').run({ signal: new AbortController().signal });

  test('an export is whole over its pages, and is made five times an hour', async () => {
    const by = await somebody();
    await store.db.query(INBOX, [by.userId]);
    await store.db.query(EVENTS, [by.userId]);
    for (let n = 1; n <= EXPORTS_PER_HOUR; n++) {
      const exported = await people.exportOf(by, by.userId);
      if (!exported.ok) throw new Error(exported.code);
      let text = '';
      for await (const piece of exported.value) text += piece;
      const events: { seq: number }[] = JSON.parse(text).tables['journal.events (told to them)'];
      expect(events.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(
        Array.from({ length: 1_201 }, (_, i) => i + 1),
      );
    }
    expect(await people.exportOf(by, by.userId)).toMatchObject({ ok: false, code: 'rate_limited' });
    clock.advance(3_600_000);
    const again = await people.exportOf(await signIn('admin@example.org'), by.userId);
    expect(again.ok).toBe(true);
    if (again.ok) await again.value.return?.();
  });

  test('at most four run at once, and one that is never read gives its place back', async () => {
    const running = [];
    for (let n = 0; n < 4; n++) {
      const by = await somebody();
      const exported = await people.exportOf(by, by.userId);
      if (exported.ok) running.push(exported.value);
    }
    const by = await somebody();
    expect(await people.exportOf(by, by.userId)).toMatchObject({ ok: false, code: 'busy' });
    for (const one of running) await one.return?.();
    const exported = await people.exportOf(by, by.userId);
    expect(exported.ok).toBe(true);
    if (exported.ok) await exported.value.return?.();
  });

  test('sessions end, memory lets go, and an inbox says that what was in it is gone', async () => {
    const by = await somebody();
    await store.db.query(INBOX, [by.userId]);
    await store.db.query(EVENTS, [by.userId]);
    expect(await people.erase(by, by.userId, { password })).toEqual({ ok: true, value: null });
    expect(erased).toContain(by.userId);
    expect(told).toContainEqual({ kind: 'revoked', userId: by.userId });
    expect(await store.db.query(INBOX_NOW, [by.userId])).toEqual([{ head: 1_201, low: 1_202, events: 0 }]);
  });

  test('what comes in late is taken out, and a document when the storage is back', async () => {
    const by = await somebody();
    const content = Buffer.from('%PDF-1.7 a scan');
    const added = await people.addDocument(by, {
      role: 'volunteer',
      documentType: 'ID_PROOF',
      fileName: 'card.pdf',
      content,
    });
    expect([added.ok, stored.size]).toEqual([true, 1]);
    storageIsAway = true;
    expect(await people.erase(by, by.userId, { password })).toMatchObject({ ok: true });
    await store.db.query(LOCATED, [by.userId]);
    await expect(chore()).rejects.toThrow('does not answer');
    expect(stored.size).toBe(1);
    expect(await store.db.query(LOCATIONS, [by.userId])).toEqual([]);
    storageIsAway = false;
    await chore();
    expect(stored.size).toBe(0);
  });

  test('nobody is erased who is in an open SOS, by a stranger, or as the last administrator', async () => {
    const [by, stranger, admin] = [await somebody(), await somebody(), await signIn('admin@example.org')];
    await store.db.query(CALLED, [newId(), by.userId]);
    expect(await people.erase(by, by.userId, { password })).toMatchObject({ code: 'in_open_sos' });
    expect(await people.erase(admin, by.userId, { password })).toMatchObject({ code: 'in_open_sos' });
    expect(await people.erase(stranger, by.userId, { password })).toMatchObject({ code: 'forbidden' });
    expect(await people.erase(admin, admin.userId, { password })).toMatchObject({ code: 'forbidden' });
    expect(await people.erase(admin, stranger.userId, { password: 'a guess' })).toMatchObject({
      code: 'credentials_wrong',
    });
  });
});
