import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import WebSocket from 'ws';
import { MusterClient, MusterError, MusterHttp, signedInToken } from '../client/node.ts';
import { systemClock } from '../lib/clock.ts';
import { OwnEngine } from '../sim/own-engine.ts';
import { City, offerIn } from './city.ts';
import { openNodeDatabase } from './node-database.ts';
import { until } from './until.ts';

const soon = { timeoutMs: 30_000 };

/** What must be found nowhere but where it belongs: no real word or number looks like any of these. */
const CANARY = {
  name: 'Zyzzyva Quokkasdottir',
  phone: '+15550199237741',
  email: 'zyzzyva.canary@example.org',
  password: 'correct-zyzzyva-staple-9931',
  lat: 37.778_899_112_233,
  lng: -122.419_988_776_655,
  description: 'zyzzyva-description-4417',
  chat: 'zyzzyva-chat-8832',
  reason: 'zyzzyva-reason-5521',
  patient: 'Zyzzyvatient',
  address: '4417 Zyzzyva Lane',
  document: '%PDF-1.7 zyzzyva-document-6610',
  deviceName: 'zyzzyva-phone-3377',
};

test('what is private is found in no log line, no metric and no error, however it came in', async () => {
  const database = await openNodeDatabase();
  const { connection } = database;
  const lines: string[] = [];
  const node = await OwnEngine.start({
    databaseUrl: 'connectionString' in connection ? connection.connectionString : null,
    env: { ...process.env, MUSTER_LOG_LEVEL: 'debug' },
    onDeath: () => {},
    onLine: (line) => lines.push(line),
  });
  const city = new City(node.url);
  const errors: string[] = [];
  const tokens: string[] = [];
  const failing = async (work: Promise<unknown>) => {
    errors.push(
      JSON.stringify(
        await work.then(
          () => null,
          (e: unknown) => (e instanceof MusterError ? { ...e, text: e.message } : String(e)),
        ),
      ),
    );
  };
  try {
    await city.firstAdmin(node.setupToken ?? '');
    const http = new MusterHttp(node.url);
    const credentials = { email: CANARY.email, password: CANARY.password };
    await http.register({ ...credentials, name: CANARY.name, phone: CANARY.phone });
    await failing(http.register({ ...credentials, name: CANARY.name, phone: CANARY.phone }));
    await failing(http.signIn({ email: CANARY.email, password: `${CANARY.password}!` }));
    await failing(http.policy(`${CANARY.password}.${CANARY.name}.x`));
    const token = signedInToken(http, credentials, systemClock);
    const patient = new MusterClient({ url: node.url, token, device: { id: randomUUID() } });
    patient.connect();
    const { userId } = await patient.ready();
    tokens.push(await token({ refused: false }));

    const near = await city.volunteer(150);
    const { sosId = '' } = await patient.command('sos.create', {
      emergencyType: 'MEDICAL',
      priority: 'HIGH',
      point: { lat: CANARY.lat, lng: CANARY.lng },
      description: CANARY.description,
    });
    await near.client.command('offer.accept', await offerIn(near, sosId));
    await patient.command('chat.send', { sosId, text: CANARY.chat });
    await near.client.command('sos.withdraw', { sosId, reason: CANARY.reason });
    await patient.command('sos.cancel', { sosId, reason: CANARY.reason });
    await failing(patient.command('chat.send', { sosId, text: CANARY.chat }, { retry: false }));
    patient.sendFix({ atMs: systemClock.nowMs(), lat: CANARY.lat, lng: CANARY.lng });
    patient.sendFix({ atMs: systemClock.nowMs() + 86_400_000, lat: CANARY.lat, lng: CANARY.lng });
    await patient.flushed();

    tokens.push(...(await secretsShown(node.url, http, await city.adminToken(), credentials, failing)));
    errors.push(...(await badFrames(node.url, await token({ refused: false }))));
    const metrics = await (await fetch(`${node.url}/metrics`)).text();
    await patient.close();
    await city.close();
    await node.stop();

    const written = [...lines, metrics, ...errors].join('\n');
    expect(lines.length).toBeGreaterThan(3);
    expect(metrics).toContain('muster_');
    for (const [what, canary] of Object.entries(CANARY)) {
      expect(written.includes(String(canary)), `${what} was written where it must not be`).toBe(false);
    }
    for (const secret of tokens) expect(written.includes(secret), 'a token was written').toBe(false);
    expect(userId).not.toBe('');
  } finally {
    await node.remove();
    await database.stop();
  }
});

/** What is handed out once: each is shown to the engine again, rightly and wrongly. The answer is all of it. */
async function secretsShown(
  url: string,
  http: MusterHttp,
  admin: string,
  credentials: { readonly email: string; readonly password: string },
  failing: (work: Promise<unknown>) => Promise<void>,
): Promise<string[]> {
  const { accessToken, refreshToken } = await http.signIn(credentials);
  const post = async (path: string, body: unknown, token = accessToken) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
    const answer = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    return answer.text();
  };
  const { code } = JSON.parse(await post('/v1/devices/codes', {})) as { code: string };
  const phone = { code, name: CANARY.deviceName, kind: 'phone' };
  const { credential } = JSON.parse(await post('/v1/devices', phone)) as { credential: string };
  await failing(post('/v1/devices', phone));
  const { uri } = JSON.parse(await post('/v1/second-factor', credentials)) as { uri: string };
  await failing(post('/v1/second-factor/confirmation', { ...credentials, code: '000000' }));
  const identity = { firstName: CANARY.patient, lastName: CANARY.patient, address: CANARY.address };
  await post('/v1/patients', identity, admin);
  await failing(post('/v1/patients', { ...identity, userId: credential }, admin));
  await failing(post('/v1/me/documents?role=volunteer&type=ID_PROOF', CANARY.document));
  await failing(post('/v1/password-resets/use', { token: refreshToken, password: CANARY.password }));
  await failing(post('/v1/sessions/refresh', { refreshToken: `${refreshToken}x` }));
  await post('/v1/sessions/refresh', { refreshToken });
  const secret = new URL(uri).searchParams.get('secret') ?? '';
  const shown = [accessToken, refreshToken, code, credential, secret];
  for (const one of shown) expect(one.length).toBeGreaterThan(7);
  return shown;
}

/** Private words in frames that are refused: the answers must not carry them back. */
async function badFrames(url: string, token: string): Promise<string[]> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/socket`, ['muster.v1.json']);
  const heard: string[] = [];
  socket.on('message', (data) => heard.push(String(data)));
  await new Promise((resolve) => socket.once('open', resolve));
  const say = (frame: unknown) => socket.send(JSON.stringify(frame));
  say(['hello', { token, client: 'canary' }]);
  await until(() => heard.some((frame) => frame.startsWith('["welcome"')), { ...soon, what: 'welcome' });
  const point = { lat: CANARY.lat, lng: CANARY.lng };
  say(['sos.create', { id: randomUUID(), emergencyType: CANARY.description, priority: 'HIGH', point }]);
  say(['chat.send', { id: randomUUID(), sosId: randomUUID(), text: CANARY.chat }]);
  say([
    'sos.create',
    {
      id: randomUUID(),
      emergencyType: 'MEDICAL',
      priority: 'HIGH',
      point: { ...point, lat: 100 + CANARY.lat },
    },
  ]);
  await until(() => heard.filter((frame) => frame.startsWith('["error"')).length === 3, {
    ...soon,
    what: 'three refusals',
  });
  socket.close();
  return heard.filter((frame) => frame.startsWith('["error"'));
}
