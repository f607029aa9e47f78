import { describe, expect, test } from 'vitest';
import { ROUTES } from '../access/doors.ts';
import { MusterHttp } from '../client/http.ts';

const ID = '00000000-0000-4000-8000-000000000001';
const OTHER = '00000000-0000-4000-8000-000000000002';
const TOKEN = 'the-token';
const person = { email: 'a@example.org', password: 'a long password', name: 'A' };

/** For every door the method of the SDK that knocks on it. */
const METHODS: Readonly<Record<string, (http: MusterHttp) => Promise<unknown>>> = {
  'post /v1/accounts': (http) => http.register(person),
  'post /v1/accounts/confirmation': (http) => http.confirmRegistration(TOKEN, person.password),
  'post /v1/sessions': (http) => http.signIn(person),
  'post /v1/setup': (http) => http.setup({ ...person, setupToken: TOKEN }),
  'post /v1/sessions/refresh': (http) => http.refresh(TOKEN),
  'post /v1/second-factor': (http) => http.enrolSecondFactor(person),
  'post /v1/second-factor/confirmation': (http) => http.confirmSecondFactor({ ...person, code: '123456' }),
  'get /v1/about': (http) => http.about(),
  'get /v1/sessions': (http) => http.sessions(TOKEN),
  'del /v1/sessions': (http) => http.signOut(TOKEN, 'everywhere'),
  'del /v1/sessions/:id': (http) => http.signOut(TOKEN, ID),
  'post /v1/devices': (http) => http.pairDevice({ code: 'ABCD2345', name: 'A', kind: 'phone' }),
  'post /v1/devices/codes': (http) => http.pairingCode(TOKEN),
  'get /v1/devices': (http) => http.devices(TOKEN),
  'del /v1/devices/:id': (http) => http.revokeDevice(TOKEN, ID),
  'post /v1/devices/apps': (http) => http.apps.pair(TOKEN, { app: 'owntracks', name: 'A' }),
  'get /v1/devices/:id/health': (http) => http.apps.health(TOKEN, ID),
  'put /v1/devices/self/capabilities': (http) => http.setCapabilities(`device:${ID}:${TOKEN}`, {}),
  'get /v1/suspicious-activities': (http) => http.access.suspiciousActivities(TOKEN),
  'get /v1/volunteers': (http) => http.volunteers(TOKEN),
  'post /v1/volunteers/:id/verification': (http) => http.verifyVolunteer(TOKEN, ID),
  'put /v1/users/:id/grants/:grant': (http) => http.setGrant(TOKEN, ID, 'staff', true, OTHER),
  'del /v1/users/:id/grants/:grant': (http) => http.setGrant(TOKEN, ID, 'staff', false, OTHER),
  'get /v1/me': (http) => http.me.profile(TOKEN),
  'patch /v1/me': (http) => http.me.change(TOKEN, { name: 'B' }),
  'post /v1/me/deactivation': (http) => http.me.deactivate(TOKEN),
  'get /v1/me/duty': (http) => http.me.duty(TOKEN),
  'put /v1/me/duty': (http) => http.me.setDuty(TOKEN, { shifts: [], quietHours: null, restAfterAlertMin: 0 }),
  'get /v1/me/certifications': (http) => http.me.certifications(TOKEN),
  'post /v1/me/certifications': (http) =>
    http.me.addCertification(TOKEN, { name: 'CPR', issuedBy: 'Red Cross', issuedOn: '2026-01-01' }),
  'del /v1/me/certifications/:id': (http) => http.me.dropCertification(TOKEN, ID),
  'put /v1/me/professional': (http) =>
    http.me.setProfessional(TOKEN, { profession: 'nurse', licenseNumber: '1', specialization: 'ICU' }),
  'post /v1/me/codes/:channel': (http) => http.me.sendCode(TOKEN, 'sms'),
  'post /v1/me/proofs/:channel': (http) => http.me.prove(TOKEN, 'sms', '123456'),
  'get /v1/me/helpers': (http) => http.sos.helpers(TOKEN),
  'get /v1/me/documents': (http) => http.documents.mine(TOKEN),
  'post /v1/me/documents': (http) =>
    http.documents.upload(TOKEN, { role: 'volunteer', type: 'OTHER' }, new Uint8Array([1])),
  'get /v1/me/documents/:id': (http) => http.documents.readMine(TOKEN, ID),
  'get /v1/me/disclosures': (http) => http.me.disclosures(TOKEN, { limit: 5 }),
  'get /v1/sos': (http) => http.sos.list(TOKEN, { state: 'closed' }),
  'get /v1/me/sos': (http) => http.sos.held(TOKEN),
  'get /v1/users/:id/sos': (http) => http.sos.raisedBy(TOKEN, ID),
  'post /v1/responders/nearest': (http) => http.sos.nearest(TOKEN, { point: { lat: 1, lng: 2 } }),
  'post /v1/people/names': (http) => http.sos.names(TOKEN, [ID]),
  'get /v1/sos/:id': (http) => http.sos.view(TOKEN, ID, 5),
  'get /v1/sos/:id/timeline': (http) => http.sos.timeline(TOKEN, ID, { after: 3 }),
  'get /v1/sos/:id/disclosures': (http) => http.sos.disclosures(TOKEN, ID),
  'get /v1/sos/:id/timeline.csv': (http) => http.sos.timelineCsv(TOKEN, ID),
  'get /v1/sos/:id/map.geojson': (http) => http.sos.geoJson(TOKEN, ID),
  'get /v1/sos/:id/tracks.gpx': (http) => http.sos.gpx(TOKEN, ID),
  'get /v1/reports/phases': (http) => http.sos.phases(TOKEN, { from: '2026-01-01', to: '2026-01-31' }),
  'get /v1/reports/volunteers': (http) => http.sos.volunteerReport(TOKEN),
  'get /v1/me/statistics': (http) => http.sos.statistics(TOKEN),
  'get /v1/me/export': (http) => http.rights.exportMe(TOKEN),
  'post /v1/me/erasure': (http) => http.rights.eraseMe(TOKEN, person),
  'post /v1/users/:id/export': (http) => http.rights.exportUser(TOKEN, ID, 'asked for by letter'),
  'post /v1/users/:id/erasure': (http) =>
    http.rights.eraseUser(TOKEN, ID, { ...person, reason: 'asked for by letter' }),
  'get /v1/users/:id': (http) => http.people.profile(TOKEN, ID),
  'post /v1/users/:id/suspend': (http) => http.people.suspend(TOKEN, ID),
  'post /v1/users/:id/reactivate': (http) => http.people.reactivate(TOKEN, ID),
  'get /v1/users/:id/documents': (http) => http.documents.of(TOKEN, ID),
  'get /v1/users/:id/documents/:document': (http) => http.documents.readOf(TOKEN, ID, OTHER),
  'get /v1/users/:id/verification': (http) => http.people.decisions(TOKEN, ID),
  'put /v1/users/:id/verification/:role': (http) =>
    http.people.decide(TOKEN, ID, 'professional', { verified: true }),
  'post /v1/users/search': (http) => http.admin.findUsers(TOKEN, 'vera'),
  'get /v1/users/:id/devices': (http) => http.admin.devicesOf(TOKEN, ID),
  'get /v1/verifications': (http) => http.admin.waitingVerifications(TOKEN),
  'get /v1/invitations': (http) => http.admin.invitations(TOKEN),
  'del /v1/invitations/:id': (http) => http.admin.revokeInvitation(TOKEN, ID),
  'post /v1/audit/verification': (http) => http.access.verifyAudit(TOKEN),
  'get /v1/jobs': (http) => http.admin.jobs(TOKEN),
  'post /v1/jobs/:name/run': (http) => http.admin.runJob(TOKEN, 'retention'),
  'post /v1/invitations': (http) => http.people.invite(TOKEN, { email: person.email, grants: ['staff'] }),
  'post /v1/invitations/accept': (http) => http.acceptInvitation({ ...person, token: TOKEN }),
  'post /v1/password-resets': (http) => http.askPasswordReset(person.email),
  'post /v1/password-resets/use': (http) => http.resetPassword(TOKEN, person.password),
  'post /v1/patients': (http) => http.patients.add(TOKEN, { firstName: 'A', lastName: 'B' }),
  'get /v1/patients': (http) => http.patients.caredFor(TOKEN),
  'get /v1/patients/:id': (http) => http.patients.patient(TOKEN, ID),
  'get /v1/patients/:id/team': (http) => http.patients.team(TOKEN, ID),
  'put /v1/patients/:id/team/:user': (http) => http.patients.join(TOKEN, ID, OTHER, 'nurse'),
  'del /v1/patients/:id/team/:user': (http) => http.patients.leave(TOKEN, ID, OTHER),
  'get /fhir/metadata': (http) => http.fhir.capability(),
  'post /fhir': (http) => http.fhir.bundle(TOKEN, { resourceType: 'Bundle', type: 'batch' }),
  'post /fhir/Observation': (http) => http.fhir.create(TOKEN, { resourceType: 'Observation' }),
  'put /fhir/Observation/:id': (http) => http.fhir.update(TOKEN, ID, { resourceType: 'Observation' }),
  'get /fhir/Observation': (http) => http.fhir.search(TOKEN, { patient: ID, date: ['ge2026-01-01'] }),
  'get /fhir/Observation/:id': (http) => http.fhir.read(TOKEN, ID),
  'get /fhir/Observation/:id/_history/:version': (http) => http.fhir.version(TOKEN, ID, '1'),
  'get /v1/alerts': (http) => http.alerts.list(TOKEN, { severity: ['HIGH', 'CRITICAL'] }),
  'get /v1/alerts/:id': (http) => http.alerts.alert(TOKEN, ID),
  'post /v1/alerts/:id/acknowledge': (http) => http.alerts.acknowledge(TOKEN, ID, { id: OTHER }),
  'post /v1/alerts/:id/assign': (http) => http.alerts.assign(TOKEN, ID, { id: OTHER, toId: OTHER }),
  'post /v1/alerts/:id/resolve': (http) => http.alerts.resolve(TOKEN, ID, { id: OTHER }),
  'post /v1/alerts/:id/cancel-sos': (http) => http.alerts.cancelSos(TOKEN, ID, { id: OTHER }),
  'get /v1/people/:id/alert-settings': (http) => http.alerts.settings(TOKEN, ID),
  'put /v1/people/:id/alert-settings': (http) => http.alerts.setSettings(TOKEN, ID, false),
  'get /v1/dispatch/policy': (http) => http.policy(TOKEN),
  'get /v1/dispatch/policies': (http) => http.policyHistory(TOKEN),
  'put /v1/dispatch/policy': (http) => http.setPolicy(TOKEN, {}),
  'get /v1/sos/:id/feedback': (http) => http.feedback.helpers(TOKEN, ID),
  'post /v1/sos/:id/feedback': (http) => http.feedback.give(TOKEN, ID, { volunteerId: OTHER, rating: 5 }),
  'get /v1/sos/:id/refusals': (http) => http.feedback.refusals(TOKEN, ID),
  'get /v1/me/ratings': (http) => http.feedback.mine(TOKEN),
  'post /v1/broadcasts': (http) =>
    http.area.broadcast(TOKEN, {
      id: ID,
      area: { cells: ['8928308280fffff'] },
      severity: 'SEVERE',
      message: 'Stay inside',
      untilMs: 1,
    }),
  'get /v1/broadcasts': (http) => http.area.broadcasts(TOKEN),
  'get /v1/broadcasts/:id': (http) => http.area.broadcastOf(TOKEN, ID),
  'post /v1/broadcasts/:id/end': (http) => http.area.endBroadcast(TOKEN, ID),
  'get /v1/shifts': (http) => http.area.shifts(TOKEN),
  'post /v1/shifts': (http) => http.area.beginShift(TOKEN),
  'post /v1/shifts/end': (http) => http.area.endShift(TOKEN),
  'post /v1/shifts/hand-over': (http) => http.area.handOver(TOKEN, { id: ID, toId: OTHER }),
  'get /v1/places': (http) => http.area.places(TOKEN, 'Main Street'),
  'get /v1/hand-offs': (http) => http.area.waitingHandOffs(TOKEN),
  'get /v1/people/:id/series': (http) => http.history.series(TOKEN, ID, ['heartRateBpm'], { points: 9 }),
  'get /v1/people/:id/track': (http) => http.history.track(TOKEN, ID),
  'get /v1/people/:id/trips': (http) => http.history.trips(TOKEN, ID),
  'get /v1/people/:id/vitals.csv': (http) => http.history.vitalsCsv(TOKEN, ID),
  'get /v1/people/:id/positions.csv': (http) => http.history.positionsCsv(TOKEN, ID),
  'get /v1/people/:id/positions.geojson': (http) => http.history.positionsGeoJson(TOKEN, ID),
  'get /v1/people/:id/positions.gpx': (http) => http.history.positionsGpx(TOKEN, ID),
  'get /v1/connections/providers': (http) => http.connections.providers(TOKEN),
  'post /v1/connections': (http) => http.connections.begin(TOKEN, 'polar'),
  'post /v1/connections/confirmation': (http) =>
    http.connections.confirm(TOKEN, { state: 'a', code: '123456' }),
  'get /v1/dispatch/health': (http) => http.health(TOKEN),
  'get /v1/connections': (http) => http.connections.list(TOKEN),
  'put /v1/connections/:id': (http) => http.connections.change(TOKEN, ID, { isActive: false }),
  'post /v1/connections/:id/sync': (http) => http.connections.syncNow(TOKEN, ID),
  'get /v1/connections/:id/logs': (http) => http.connections.logs(TOKEN, ID),
  'del /v1/connections/:id': (http) => http.connections.disconnect(TOKEN, ID),
  'get /v1/people/:id/vitals/latest': (http) => http.bedside.latest(TOKEN, ID),
  'post /v1/people/:id/vitals': (http) => http.bedside.record(TOKEN, ID, { id: OTHER, temperatureC: 37 }),
  'del /v1/people/:id/vitals/:record': (http) => http.bedside.retract(TOKEN, ID, OTHER),
  'get /v1/people/:id/news2': (http) => http.bedside.news2(TOKEN, ID),
  'get /v1/people/:id/news2/history': (http) => http.bedside.scores(TOKEN, ID, { limit: 5 }),
  'get /v1/people/:id/thresholds': (http) => http.bedside.thresholds(TOKEN, ID),
  'put /v1/people/:id/thresholds': (http) => http.bedside.setThresholds(TOKEN, ID, 0, {}),
  'post /v1/messages/:id/attachments': (http) =>
    http.attachments.attach(TOKEN, ID, 'x.pdf', new Uint8Array(8)),
  'get /v1/messages/:id/attachments': (http) => http.attachments.list(TOKEN, ID),
  'get /v1/messages/:id/attachments/:attachment': (http) => http.attachments.read(TOKEN, ID, ID),
  'get /v1/me/notifications': (http) => http.notifications.list(TOKEN),
  'post /v1/me/notifications/read': (http) => http.notifications.read(TOKEN, [ID]),
  'get /v1/me/push': (http) => http.push.list(TOKEN),
  'put /v1/me/push': (http) =>
    http.push.register(TOKEN, { endpoint: 'https://push.example.org/x', keys: { p256dh: 'AA', auth: 'AA' } }),
  'del /v1/me/push/:id': (http) => http.push.remove(TOKEN, ID),
  'post /v1/push/receipts': (http) => http.push.received('AA'),
  'get /v1/people/:id/geofences': (http) => http.geofences.list(TOKEN, ID),
  'put /v1/people/:id/geofences/:fence': (http) =>
    http.geofences.set(TOKEN, ID, OTHER, {
      name: 'Home',
      shape: { center: { lat: 1, lng: 2 }, radiusM: 100 },
    }),
  'del /v1/people/:id/geofences/:fence': (http) => http.geofences.remove(TOKEN, ID, OTHER),
  'get /v1/records/:type': (http) => http.records.list(TOKEN, 'hydration-logs', { of: ID }),
  'post /v1/records/:type': (http) =>
    http.records.create(TOKEN, 'hydration-logs', { loggedOn: '2026-01-01', amountMl: 250 }, { key: ID }),
  'post /v1/records/:type/batch': (http) =>
    http.records.createMany(TOKEN, 'hydration-logs', [{ loggedOn: '2026-01-01', amountMl: 250 }]),
  'get /v1/records/:type/:id': (http) => http.records.read(TOKEN, 'appointments', ID),
  'patch /v1/records/:type/:id': (http) =>
    http.records.change(TOKEN, 'appointments', ID, { version: 1, change: { status: 'confirmed' } }),
  'get /v1/records/:type/:id/history': (http) => http.records.history(TOKEN, 'appointments', ID),
  'post /v1/records/:type/:id/removal': (http) =>
    http.records.remove(TOKEN, 'appointments', ID, { version: 1, reason: 'entered by mistake' }),
  'post /v1/records/:type/:id/erasure': (http) =>
    http.records.erase(TOKEN, 'appointments', ID, 'asked for by letter'),
  'post /v1/break-glass': (http) =>
    http.access.breakGlass(TOKEN, { subjectUserId: ID, reason: 'found unconscious' }),
  'get /v1/break-glass': (http) => http.access.brokenGlasses(TOKEN),
  'get /v1/audit/:id/people': (http) => http.access.auditPeople(TOKEN, ID),
  'get /v1/audit': (http) => http.access.audit(TOKEN, { subjectUserId: ID }),
};

/** Doors that are not for people and their programs, and why. */
const WITHOUT: Readonly<Record<string, string>> = {
  'get /v1/openapi.json': 'for generators of clients in other languages',
  'get /healthz': 'for whoever runs the node: a probe',
  'get /readyz': 'for whoever runs the node: a probe',
  'get /metrics': 'for Prometheus, in its own text format',
  'post /v1/apps/owntracks': 'for OwnTracks, which knows it by itself',
  'get /v1/apps/osmand': 'for OsmAnd, Traccar Client and their kin',
  'post /v1/apps/osmand': 'for OsmAnd, Traccar Client and their kin',
  'get /.well-known/jwks.json': 'for libraries that check tokens, which fetch it themselves',
};

interface Knock {
  readonly door: string;
  readonly address: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What a call of the SDK asks for, whatever it makes of the answer. */
async function knockOf(call: (http: MusterHttp) => Promise<unknown>): Promise<Knock | undefined> {
  const knocks: Knock[] = [];
  const http = new MusterHttp('https://node.test', async (address, { method = '', headers }) => {
    const path = new URL(address).pathname;
    knocks.push({
      door: doorOf(method === 'DELETE' ? 'del' : method.toLowerCase(), path) ?? `${method} ${path}`,
      address,
      headers: headers as Record<string, string>,
    });
    return new Response('{}');
  });
  await call(http).catch(() => {});
  expect(knocks).toHaveLength(1);
  return knocks[0];
}

/** The door with the fewest places, as a router finds it. */
const doorOf = (method: string, path: string) =>
  Object.keys(ROUTES)
    .filter((door) => new RegExp(`^${door.replace(/:\w+/g, '[^/]+')}$`).test(`${method} ${path}`))
    .sort((a, b) => a.split(':').length - b.split(':').length)[0];

test('every door has a method of the SDK, or a reason why not', () => {
  expect([...Object.keys(METHODS), ...Object.keys(WITHOUT)].sort()).toEqual(Object.keys(ROUTES).sort());
});

describe('the method of the SDK for', () => {
  test.each(Object.entries(METHODS))(
    '%s knocks there, with nothing secret in the address',
    async (door, call) => {
      const knock = await knockOf(call);
      expect(knock?.door).toBe(door);
      expect(knock?.address).not.toContain(TOKEN);
      expect(knock?.address).not.toContain('123456');
      if (ROUTES[door] === 'own_device') expect(knock?.headers.authorization).toMatch(/^Basic /);
      else if (ROUTES[door] !== 'public') expect(knock?.headers.authorization).toBe(`Bearer ${TOKEN}`);
    },
  );
});
