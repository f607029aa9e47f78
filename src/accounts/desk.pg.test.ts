import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { must } from '../lib/assert.ts';
import { ManualClock, systemClock } from '../lib/clock.ts';
import { uuidV7Maker } from '../lib/ids.ts';
import { silentLogger } from '../lib/log.ts';
import { noMetrics } from '../lib/metric.ts';
import { seededRandom } from '../lib/random.ts';
import type { Result } from '../lib/result.ts';
import type { Db } from '../store/db.ts';
import { engines } from '../testing/databases.ts';
import { openTestStore } from '../testing/open-store.ts';
import { openAccess } from './access-service.ts';
import { type OpenedAccounts, openAccounts } from './accounts.ts';
import type { People } from './people.ts';
import type { Message } from './people-context.ts';
import type { Grant, Principal } from './types.ts';

const PASSWORD = 'a long enough password';
const PDF = Buffer.from('%PDF-1.7 a scanned card');
const granted = <T>(result: Result<T, string>): T => {
  if (!result.ok) throw new Error(JSON.stringify(result));
  return result.value;
};

describe.each(engines)('what administrators work through on %s', (engine) => {
  const newId = uuidV7Maker(systemClock.nowMs, seededRandom(29));
  const sent: Message[] = [];
  let store: { db: Db; stop(): Promise<void> };
  let accounts: OpenedAccounts;
  let people: People;
  let admin: Principal;

  const person = (name: string) => ({ email: `${name}@example.org`, password: PASSWORD, name });
  const signedIn = async (name: string): Promise<Principal> => {
    const { accessToken } = granted(await accounts.signIn(person(name)));
    return granted(await accounts.verifyToken(accessToken));
  };
  const somebody = async (name: string, ...grants: Grant[]) => {
    const { userId } = granted(await accounts.register(person(name)));
    for (const grant of grants) granted(await accounts.setGrant(admin, userId, grant, true));
    return signedIn(name);
  };

  beforeAll(async () => {
    store = await openTestStore(engine);
    accounts = await openAccounts({
      db: store.db,
      clock: new ManualClock(systemClock.nowMs()),
      log: silentLogger,
      metrics: noMetrics,
      newId,
      accessTokenLifeMs: 900_000,
      onVolunteerChange: () => {},
    });
    people = accounts.people({
      deliver: async (_tx, message) => void sent.push(message),
      documents: { put: async () => {}, get: async () => null, remove: async () => {} },
      channels: ['email'],
      publicUrl: 'https://muster.example.org',
    });
    const setupToken = must(await accounts.setupLinkToken(), 'a setup token');
    granted(await accounts.setup({ ...person('Ada'), setupToken }));
    admin = await signedIn('Ada');
  });
  afterAll(async () => {
    accounts?.stop();
    await store?.stop();
  });

  test('people are found by a part of the name, the beginning of the address, or the id', async () => {
    const vera = await somebody('Vera 100%', 'volunteer');
    const found = async (text: string) =>
      granted(await people.findUsers(admin, { text, limit: 5 })).map(({ name }) => name);
    expect(await found('ERA 1')).toEqual(['Vera 100%']);
    expect(await found('vera 100%@')).toEqual(['Vera 100%']);
    expect(await found(vera.userId)).toEqual(['Vera 100%']);
    expect(await found('a_a')).toEqual([]);
    expect(await found('%')).toEqual(['Vera 100%']);
    const [row] = granted(await people.findUsers(admin, { text: 'vera', limit: 5 }));
    expect(row).toMatchObject({ userId: vera.userId, status: 'active', grants: ['patient', 'volunteer'] });
    expect(await people.findUsers(vera, { text: 'ada', limit: 5 })).toMatchObject({ code: 'forbidden' });
  });

  test('whoever waits to be verified is in the queue until decided, and again with new documents', async () => {
    const by = await somebody('Nia', 'professional');
    const volunteers = await somebody('Bo', 'volunteer');
    const waiting = async () =>
      granted(await people.waitingVerifications(admin, 50)).filter(({ name }) => name === 'Nia');
    const order = { profession: 'nurse', licenseNumber: 'N-1', specialization: 'ICU' } as const;
    granted(await people.setProfessional(by, { ...order, hospitalAffiliation: null }));
    // Whoever helps by profession is also among those who are asked.
    expect(await waiting()).toMatchObject([
      { role: 'volunteer', documents: 0, verified: false },
      { role: 'professional', documents: 0, verified: false },
    ]);
    const upload = (fileName: string) => {
      const content = Buffer.concat([PDF, Buffer.from(fileName)]);
      const about = { role: 'professional', documentType: 'MEDICAL_LICENSE', fileName } as const;
      return people.addDocument(by, { ...about, content });
    };
    const { id } = granted(await upload('licence.pdf'));
    const asProfessional = async () => (await waiting()).filter(({ role }) => role === 'professional');
    expect(await asProfessional()).toMatchObject([{ documents: 1, userId: by.userId }]);
    const decision = { role: 'professional', verified: true, documentIds: [id], note: null } as const;
    granted(await people.decideVerification(admin, by.userId, decision));
    expect(await asProfessional()).toEqual([]);
    granted(await upload('degree.pdf'));
    expect(await asProfessional()).toMatchObject([{ documents: 1, verified: true }]);
    granted(
      await people.decideVerification(admin, by.userId, { ...decision, verified: false, note: 'expired' }),
    );
    expect(await asProfessional()).toEqual([]);
    expect(await people.waitingVerifications(volunteers, 5)).toMatchObject({ code: 'forbidden' });
  });

  test('an invitation is listed until its end, and one that is taken back opens nothing', async () => {
    granted(await people.invite(admin, { email: 'new@example.org', grants: ['staff'], scopeId: null }));
    const token = must(/token=([\w-]+)/.exec(sent.at(-1)?.body ?? '')?.[1], 'a token');
    const [one] = granted(await people.listInvitations(admin, { limit: 5 }));
    expect(one).toMatchObject({ email: 'new@example.org', grants: ['staff'], acceptedAtMs: null });
    const id = must(one, 'an invitation').id;
    expect(granted(await people.listInvitations(admin, { limit: 5, before: id }))).toEqual([]);
    granted(await people.revokeInvitation(admin, id));
    expect(await people.revokeInvitation(admin, id)).toMatchObject({ code: 'not_found' });
    const accepted = await people.acceptInvitation({ token, password: PASSWORD, name: 'New' });
    expect(accepted).toMatchObject({ code: 'token_invalid' });
    const plain = await somebody('Plain');
    expect(await people.listInvitations(plain, { limit: 5 })).toMatchObject({ code: 'forbidden' });
    expect(await people.revokeInvitation(plain, id)).toMatchObject({ code: 'forbidden' });
  });

  test('the audit log is searched by what was done, how it ended and when, with names', async () => {
    const subject = await somebody('Sam');
    const access = openAccess({
      db: store.db,
      clock: systemClock,
      log: silentLogger,
      metrics: noMetrics,
      newId,
      grantsOf: accounts.grantsOf,
      unusualSubjectsPerHour: 1_000,
    });
    const entry = { actorId: admin.userId, grants: ['admin'], subjectUserId: subject.userId };
    access.trail.record({ ...entry, action: 'read', resourceKind: 'patient', outcome: 'allowed' });
    access.trail.record({ ...entry, action: 'suspend', resourceKind: 'account', outcome: 'failed' });
    await access.flush();
    const { page } = access.reading;
    const of = { subjectUserId: subject.userId, limit: 10 };
    expect(await page({ ...of, action: 'suspend' })).toMatchObject([
      { resourceKind: 'account', outcome: 'failed', actorName: 'Ada', subjectName: 'Sam' },
    ]);
    expect(await page({ ...of, outcome: 'allowed' })).toMatchObject([{ action: 'read' }]);
    expect(await page({ ...of, resourceKind: 'patient' })).toHaveLength(1);
    const nowMs = systemClock.nowMs();
    expect(await page({ ...of, fromMs: nowMs + 60_000 })).toEqual([]);
    expect(await page({ ...of, fromMs: nowMs - 600_000, toMs: nowMs + 60_000 })).toHaveLength(2);
    const [verdict, same] = await Promise.all([access.reading.verify(), access.reading.verify()]);
    expect(verdict).toMatchObject({ broken: [] });
    expect(same).toBe(verdict);
    await access.stop();
  });
});
