import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MusterClient, signedInToken } from '../client/node.ts';
import { must } from '../lib/assert.ts';
import { systemClock } from '../lib/clock.ts';
import { OwnEngine } from '../sim/own-engine.ts';
import { sql } from '../store/db.ts';
import { City, offerIn, type Somebody } from './city.ts';
import { openTestStore } from './open-store.ts';
import { until } from './until.ts';

const soon = { timeoutMs: 20_000 };
const PLACE = { lat: 37.778_899_112, lng: -122.419_988_776 };
const LICENSE = 'zyzzyva-license-1';

/** Words that nobody else has. `zyzzyva` is in each that may hold letters, and 55501992377 in each number. */
const CANARY = { email: 'zyzzyva@example.org', name: 'Zyzzyva Quokka', phone: '+15550199237741' };
const password = 'a long enough zyzzyva password';
const ANY_CANARY = /zyzzyva|55501992377|37\.77889|122\.41998/i;

/** Where words of somebody stay who was erased, and why. */
const STAYS: Readonly<Record<string, string>> = {
  'accounts.break_glass reason': 'who broke the glass and why is kept unchanged',
  'accounts.audit_log reason':
    'the audit log is append-only, and breaking the glass is in it with its reason',
};

const COLUMNS = sql(
  'test_columns',
  `select table_schema || '.' || table_name as "table", column_name as "column", udt_name as type
     from information_schema.columns join information_schema.tables using (table_schema, table_name)
    where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'
      and table_name <> 'spatial_ref_sys'`,
);

let store: Awaited<ReturnType<typeof openTestStore>>;
let node: OwnEngine;
let city: City;
let dataDir: string;

beforeAll(async () => {
  store = await openTestStore('postgres');
  dataDir = await mkdtemp(join(tmpdir(), 'muster-rights-'));
  const { connection } = store.database;
  node = await OwnEngine.start({
    databaseUrl: 'connectionString' in connection ? connection.connectionString : null,
    dataDir,
    // Nobody listens there: what is to be sent stays among the deliveries, where it has to be found and taken out.
    env: { ...process.env, MUSTER_SMTP_URL: 'smtp://127.0.0.1:1', MUSTER_MAIL_FROM: 'muster@example.org' },
    onDeath: () => {},
  });
  city = new City(node.url);
  await city.firstAdmin(node.setupToken ?? '');
});
afterAll(async () => {
  await city?.close();
  await node?.remove();
  await store?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

async function send(token: string, method: string, path: string, body?: unknown): Promise<unknown> {
  const isFile = body instanceof Uint8Array;
  const answer = await fetch(`${node.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      'user-agent': 'zyzzyva-browser',
      ...(isFile || body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: isFile ? Buffer.from(body) : JSON.stringify(body) }),
  });
  const text = await answer.text();
  expect(answer.status, `${method} ${path}: ${text}`).toBeLessThan(300);
  return text === '' ? null : JSON.parse(text);
}

/** Everything that a person can say of themselves, said with the canary's words. */
async function sayEverything(userId: string, token: string): Promise<void> {
  const admin = await city.adminToken();
  await send(token, 'PATCH', '/v1/me', {
    address: 'Zyzzyva Street 1',
    doctorName: 'Dr Zyzzyva',
    doctorPhone: '+15550199237742',
    emergencyContacts: [{ name: 'Zyzzyva Mother', phone: '+15550199237743', relationship: 'zyzzyva-mother' }],
  });
  await send(token, 'POST', '/v1/me/certifications', {
    name: 'zyzzyva-certificate',
    issuedBy: 'zyzzyva-school',
    issuedOn: '2026-01-01',
  });
  await send(admin, 'PUT', `/v1/users/${userId}/grants/professional`);
  await send(token, 'PUT', '/v1/me/professional', {
    profession: 'nurse',
    licenseNumber: LICENSE,
    specialization: 'zyzzyva-care',
    hospitalAffiliation: 'Zyzzyva Hospital',
  });
  const upload = '/v1/me/documents?role=professional&type=DEGREE&name=zyzzyva.pdf';
  await send(token, 'POST', upload, Buffer.from('%PDF-1.7 zyzzyva'));
  await send(token, 'POST', '/v1/me/codes/email');
  await send(admin, 'POST', '/v1/invitations', { email: CANARY.email, grants: ['volunteer'] });
  await send(admin, 'PUT', `/v1/users/${userId}/verification/volunteer`, {
    verified: true,
    note: 'saw the passport of Zyzzyva',
  });
  await send(admin, 'POST', '/v1/patients', {
    userId,
    firstName: 'Zyzzyva',
    lastName: 'Quokka',
    email: CANARY.email,
    phone: CANARY.phone,
    address: 'Zyzzyva Street 1',
    city: 'Zyzzyva City',
    emergencyContact: { name: 'Zyzzyva Mother', phone: '+15550199237743', relationship: 'zyzzyva' },
  });
  const { code } = await city.http.pairingCode(token);
  await city.http.pairDevice({
    code,
    name: 'zyzzyva-phone',
    kind: 'phone',
    wouldNotRing: 'zyzzyva is asleep',
  });
  const subjectUserId = (await city.patient()).userId;
  const fresh = (await send('', 'POST', '/v1/sessions', { email: CANARY.email, password })) as {
    accessToken: string;
  };
  await send(fresh.accessToken, 'POST', '/v1/break-glass', {
    subjectUserId,
    reason: 'zyzzyva had to look',
  });
  await city.http.askPasswordReset(CANARY.email);
}

/** Calls for help and is helped, then helps and gives up: with words at every step. */
async function liveThrough(client: MusterClient, userId: string): Promise<{ ownSos: string }> {
  const near = await city.volunteer(150);
  const { sosId: ownSos = '' } = await client.command('sos.create', {
    emergencyType: 'MEDICAL',
    priority: 'HIGH',
    point: PLACE,
    description: 'zyzzyva fell',
  });
  await expect(city.http.rights.eraseMe(await tokenOf(), { password })).rejects.toMatchObject({
    code: 'in_open_sos',
  });
  await near.client.command('offer.accept', await offerIn(near, ownSos));
  await client.command('chat.send', { sosId: ownSos, text: 'zyzzyva here' });
  await near.client.command('chat.send', { sosId: ownSos, text: 'coming, Zyzzyva' });
  await near.client.command('sos.withdraw', { sosId: ownSos, reason: 'could not find Zyzzyva' });
  await client.command('sos.cancel', { sosId: ownSos, reason: 'zyzzyva is better' });
  await near.client.command('duty.set', { available: false });

  await client.command('duty.set', { available: true });
  client.sendFix({ atMs: systemClock.nowMs(), ...PLACE });
  await client.flushed();
  const helped = await city.patient();
  const { sosId = '' } = await helped.client.command('sos.create', {
    emergencyType: 'MEDICAL',
    priority: 'HIGH',
    point: { lat: 37.78, lng: -122.42 },
  });
  const asked: Somebody['inbox'] = [];
  client.subscribe(`inbox:${userId}`, { onEvent: (event) => asked.push(event), onSnapshot: () => {} });
  const offerId = await until(
    async () =>
      (
        await store.db.query<{ id: string }>(
          sql('test_offer', `select id from dispatch.sos_offers where sos_id = $1 and responder_id = $2`),
          [sosId, userId],
        )
      )[0]?.id,
    { ...soon, what: 'an offer to the canary' },
  );
  await client.command('offer.accept', { sosId, offerId });
  await client.command('chat.send', { sosId, text: 'zyzzyva is on the way' });
  await expect(city.http.rights.eraseMe(await tokenOf(), { password })).rejects.toMatchObject({
    code: 'in_open_sos',
  });
  await client.command('sos.withdraw', { sosId, reason: 'zyzzyva lost the way' });
  await helped.client.command('sos.cancel', { sosId });
  return { ownSos };
}

let tokenOf: () => Promise<string>;

/** Which columns of which tables hold a canary's words or exact place. */
async function whereFound(): Promise<string[]> {
  const found: string[] = [];
  const columns = await store.db.query<{ table: string; column: string; type: string }>(COLUMNS);
  expect(columns.length).toBeGreaterThan(200);
  for (const [place, { table, column, type }] of columns.entries()) {
    const text =
      type === 'geography'
        ? `st_astext("${column}")`
        : type === 'bytea'
          ? `encode("${column}", 'escape')`
          : `"${column}"::text`;
    const rows = await store.db.query<{ text: string | null }>(
      sql(`test_scan_${place}`, `select ${text} as text from ${table} where "${column}" is not null`),
    );
    if (rows.some((row) => ANY_CANARY.test(row.text ?? '')))
      found.push(`${table.replace(/_(default|\d{4}_\d\d|\d)$/, '')} ${column}`);
  }
  return [...new Set(found)].sort();
}

async function documents(): Promise<string[]> {
  const found = await readdir(join(dataDir, 'documents'), { recursive: true, withFileTypes: true });
  return found.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

test('a person gets everything about them, is erased when they ask for it, and nothing of them is left', async () => {
  const { userId: registered } = await city.http.register({
    ...CANARY,
    password,
    volunteer: { skills: ['CPR'] },
  });
  const userId = must(registered, 'a node without mail registers at once');
  tokenOf = signedInToken(city.http, { email: CANARY.email, password }, systemClock);
  await sayEverything(userId, await tokenOf());
  const device = { id: randomUUID() };
  const client = new MusterClient({ url: node.url, token: () => tokenOf(), device });
  client.connect();
  await client.ready();
  const { ownSos } = await liveThrough(client, userId);

  const foundBefore = await whereFound();
  expect(await documents()).toHaveLength(1);
  const exported = JSON.stringify(await city.http.rights.exportMe(await tokenOf()));
  for (const word of [
    'zyzzyva-school',
    'zyzzyva.pdf',
    'zyzzyva is asleep',
    'zyzzyva fell',
    'coming, Zyzzyva',
    LICENSE,
    'zyzzyva lost the way',
    '+15550199237743',
    'Zyzzyva City',
    'zyzzyva-browser',
    'zyzzyva had to look',
    '"lat":37.778899112',
  ]) {
    expect(exported.toLowerCase(), word).toContain(word.toLowerCase());
  }
  expect(exported).not.toContain('argon2');
  expect(exported).not.toMatch(/distance_?m/i);
  expect(foundBefore.length).toBeGreaterThan(30);

  await expect(city.http.rights.eraseMe(await tokenOf(), { password: 'not this one' })).rejects.toMatchObject(
    {
      code: 'credentials_wrong',
    },
  );
  const token = await tokenOf();
  await city.http.rights.eraseMe(token, { password });
  await until(() => client.status.state !== 'open', { ...soon, what: 'the end of the socket' });
  await expect(city.http.sessions(token)).rejects.toMatchObject({ code: 'token_invalid' });
  await expect(city.http.signIn({ email: CANARY.email, password })).rejects.toMatchObject({
    code: 'credentials_wrong',
  });
  await client.close();

  expect(await whereFound()).toEqual(Object.keys(STAYS).sort());
  expect(await documents()).toEqual([]);
  const timeline = await store.db.query<{ type: string }>(
    sql(
      'test_timeline',
      `select type from journal.events where kind = 'sos' and stream_id = $1 order by seq`,
    ),
    [ownSos],
  );
  expect(timeline.map(({ type }) => type)).toEqual(
    expect.arrayContaining([
      'sos.created',
      'sos.wave_sent',
      'sos.accepted',
      'sos.withdrawn',
      'sos.cancelled',
    ]),
  );
});

test('an administrator does both for somebody, with a reason that is on record, and nobody else does', async () => {
  const credentials = { email: `${randomUUID()}@example.org`, password };
  const registered = await city.http.register({ ...credentials, name: 'Somebody' });
  const userId = must(registered.userId, 'a node without mail registers at once');
  const stranger = { email: `${randomUUID()}@example.org`, password };
  await city.http.register({ ...stranger, name: 'Stranger' });
  const other = await city.http.signIn(stranger);
  const admin = await city.adminToken();
  const reason = 'asked for by letter of 3 May';
  expect((await city.http.rights.exportUser(admin, userId, reason)).tables['accounts.users']).toMatchObject([
    { email: credentials.email },
  ]);
  await expect(city.http.rights.exportUser(other.accessToken, userId, reason)).rejects.toMatchObject({
    code: 'forbidden',
  });
  await expect(
    city.http.rights.eraseUser(admin, userId, { password: 'a guess', reason }),
  ).rejects.toMatchObject({
    code: 'credentials_wrong',
  });
  const entries = await until(
    async () => {
      const page = (await send(admin, 'GET', `/v1/audit?subjectUserId=${userId}`)) as {
        entries: { reason: string }[];
      };
      return page.entries.length >= 3 && page.entries;
    },
    { ...soon, what: 'the record' },
  );
  expect(entries).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        action: 'export',
        outcome: 'allowed',
        reason: `post /v1/users/:id/export: ${reason}`,
      }),
      expect.objectContaining({ action: 'erase', outcome: 'failed' }),
      expect.objectContaining({ action: 'export', outcome: 'refused' }),
    ]),
  );
});
