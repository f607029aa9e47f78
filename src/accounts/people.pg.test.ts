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
import { openTestStore } from '../testing/open-store.ts';
import { type OpenedAccounts, openAccounts } from './accounts.ts';
import { keepFigures } from './figures.ts';
import type { People } from './people.ts';
import type { Message } from './people-context.ts';
import type { Grant, Principal, VolunteerState } from './types.ts';

const PASSWORD = 'a long enough password';
const PDF = Buffer.from('%PDF-1.7 a scanned card');
const HOSPITAL = '018f0000-0000-7000-8000-0000000000aa';
const LEFT_LONG_AGO = sql(
  'test_left_long_ago',
  "update accounts.users set deactivated_at = now() - interval '31 days' where id = $1",
);
const CODES_OLDER = sql(
  'test_codes_older',
  "update accounts.verification_codes set created_at = now() - interval '2 minutes'",
);

const granted = <T>(result: Result<T, string>): T => {
  if (!result.ok) throw new Error(JSON.stringify(result));
  return result.value;
};
const codeOf = (result: Result<unknown, string>) => (result.ok ? 'ok' : result.code);

describe.each(engines)('people on %s', (engine) => {
  const newId = uuidV7Maker(() => Date.now(), seededRandom(20_261_121));
  const stored = new Map<string, Uint8Array>();
  const sent: Message[] = [];
  const told: VolunteerState[] = [];
  let store: { db: Db; stop(): Promise<void> };
  let accounts: OpenedAccounts;
  let people: People;
  let admin: Principal;
  let count = 0;

  beforeAll(async () => {
    store = await openTestStore(engine);
    accounts = await openAccounts({
      db: store.db,
      clock: new ManualClock(Date.now()),
      log: silentLogger,
      metrics: noMetrics,
      newId,
      accessTokenLifeMs: 900_000,
      onVolunteerChange: (state) => told.push(state),
    });
    people = accounts.people({
      deliver: async (_tx, message) => void sent.push(message),
      documents: {
        put: async (key, content) => void stored.set(key, content),
        get: async (key) => stored.get(key) ?? null,
        remove: async (key) => void stored.delete(key),
      },
      channels: ['email', 'sms'],
      publicUrl: 'https://muster.example.org',
    });
    const setupToken = must(await accounts.setupLinkToken(), 'a setup token');
    granted(await accounts.setup({ ...person('admin'), setupToken }));
    admin = await signedIn('admin');
  });
  afterAll(async () => {
    accounts?.stop();
    await store?.stop();
  });
  beforeEach(() => {
    sent.length = 0;
    told.length = 0;
  });

  const person = (name: string) => ({ email: `${name}@example.org`, password: PASSWORD, name });
  const signIn = (name: string, password = PASSWORD) =>
    accounts.signIn({ email: `${name}@example.org`, password });
  const signedIn = async (name: string): Promise<Principal> => {
    const { accessToken } = granted(await signIn(name)) as { accessToken: string };
    return granted(await accounts.verifyToken(accessToken));
  };

  /** Somebody new, signed in, with a name of their own. */
  const somebody = async (...grants: Grant[]) => {
    count += 1;
    const name = `p${count}`;
    const { userId } = granted(await accounts.register(person(name)));
    for (const grant of grants) granted(await accounts.setGrant(admin, userId, grant, true));
    return { name, by: await signedIn(name) };
  };
  const tokenOf = () => must(/token=([\w-]+)/.exec(sent.at(-1)?.body ?? '')?.[1], 'a token');

  describe('a profile', () => {
    test('is changed in what is stated, and keeps the rest', async () => {
      const { by, name } = await somebody();
      const contact = { name: 'Budi', phone: '+6281', relationship: 'brother' };
      granted(
        await people.changeMe(by, {
          phone: `+62 ${count} 11`,
          timezone: 'Asia/Jakarta',
          notifications: { sms: true },
          emergencyContacts: [contact],
        }),
      );
      granted(await people.changeMe(by, { address: 'Jl. Mawar 1' }));
      expect(granted(await people.me(by))).toMatchObject({
        name,
        phone: `+62${count}11`,
        address: 'Jl. Mawar 1',
        timezone: 'Asia/Jakarta',
        notifications: { push: true, sms: true, email: true },
        emergencyContacts: [contact],
        grants: [{ grant: 'patient', scopeId: null }],
        volunteer: null,
      });
    });

    test('says of somebody who helps what they offer, and how that stands', async () => {
      count += 1;
      const name = `p${count}`;
      const volunteer = { skills: ['CPR'] as const };
      const { userId } = granted(await accounts.register({ ...person(name), volunteer }));
      const by = await signedIn(name);
      const offered = async () => granted(await people.me(by)).volunteer;
      expect(await offered()).toEqual({ skills: ['CPR'], verified: false, available: false });
      granted(await accounts.verifyVolunteer(admin, userId));
      granted(await accounts.setAvailable(userId, true));
      expect(await offered()).toEqual({ skills: ['CPR'], verified: true, available: true });
    });

    test('has a phone number that belongs to whoever proved it last', async () => {
      const [one, two] = [await somebody(), await somebody()];
      const verifiedAt = async (by: Principal) => granted(await people.me(by)).phoneVerifiedAtMs;
      const prove = async (by: Principal) => {
        granted(await people.sendCode(by, 'sms'));
        const code = must(/^\d{6}/.exec(sent.at(-1)?.body ?? '')?.[0], 'a code');
        granted(await people.proveAddress(by, 'sms', code));
      };
      granted(await people.changeMe(one.by, { phone: '+41 79 000 00 01' }));
      await prove(one.by);
      expect(await verifiedAt(one.by)).not.toBeNull();
      // Saying that it is one's own takes it from nobody, and is not told apart from a free one.
      expect(granted(await people.changeMe(two.by, { phone: '+41790000001' })).phone).toBe('+41790000001');
      expect([await verifiedAt(one.by), await verifiedAt(two.by)]).toEqual([expect.any(Number), null]);
      await prove(two.by);
      expect([await verifiedAt(one.by), await verifiedAt(two.by)]).toEqual([null, expect.any(Number)]);
      expect(granted(await people.me(one.by)).phone).toBe('+41790000001');
    });

    test('has its number proved for one of two who do so at once', async () => {
      const both = [await somebody(), await somebody()];
      const codes: string[] = [];
      for (const { by } of both) {
        granted(await people.changeMe(by, { phone: '+41790000002' }));
        granted(await people.sendCode(by, 'sms'));
        codes.push(must(/^\d{6}/.exec(sent.at(-1)?.body ?? '')?.[0], 'a code'));
      }
      const proofs = both.map(({ by }, i) => people.proveAddress(by, 'sms', codes[i] ?? ''));
      expect((await Promise.all(proofs)).map(codeOf)).toEqual(['ok', 'ok']);
      const views = await Promise.all(both.map(async ({ by }) => granted(await people.me(by))));
      expect(views.filter((view) => view.phoneVerifiedAtMs !== null)).toHaveLength(1);
    });

    test('is seen by administrators and nobody else', async () => {
      const [one, two] = [await somebody(), await somebody('dispatcher')];
      expect(granted(await people.userById(admin, one.by.userId)).name).toBe(one.name);
      expect(codeOf(await people.userById(two.by, one.by.userId))).toBe('forbidden');
      expect(codeOf(await people.userById(admin, HOSPITAL))).toBe('not_found');
    });

    test('says when somebody was last there', async () => {
      const { by } = await somebody();
      expect(granted(await people.me(by)).lastSignInAtMs).toBeGreaterThan(Date.now() - 60_000);
    });
  });

  describe('who leaves', () => {
    test('may do nothing any more, until they sign in again', async () => {
      const { by, name } = await somebody('volunteer');
      granted(await accounts.setAvailable(by.userId, true));
      granted(await people.deactivateMe(by));
      expect(await accounts.grantsOf(by.userId)).toEqual([]);
      expect(told.at(-1)).toMatchObject({ userId: by.userId, available: false });
      expect(codeOf(await signIn(name))).toBe('ok');
      expect(await accounts.grantsOf(by.userId)).toEqual(['patient', 'volunteer']);
    });

    test('too long ago is let back by an administrator only', async () => {
      const { by, name } = await somebody();
      granted(await people.deactivateMe(by));
      await store.db.query(LEFT_LONG_AGO, [by.userId]);
      expect(codeOf(await signIn(name))).toBe('account_suspended');
      granted(await accounts.suspend(admin, by.userId, false));
      expect(codeOf(await signIn(name))).toBe('ok');
    });

    test('was not suspended: a sign-in lifts no suspension', async () => {
      const { by, name } = await somebody();
      granted(await accounts.suspend(admin, by.userId, true));
      expect(codeOf(await signIn(name))).toBe('account_suspended');
    });

    test('is not the last administrator', async () => {
      expect(codeOf(await people.deactivateMe(admin))).toBe('forbidden');
    });
  });

  test('a grant of one hospital needs it, and others have none', async () => {
    const { by } = await somebody();
    const give = (grant: Grant, scope: string | null) =>
      accounts.setGrant(admin, by.userId, grant, true, scope);
    expect(codeOf(await give('hospital_authority', null))).toBe('bad_request');
    expect(codeOf(await give('dispatcher', HOSPITAL))).toBe('bad_request');
    granted(await give('hospital_authority', HOSPITAL));
    granted(await give('hospital_authority', HOSPITAL));
    expect(granted(await people.me(by)).grants).toEqual([
      { grant: 'hospital_authority', scopeId: HOSPITAL },
      { grant: 'patient', scopeId: null },
    ]);
    granted(await accounts.setGrant(admin, by.userId, 'hospital_authority', false, HOSPITAL));
    expect(await accounts.grantsOf(by.userId)).toEqual(['patient']);
  });

  describe('duty', () => {
    const shift = { weekday: 1, fromMin: 480, toMin: 1_020, timezone: 'Europe/Zurich' };

    test('reaches dispatch after it is kept', async () => {
      const { by } = await somebody('volunteer');
      const duty = { shifts: [shift], quietHours: { fromMin: 1_320, toMin: 420 }, restAfterAlertMin: 90 };
      expect(granted(await people.setDuty(by, duty))).toEqual(duty);
      expect(granted(await people.duty(by))).toEqual(duty);
      expect(told.at(-1)?.duty).toEqual({
        timezone: 'UTC',
        shifts: [shift],
        quietHours: duty.quietHours,
        restAfterAlertMs: 5_400_000,
        certificates: [],
      });
      granted(await people.changeMe(by, { timezone: 'Europe/Zurich' }));
      expect(told.at(-1)?.duty.timezone).toBe('Europe/Zurich');
    });

    test('is for those who help', async () => {
      const { by } = await somebody();
      const duty = { shifts: [], quietHours: null, restAfterAlertMin: 0 };
      expect(codeOf(await people.setDuty(by, duty))).toBe('forbidden');
    });

    test('tells dispatch of certificates as they come and go', async () => {
      const { by } = await somebody('volunteer');
      const cpr = {
        name: 'CPR',
        issuedBy: 'Red Cross',
        issuedOn: '2025-01-15',
        skill: 'CPR',
        documentId: null,
      };
      const { id } = granted(await people.addCertification(by, { ...cpr, expiresOn: '2027-01-15' }));
      expect(told.at(-1)?.duty.certificates).toEqual([{ skill: 'CPR', expiresOn: '2027-01-15' }]);
      const wrong = await people.addCertification(by, { ...cpr, expiresOn: '2024-01-15' });
      expect(codeOf(wrong)).toBe('bad_request');
      expect(granted(await people.certifications(by))).toMatchObject([{ id, issuedOn: '2025-01-15' }]);
      expect(codeOf(await people.dropCertification(admin, id))).toBe('not_found');
      granted(await people.dropCertification(by, id));
      expect(told.at(-1)?.duty.certificates).toEqual([]);
    });

    test('keeps the figures of how somebody helps as they were counted elsewhere', async () => {
      const { by } = await somebody('volunteer');
      const { by: other } = await somebody('patient');
      const figures = { ratings: 3, averageRating: 4.33, cancellations: 2 };
      await keepFigures(
        store.db,
        [by, other].map(({ userId }) => ({ userId, ...figures })),
      );
      const listed = granted(await accounts.listVolunteers(admin, { limit: 200 }));
      expect(listed.find(({ userId }) => userId === by.userId)).toMatchObject({
        cancellationCount: 2,
        averageRating: 4.33,
      });
      expect(listed.some(({ userId }) => userId === other.userId)).toBe(false);
    });
  });

  describe('documents', () => {
    const card = { role: 'volunteer' as const, documentType: 'ID_PROOF', fileName: 'card.exe', content: PDF };

    test('are what their content is, and for their owner and administrators', async () => {
      const [one, two] = [await somebody('volunteer'), await somebody('dispatcher')];
      const { id, ...view } = granted(await people.addDocument(one.by, card));
      expect(view).toMatchObject({
        mediaType: 'application/pdf',
        fileName: 'card.pdf',
        sizeBytes: PDF.length,
      });
      const read = (by: Principal) => people.readDocument(by, one.by.userId, id);
      expect(Buffer.from(granted(await read(one.by)).content)).toEqual(PDF);
      expect(codeOf(await read(admin))).toBe('ok');
      expect(codeOf(await read(two.by))).toBe('not_found');
      expect(codeOf(await people.readDocument(admin, two.by.userId, id))).toBe('not_found');
      expect(codeOf(await people.documentsOf(two.by, one.by.userId))).toBe('forbidden');
    });

    test('beyond the fiftieth are refused before anything is kept', async () => {
      const { by } = await somebody('volunteer');
      for (let i = 0; i < 50; i++) granted(await people.addDocument(by, card));
      const before = stored.size;
      expect(codeOf(await people.addDocument(by, card))).toBe('bad_request');
      expect(stored.size).toBe(before);
    });

    test('that are something else, or of no kind, or nobody’s, are refused', async () => {
      const { by } = await somebody('volunteer');
      const page = { ...card, content: Buffer.from('<html>') };
      expect(codeOf(await people.addDocument(by, page))).toBe('bad_request');
      expect(codeOf(await people.addDocument(by, { ...card, documentType: 'DEGREE' }))).toBe('bad_request');
      expect(codeOf(await people.addDocument((await somebody()).by, card))).toBe('forbidden');
      const large = { ...card, content: Buffer.alloc(10 * 1024 * 1024 + 1) };
      expect(codeOf(await people.addDocument(by, large))).toBe('too_large');
    });

    test('that were changed where they are kept are not handed out', async () => {
      const { by } = await somebody('volunteer');
      const { id } = granted(await people.addDocument(by, card));
      stored.set(id, Buffer.from('%PDF-1.7 another card'));
      expect(codeOf(await people.readDocument(by, by.userId, id))).toBe('internal');
    });
  });

  describe('a verification', () => {
    const nurse = { profession: 'nurse' as const, specialization: 'ICU', hospitalAffiliation: null };

    test('of a professional is by an administrator, from documents, and can be taken back', async () => {
      const { by } = await somebody('professional');
      granted(await people.setProfessional(by, { ...nurse, licenseNumber: `n-${count}` }));
      const content = PDF;
      const license = {
        role: 'professional' as const,
        documentType: 'MEDICAL_LICENSE',
        fileName: '',
        content,
      };
      const { id } = granted(await people.addDocument(by, license));
      const decide = (who: Principal, verified: boolean, documentIds: string[]) =>
        people.decideVerification(who, by.userId, {
          role: 'professional',
          verified,
          documentIds,
          note: null,
        });
      expect(codeOf(await decide(by, true, [id]))).toBe('forbidden');
      expect(codeOf(await decide(admin, true, []))).toBe('bad_request');
      expect(codeOf(await decide(admin, true, [HOSPITAL]))).toBe('bad_request');
      granted(await decide(admin, true, [id]));
      expect(told.at(-1)).toMatchObject({ verified: true, skills: ['MEDICAL_PROFESSIONAL'] });
      granted(await decide(admin, false, []));
      expect(told.at(-1)).toMatchObject({ verified: false, skills: [] });
      expect(granted(await people.verificationDecisions(admin, by.userId))).toMatchObject([
        { verified: false, decidedBy: admin.userId },
        { verified: true, documentIds: [id], decidedBy: admin.userId },
      ]);
    });

    test('does not outlive another licence number, which is nobody else’s', async () => {
      const [one, two] = [await somebody('professional'), await somebody('professional')];
      granted(await people.setProfessional(one.by, { ...nurse, licenseNumber: 'same-1' }));
      const taken = await people.setProfessional(two.by, { ...nurse, licenseNumber: ' SAME-1' });
      expect(codeOf(taken)).toBe('bad_request');
      const license = { documentType: 'DEGREE', fileName: '', content: PDF };
      const { id } = granted(await people.addDocument(one.by, { role: 'professional', ...license }));
      const decision = { role: 'professional' as const, verified: true, documentIds: [id], note: null };
      granted(await people.decideVerification(admin, one.by.userId, decision));
      const changed = await people.setProfessional(one.by, { ...nurse, licenseNumber: 'other-1' });
      expect(granted(changed).verified).toBe(false);
    });
  });

  describe('an invitation', () => {
    const invite = (email: string) =>
      people.invite(admin, { email, grants: ['dispatcher', 'staff'], scopeId: HOSPITAL });

    test('makes one account, whose address it has proved, with what was granted', async () => {
      granted(await invite('new@example.org'));
      const acceptance = { token: tokenOf(), password: PASSWORD, name: 'New' };
      granted(await people.acceptInvitation(acceptance));
      const me = granted(await people.me(await signedIn('new')));
      expect(me.emailVerifiedAtMs).not.toBeNull();
      expect(me.grants).toEqual([
        { grant: 'dispatcher', scopeId: null },
        { grant: 'patient', scopeId: null },
        { grant: 'staff', scopeId: HOSPITAL },
      ]);
      expect(codeOf(await people.acceptInvitation(acceptance))).toBe('token_invalid');
    });

    test('is by administrators, and says nothing of who is there already', async () => {
      const { by, name } = await somebody();
      const asked = { email: 'x@example.org', grants: ['dispatcher' as const], scopeId: null };
      expect(codeOf(await people.invite(by, asked))).toBe('forbidden');
      granted(await invite(`${name}@example.org`));
      const acceptance = { token: tokenOf(), password: PASSWORD, name: 'X' };
      expect(codeOf(await people.acceptInvitation(acceptance))).toBe('email_taken');
    });
  });

  describe('an address', () => {
    const code = () => must(/^\d{6}/.exec(sent.at(-1)?.body ?? '')?.[0], 'a code');

    test('is proved by the code that was sent to it, once', async () => {
      const { by } = await somebody();
      granted(await people.sendCode(by, 'email'));
      expect(codeOf(await people.sendCode(by, 'email'))).toBe('rate_limited');
      granted(await people.proveAddress(by, 'email', code()));
      expect(granted(await people.me(by)).emailVerifiedAtMs).not.toBeNull();
      expect(codeOf(await people.proveAddress(by, 'email', code()))).toBe('token_invalid');
    });

    test('is not guessed: after five wrong codes the right one is of no use', async () => {
      const { by } = await somebody();
      granted(await people.sendCode(by, 'email'));
      const wrong = code() === '000000' ? '000001' : '000000';
      for (let i = 0; i < 5; i++)
        expect(codeOf(await people.proveAddress(by, 'email', wrong))).toBe('token_invalid');
      expect(codeOf(await people.proveAddress(by, 'email', code()))).toBe('token_invalid');
      await store.db.query(CODES_OLDER);
      granted(await people.sendCode(by, 'email'));
      expect(codeOf(await people.proveAddress(by, 'email', code()))).toBe('ok');
    });

    test('is not proved by a code that went to another', async () => {
      const { by } = await somebody();
      granted(await people.changeMe(by, { phone: '+4179111' }));
      granted(await people.sendCode(by, 'sms'));
      granted(await people.changeMe(by, { phone: '+4179222' }));
      expect(codeOf(await people.proveAddress(by, 'sms', code()))).toBe('token_invalid');
      expect(granted(await people.me(by)).phoneVerifiedAtMs).toBeNull();
    });

    test('is not asked to prove itself by a channel that nothing is set up for', async () => {
      const { by } = await somebody();
      const parts = {
        documents: { put: async () => {}, get: async () => null, remove: async () => {} },
        publicUrl: 'http://x',
      };
      const without = accounts.people({ ...parts, deliver: async () => {}, channels: ['email'] });
      granted(await people.changeMe(by, { phone: '+4179333' }));
      expect(codeOf(await without.sendCode(by, 'sms'))).toBe('channel_off');
    });
  });

  describe('a new password', () => {
    test('is set once by the link, and ends what was signed in', async () => {
      const { by, name } = await somebody();
      await people.askPasswordReset(` ${name.toUpperCase()}@example.org`);
      const token = tokenOf();
      granted(await people.resetPassword(token, 'another long password'));
      expect(codeOf(await signIn(name))).toBe('credentials_wrong');
      expect(codeOf(await signIn(name, 'another long password'))).toBe('ok');
      expect(codeOf(await people.resetPassword(token, PASSWORD))).toBe('token_invalid');
      expect(await accounts.listSessions(by)).toHaveLength(1);
    });

    test('is sent to nobody who is not there, and not twice in a minute', async () => {
      const { name } = await somebody();
      await people.askPasswordReset('nobody@example.org');
      expect(sent).toEqual([]);
      await people.askPasswordReset(`${name}@example.org`);
      await people.askPasswordReset(`${name}@example.org`);
      expect(sent).toHaveLength(1);
    });
  });

  describe('a patient', () => {
    const identity = {
      ...{ userId: null, firstName: 'Ibu', lastName: 'Sari', dateOfBirth: '1960-02-29', gender: null },
      ...{
        email: null,
        phone: null,
        address: null,
        city: null,
        state: null,
        postalCode: null,
        country: null,
      },
      emergencyContact: { name: 'Budi', phone: '+62 81', relationship: null },
    };

    test('is seen by themselves and the professionals who care for them, for as long as they do', async () => {
      const doctor = (await somebody('professional')).by;
      const nurse = (await somebody('professional')).by;
      const self = (await somebody()).by;
      const { id } = granted(await people.addPatient(doctor, { ...identity, userId: self.userId }, 'doctor'));
      const sees = async (by: Principal) => codeOf(await people.patient(by, id));
      expect(granted(await people.patient(doctor, id))).toMatchObject({
        dateOfBirth: '1960-02-29',
        emergencyContact: { name: 'Budi', phone: '+6281', relationship: null },
      });
      expect([await sees(self), await sees(nurse), await sees(admin)]).toEqual([
        'ok',
        'not_found',
        'not_found',
      ]);
      expect(codeOf(await people.joinCareTeam(nurse, id, nurse.userId, 'nurse'))).toBe('not_found');
      granted(await people.joinCareTeam(doctor, id, nurse.userId, 'nurse'));
      expect(await sees(nurse)).toBe('ok');
      expect(granted(await people.caredFor(nurse, null, 10))).toMatchObject([
        { patientId: id, name: 'Ibu Sari', role: 'nurse' },
      ]);
      const team = granted(await people.careTeam(nurse, id)).map(({ userId, role }) => [userId, role]);
      expect(team).toEqual([
        [doctor.userId, 'doctor'],
        [nurse.userId, 'nurse'],
      ]);
      granted(await people.leaveCareTeam(doctor, id, nurse.userId));
      expect(await sees(nurse)).toBe('not_found');
      expect(await people.careRole(nurse.userId, id)).toBeNull();
      granted(await people.leaveCareTeam(doctor, id, doctor.userId));
      expect(await sees(doctor)).toBe('not_found');
    });

    test('is entered by professionals and administrators, and one account is one patient', async () => {
      const doctor = (await somebody('professional')).by;
      const self = (await somebody()).by;
      expect(codeOf(await people.addPatient(self, identity, 'other'))).toBe('forbidden');
      expect(codeOf(await people.addPatient(admin, identity, 'other'))).toBe('ok');
      granted(await people.addPatient(doctor, { ...identity, userId: self.userId }, 'doctor'));
      const again = await people.addPatient(doctor, { ...identity, userId: self.userId }, 'doctor');
      expect(codeOf(again)).toBe('bad_request');
    });
  });
});
