import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MusterError, MusterHttp } from '../client/node.ts';
import { must } from '../lib/assert.ts';
import { OwnEngine } from '../sim/own-engine.ts';
import type { TestDatabase } from './databases.ts';
import { type Mail, type Mailbox, openMailbox } from './mailbox.ts';
import { openNodeDatabase } from './node-database.ts';
import { until } from './until.ts';

const PUBLIC = 'https://muster.example.org';
const PASSWORD = 'a long enough password';
const PDF = new Uint8Array(Buffer.from('%PDF-1.7 a scanned card'));
const LINK = /https:\/\/muster\.example\.org(\/[\w-]+)(?:#(token|code)=([\w-]+))?/;

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'ok',
    (error: unknown) => (error instanceof MusterError ? error.code : String(error)),
  );

describe('people of a node with mail and SMS', () => {
  const texts: { to: string; text: string }[] = [];
  let provider: Server;
  let mailbox: Mailbox;
  let database: TestDatabase;
  let node: OwnEngine;
  let http: MusterHttp;
  let admin: string;

  beforeAll(async () => {
    mailbox = await openMailbox();
    provider = createServer((request, response) => {
      request.on('data', (chunk) => texts.push(JSON.parse(String(chunk))));
      request.on('end', () => response.writeHead(202).end());
    });
    await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
    database = await openNodeDatabase();
    const { connection } = database;
    node = await OwnEngine.start({
      databaseUrl: 'connectionString' in connection ? connection.connectionString : null,
      env: {
        ...process.env,
        MUSTER_SMTP_URL: mailbox.url,
        MUSTER_PUBLIC_URL: PUBLIC,
        // Where others can reach a node, dispatchers need one; enrolling is shown elsewhere.
        MUSTER_REQUIRE_SECOND_FACTOR: 'false',
        MUSTER_SMS_URL: `http://127.0.0.1:${(provider.address() as AddressInfo).port}/`,
      },
      onDeath: () => {},
    });
    http = new MusterHttp(node.url);
    const first = { email: 'admin@example.org', password: PASSWORD, name: 'Admin' };
    admin = (await http.setup({ ...first, setupToken: node.setupToken ?? '' })).accessToken;
  });
  afterAll(async () => {
    await node?.remove();
    await database?.stop();
    mailbox?.close();
    provider?.close();
  });

  /** Opens the link of a mail as a browser would: the page is there, under a strict policy, and so is its script. */
  const opened = async (mail: Mail) => {
    const [, path = '', name, secret = ''] = must(LINK.exec(mail.body), 'a link');
    const page = await fetch(node.url + path);
    expect([path, page.status, page.headers.get('content-type')]).toEqual([
      path,
      200,
      'text/html; charset=utf-8',
    ]);
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'.*script-src 'self'/);
    expect(page.headers.get('referrer-policy')).toBe('no-referrer');
    const html = await page.text();
    const [, script = ''] = must(/<script type="module"[^>]* src="([^"]+)"/.exec(html), 'a script');
    expect((await fetch(new URL(script, node.url))).status).toBe(200);
    return { path, name, secret };
  };
  const registering = (name: string) => ({ email: `${name}@example.org`, password: PASSWORD, name });
  const tokenOf = async (name: string, password = PASSWORD) =>
    (await http.signIn({ email: `${name}@example.org`, password })).accessToken;
  const somebody = async (name: string, more: Partial<Parameters<MusterHttp['register']>[0]> = {}) => {
    await http.register({ ...registering(name), ...more });
    const { secret } = await opened(await mailbox.next(`${name}@example.org`));
    const { userId } = await http.confirmRegistration(secret, PASSWORD);
    return { userId, token: await tokenOf(name) };
  };
  test('register by the link in their mail; whether they had an account shows to nobody else', async () => {
    const ask = async (name: string) => {
      const answer = await fetch(`${node.url}/v1/accounts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(registering(name)),
      });
      return [answer.status, await answer.text()];
    };
    const unknown = await ask('sari');
    expect(unknown).toEqual([202, '{"userId":null}']);
    const mail = await mailbox.next('sari@example.org');
    const link = await opened(mail);
    expect(link).toMatchObject({ path: '/registration', name: 'token' });
    expect(await codeOf(http.signIn(registering('sari')))).toBe('credentials_wrong');
    expect(await codeOf(http.confirmRegistration(link.secret, 'another password'))).toBe('credentials_wrong');
    await http.confirmRegistration(link.secret, PASSWORD);
    expect((await http.me.profile(await tokenOf('sari'))).emailVerifiedAtMs).not.toBeNull();

    expect(await ask('sari')).toEqual(unknown);
    const note = await mailbox.next('sari@example.org');
    expect(note.subject).toBe(mail.subject);
    expect(await opened(note)).toEqual({ path: '/password-reset', name: undefined, secret: '' });
  });

  test('choose a new password and accept an invitation on the page behind the link', async () => {
    await somebody('budi');
    await http.askPasswordReset('budi@example.org');
    const reset = await opened(await mailbox.next('budi@example.org'));
    expect(reset).toMatchObject({ path: '/password-reset', name: 'token' });
    await http.resetPassword(reset.secret, 'another long password');
    expect(await codeOf(tokenOf('budi'))).toBe('credentials_wrong');
    await tokenOf('budi', 'another long password');

    await http.people.invite(admin, { email: 'dian@example.org', grants: ['dispatcher'] });
    const invited = await opened(await mailbox.next('dian@example.org'));
    expect(invited).toMatchObject({ path: '/invitation', name: 'token' });
    await http.acceptInvitation({ token: invited.secret, name: 'Dian', password: PASSWORD });
    expect((await http.signIn(registering('dian'))).grants).toContain('dispatcher');
  });

  test('prove their address and their number', async () => {
    const { token } = await somebody('eka');
    await http.me.sendCode(token, 'email');
    const link = await opened(await mailbox.next('eka@example.org'));
    expect(link).toMatchObject({ path: '/email-verification', name: 'code' });
    await http.me.prove(token, 'email', link.secret);

    await http.me.change(token, { phone: '+62 812 3456' });
    await http.me.sendCode(token, 'sms');
    const sms = await until(() => texts.find(({ to }) => to === '+628123456'), {
      timeoutMs: 20_000,
      what: 'the SMS',
    });
    expect(await codeOf(http.me.prove(token, 'sms', 'wrong'))).toBe('token_invalid');
    await http.me.prove(token, 'sms', must(/^\d{6}/.exec(sms.text)?.[0], 'a code'));
    expect((await http.me.profile(token)).phoneVerifiedAtMs).toEqual(expect.any(Number));
  });

  test('are served by the SDK in all they see and say of themselves', async () => {
    const { userId, token } = await somebody('vera', { volunteer: { skills: ['FIRST_AID'] } });
    const contact = { name: 'Paul', phone: '+4144', relationship: null };
    const changed = await http.me.change(token, { language: 'id', emergencyContacts: [contact] });
    expect(changed).toMatchObject({ userId, language: 'id', emergencyContacts: [contact] });
    const shift = { weekday: 1, fromMin: 480, toMin: 1_020, timezone: 'Asia/Jakarta' };
    const duty = { shifts: [shift], quietHours: { fromMin: 1_320, toMin: 360 }, restAfterAlertMin: 30 };
    expect(await http.me.setDuty(token, duty)).toEqual(duty);
    expect(await http.me.duty(token)).toEqual(duty);

    const uploaded = await http.documents.upload(token, { role: 'volunteer', type: 'CERTIFICATION' }, PDF);
    expect(await http.documents.mine(token)).toEqual([uploaded]);
    const read = await http.documents.readMine(token, uploaded.id);
    expect([read.mediaType, [...read.content]]).toEqual(['application/pdf', [...PDF]]);
    const certificate = { name: 'First aid', issuedBy: 'Red Cross', issuedOn: '2026-01-01' };
    const id = await http.me.addCertification(token, { ...certificate, documentId: uploaded.id });
    expect(await http.me.certifications(token)).toMatchObject([{ id, ...certificate, expiresOn: null }]);
    await http.me.dropCertification(token, id);
    expect(await http.me.certifications(token)).toEqual([]);

    const { code } = await http.pairingCode(token);
    const device = await http.pairDevice({ code, name: 'Phone', kind: 'phone' });
    await http.setCapabilities(device.credential, { canSound: false, wouldNotRing: 'muted' });
    expect(await http.devices(token)).toMatchObject([{ id: device.deviceId, wouldNotRing: 'muted' }]);
    await http.revokeDevice(token, device.deviceId);
    expect(await http.devices(token)).toEqual([]);
    expect(await http.me.disclosures(token)).toEqual([]);
    expect(await http.sessions(token)).toHaveLength(1);
  });

  test('are looked after by administrators, who leave a trace', async () => {
    const { userId, token } = await somebody('nila');
    const profession = { profession: 'nurse', licenseNumber: 'N-1', specialization: 'ICU' } as const;
    expect(await http.me.setProfessional(token, profession)).toMatchObject({ verified: false });
    const uploaded = await http.documents.upload(token, { role: 'professional', type: 'DEGREE' }, PDF);
    expect(await http.documents.of(admin, userId)).toEqual([uploaded]);
    expect([...(await http.documents.readOf(admin, userId, uploaded.id)).content]).toEqual([...PDF]);
    await http.people.decide(admin, userId, 'professional', { verified: true, documentIds: [uploaded.id] });
    expect(await http.people.decisions(admin, userId)).toMatchObject([
      { role: 'professional', verified: true },
    ]);
    expect((await http.people.profile(admin, userId)).professional).toMatchObject({ verified: true });

    await http.people.suspend(admin, userId);
    expect(await codeOf(tokenOf('nila'))).toBe('account_suspended');
    await http.people.reactivate(admin, userId);
    await tokenOf('nila');
    const glass = await http.access.breakGlass(admin, { subjectUserId: userId, reason: 'found unconscious' });
    expect(await http.access.brokenGlasses(admin)).toMatchObject([glass]);
    const trace = await until(
      async () => {
        const entries = await http.access.audit(admin, { subjectUserId: userId });
        return entries.some(({ action }) => action === 'reactivate') && entries;
      },
      { timeoutMs: 30_000, what: 'the trace' },
    );
    expect(trace.map(({ action }) => action)).toContain('suspend');
    const activities = await http.access.suspiciousActivities(admin, { type: 'BREAK_GLASS' });
    expect(activities).toMatchObject([{ userId: expect.any(String), type: 'BREAK_GLASS' }]);
  });

  test('are cared for by a team', async () => {
    const nurse = await somebody('rina');
    const doctor = await somebody('tono');
    await http.setGrant(admin, doctor.userId, 'professional', true);
    const token = await tokenOf('tono');
    const id = await http.patients.add(token, { firstName: 'Ibu', lastName: 'Sari' });
    expect(await http.patients.patient(token, id)).toMatchObject({ id, firstName: 'Ibu', isActive: true });
    await http.patients.join(token, id, nurse.userId, 'nurse');
    expect((await http.patients.team(token, id)).map(({ role }) => role).sort()).toEqual(['doctor', 'nurse']);
    expect(await http.patients.caredFor(nurse.token)).toMatchObject([{ patientId: id, role: 'nurse' }]);
    await http.patients.leave(token, id, nurse.userId);
    expect(await http.patients.caredFor(nurse.token)).toEqual([]);
    await http.me.deactivate(nurse.token);
  });
});

test('a node without mail and SMS says so at its start, registers at once, and refuses codes', async () => {
  const database = await openNodeDatabase();
  const { connection } = database;
  const lines: string[] = [];
  const node = await OwnEngine.start({
    databaseUrl: 'connectionString' in connection ? connection.connectionString : null,
    env: { ...process.env, MUSTER_SMTP_URL: '', MUSTER_PUBLIC_URL: '', MUSTER_SMS_URL: '' },
    onDeath: () => {},
    onLine: (line) => lines.push(line),
  });
  try {
    expect(lines.join('\n')).toMatch(/SMS is off, because MUSTER_SMS_URL is not set/);
    expect(lines.join('\n')).toMatch(/registering tells whether an address has an account/);
    const http = new MusterHttp(node.url);
    const person = { email: 'sari@example.org', password: PASSWORD, name: 'Sari', phone: '+62 812 3456' };
    expect(await http.register(person)).toEqual({ userId: expect.any(String) });
    expect(await codeOf(http.register(person))).toBe('email_taken');
    // Whose number it is shows in no answer.
    expect(await codeOf(http.register({ ...person, email: 'budi@example.org' }))).toBe('ok');
    const { accessToken } = await http.signIn(person);
    expect(await codeOf(http.me.sendCode(accessToken, 'sms'))).toBe('channel_off');
    expect(await codeOf(http.me.sendCode(accessToken, 'email'))).toBe('channel_off');
  } finally {
    await node.remove();
    await database.stop();
  }
});
