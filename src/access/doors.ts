import { type ActionOf, MATRIX, type Resource } from './matrix.ts';

/** Which cell of the matrix stands behind a way into the system. */
export interface Door {
  readonly resource: Resource;
  readonly action: string;
  /**
   * The person whom it is about: whoever asks, or the one named first in the path. `inside`: how somebody stands to them
   * is known only to the service behind, which asks the matrix.
   */
  readonly about: 'self' | 'path' | 'nobody' | 'inside';
  /** Written to the audit log when it was done, not only when it was refused. */
  readonly audited: boolean;
  /** Why somebody is shown a record of somebody else there. */
  readonly purpose: 'care' | 'dispatch' | null;
}

function door<R extends Resource>(
  resource: R,
  action: ActionOf<R>,
  { about = 'nobody', audited = false, purpose = null }: Partial<Omit<Door, 'resource' | 'action'>> = {},
): Door {
  return { resource, action, about, audited, purpose };
}

/** An act of an administrator on the person named in the path. */
const act = { about: 'path', audited: true } as const;
const self = { about: 'self' } as const;
const inside = { about: 'inside', audited: true, purpose: 'care' } as const;
const whereabouts = { about: 'inside', audited: true, purpose: 'dispatch' } as const;
const file = { audited: true, purpose: 'dispatch' } as const;
/** Each sight of a place is on record without the door. */
const ofSos = { about: 'inside' } as const;

const ofRecord = { about: 'inside' } as const;

/** Nobody has to be signed in. */
export const PUBLIC = 'public';
/** A paired device about itself, with its own credential. */
export const OWN_DEVICE = 'own_device';

/** Every HTTP route, by method and pattern. A route that is missing here is refused to everybody. */
export const ROUTES: Readonly<Record<string, Door | typeof PUBLIC | typeof OWN_DEVICE>> = {
  'get /healthz': PUBLIC,
  'get /readyz': PUBLIC,
  'get /metrics': PUBLIC,
  'post /v1/accounts': PUBLIC,
  'post /v1/accounts/confirmation': PUBLIC,
  'post /v1/sessions': PUBLIC,
  'post /v1/setup': PUBLIC,
  'post /v1/sessions/refresh': PUBLIC,
  // With the password, which is asked for again.
  'post /v1/second-factor': PUBLIC,
  'post /v1/second-factor/confirmation': PUBLIC,
  'get /.well-known/jwks.json': PUBLIC,
  'get /v1/about': PUBLIC,
  'get /v1/sessions': door('sessions', 'read', self),
  'del /v1/sessions': door('sessions', 'end', self),
  'del /v1/sessions/:id': door('sessions', 'end', self),
  'post /v1/devices': PUBLIC,
  'post /v1/devices/codes': door('devices', 'pair', self),
  'get /v1/devices': door('devices', 'read', self),
  // An administrator may revoke anybody's, which is an act on another person.
  'del /v1/devices/:id': door('devices', 'revoke', { ...self, audited: true }),
  'put /v1/devices/self/capabilities': OWN_DEVICE,
  'post /v1/devices/apps': door('devices', 'pair', self),
  // An administrator may see anybody's, which is an act on another person.
  'get /v1/devices/:id/health': door('devices', 'read', { ...self, audited: true }),
  'post /v1/apps/owntracks': OWN_DEVICE,
  'get /v1/apps/osmand': OWN_DEVICE,
  'post /v1/apps/osmand': OWN_DEVICE,
  'get /v1/suspicious-activities': door('suspicious_activities', 'read', { audited: true }),
  'get /v1/volunteers': door('volunteers', 'list', { audited: true }),
  'post /v1/volunteers/:id/verification': door('volunteers', 'verify', act),
  'put /v1/users/:id/grants/:grant': door('grants', 'change', act),
  'del /v1/users/:id/grants/:grant': door('grants', 'change', act),
  'get /v1/me': door('profile', 'read', self),
  'patch /v1/me': door('profile', 'change', self),
  'post /v1/me/deactivation': door('account', 'deactivate', self),
  'get /v1/me/export': door('personal_data', 'export', { ...self, audited: true }),
  // With the password, which is asked for again.
  'post /v1/me/erasure': door('personal_data', 'erase', { ...self, audited: true }),
  'get /v1/me/duty': door('duty', 'set', self),
  'put /v1/me/duty': door('duty', 'set', self),
  'get /v1/me/certifications': door('documents', 'read', self),
  'post /v1/me/certifications': door('documents', 'upload', self),
  'del /v1/me/certifications/:id': door('documents', 'remove', self),
  'put /v1/me/professional': door('profile', 'change', self),
  'post /v1/me/codes/:channel': door('profile', 'change', self),
  'post /v1/me/proofs/:channel': door('profile', 'change', self),
  'get /v1/me/helpers': door('position', 'follow', ofSos),
  'get /v1/me/notifications': door('notification', 'read', self),
  'post /v1/me/notifications/read': door('notification', 'change', self),
  'get /v1/me/push': door('push', 'read', self),
  'put /v1/me/push': door('push', 'change', self),
  'del /v1/me/push/:id': door('push', 'change', self),
  // By what stands in the message that was sealed for one browser.
  'post /v1/push/receipts': PUBLIC,
  'get /v1/me/documents': door('documents', 'read', self),
  'post /v1/me/documents': door('documents', 'upload', self),
  'get /v1/me/documents/:id': door('documents', 'read', self),
  'get /v1/users/:id': door('account', 'read', act),
  'post /v1/users/:id/suspend': door('account', 'suspend', act),
  'post /v1/users/:id/reactivate': door('account', 'reactivate', act),
  'post /v1/users/:id/export': door('personal_data', 'export', act),
  'post /v1/users/:id/erasure': door('personal_data', 'erase', act),
  'get /v1/users/:id/documents': door('documents', 'read', act),
  'get /v1/users/:id/documents/:document': door('documents', 'read', act),
  'get /v1/users/:id/verification': door('documents', 'verify', act),
  'put /v1/users/:id/verification/:role': door('documents', 'verify', act),
  'post /v1/users/search': door('account', 'search', { audited: true }),
  'get /v1/users/:id/devices': door('devices', 'read', act),
  'get /v1/verifications': door('documents', 'verify', { audited: true }),
  'get /v1/invitations': door('invitations', 'read', { audited: true }),
  'del /v1/invitations/:id': door('invitations', 'revoke', { audited: true }),
  'post /v1/invitations': door('invitations', 'send', { audited: true }),
  'post /v1/invitations/accept': PUBLIC,
  'post /v1/password-resets': PUBLIC,
  'post /v1/password-resets/use': PUBLIC,
  'post /v1/patients': door('patient', 'create', { audited: true }),
  'get /v1/people/:id/series': door('vitals', 'read', inside),
  'get /v1/people/:id/vitals.csv': door('vitals', 'read', inside),
  'get /v1/people/:id/vitals/latest': door('vitals', 'read', inside),
  'post /v1/people/:id/vitals': door('vitals', 'record', inside),
  'del /v1/people/:id/vitals/:record': door('vitals', 'record', inside),
  'get /v1/people/:id/news2': door('vitals', 'read', inside),
  'get /v1/people/:id/news2/history': door('vitals', 'read', inside),
  'get /v1/people/:id/thresholds': door('thresholds', 'read', inside),
  'put /v1/people/:id/thresholds': door('thresholds', 'change', inside),
  'get /v1/people/:id/track': door('position', 'read', whereabouts),
  'get /v1/people/:id/trips': door('position', 'read', whereabouts),
  'get /v1/people/:id/positions.csv': door('position', 'read', whereabouts),
  'get /v1/people/:id/positions.geojson': door('position', 'read', whereabouts),
  'get /v1/people/:id/positions.gpx': door('position', 'read', whereabouts),
  'get /v1/people/:id/geofences': door('geofence', 'read', inside),
  'put /v1/people/:id/geofences/:fence': door('geofence', 'change', inside),
  'del /v1/people/:id/geofences/:fence': door('geofence', 'change', inside),
  'get /v1/patients': door('care_team', 'read', self),
  'get /v1/patients/:id': door('patient', 'read', inside),
  'get /v1/patients/:id/team': door('care_team', 'read', inside),
  'put /v1/patients/:id/team/:user': door('care_team', 'change', inside),
  'del /v1/patients/:id/team/:user': door('care_team', 'change', inside),
  // Which row of the matrix is behind it depends on the type; the engine asks it, and writes what was done on record itself.
  'get /v1/records/:type': door('self_log', 'read', ofRecord),
  'post /v1/records/:type': door('self_log', 'create', ofRecord),
  'post /v1/records/:type/batch': door('self_log', 'create', ofRecord),
  'get /v1/records/:type/:id': door('self_log', 'read', ofRecord),
  'patch /v1/records/:type/:id': door('self_log', 'change', ofRecord),
  'get /v1/records/:type/:id/history': door('self_log', 'read', ofRecord),
  'post /v1/records/:type/:id/removal': door('self_log', 'remove', ofRecord),
  'post /v1/records/:type/:id/erasure': door('self_log', 'erase', ofRecord),
  'post /v1/messages/:id/attachments': door('message', 'change', ofRecord),
  'get /v1/messages/:id/attachments': door('message', 'read', ofRecord),
  'get /v1/messages/:id/attachments/:attachment': door('message', 'read', ofRecord),
  'get /v1/openapi.json': PUBLIC,
  'get /fhir/metadata': PUBLIC,
  'post /fhir': door('vitals', 'record', inside),
  'post /fhir/Observation': door('vitals', 'record', inside),
  'put /fhir/Observation/:id': door('vitals', 'record', inside),
  'get /fhir/Observation': door('vitals', 'read', inside),
  'get /fhir/Observation/:id': door('vitals', 'read', inside),
  'get /fhir/Observation/:id/_history/:version': door('vitals', 'read', inside),
  'get /v1/alerts': door('alert', 'read', inside),
  'get /v1/alerts/:id': door('alert', 'read', inside),
  'post /v1/alerts/:id/acknowledge': door('alert', 'acknowledge', inside),
  'post /v1/alerts/:id/assign': door('alert', 'assign', inside),
  'post /v1/alerts/:id/resolve': door('alert', 'resolve', inside),
  'post /v1/alerts/:id/cancel-sos': door('alert', 'cancel_sos', inside),
  'get /v1/people/:id/alert-settings': door('alert_settings', 'read', inside),
  'put /v1/people/:id/alert-settings': door('alert_settings', 'change', inside),
  'get /v1/dispatch/health': door('feed', 'watch'),
  'get /v1/dispatch/policy': door('policy', 'read'),
  'get /v1/dispatch/policies': door('policy', 'read'),
  'put /v1/dispatch/policy': door('policy', 'change', { audited: true }),
  'get /v1/sos/:id/feedback': door('feedback', 'read', { about: 'inside' }),
  'post /v1/sos/:id/feedback': door('feedback', 'give', { about: 'inside' }),
  'get /v1/sos/:id/refusals': door('sos_asked', 'read', { audited: true }),
  'get /v1/me/ratings': door('ratings', 'read', self),
  'get /v1/sos': door('sos', 'list'),
  'get /v1/me/sos': door('sos_history', 'read', self),
  'get /v1/users/:id/sos': door('sos_history', 'read', act),
  'post /v1/responders/nearest': door('position', 'read'),
  'post /v1/people/names': door('profile', 'read', { audited: true }),
  'get /v1/sos/:id': door('sos', 'read', ofSos),
  'get /v1/sos/:id/timeline': door('sos', 'read', ofSos),
  'get /v1/sos/:id/disclosures': door('disclosures', 'read', ofSos),
  'get /v1/sos/:id/timeline.csv': door('sos', 'read', { ...file, about: 'inside' }),
  'get /v1/sos/:id/map.geojson': door('sos', 'export', file),
  'get /v1/sos/:id/tracks.gpx': door('sos', 'export', file),
  'get /v1/reports/phases': door('report', 'read'),
  'get /v1/reports/volunteers': door('report', 'read', { audited: true }),
  'get /v1/me/statistics': door('statistics', 'read', self),
  'post /v1/broadcasts': door('broadcast', 'send', { audited: true }),
  'get /v1/broadcasts': door('broadcast', 'read'),
  'get /v1/broadcasts/:id': door('broadcast', 'read'),
  'post /v1/broadcasts/:id/end': door('broadcast', 'end', { audited: true }),
  'get /v1/shifts': door('shift', 'read'),
  'post /v1/shifts': door('shift', 'work', { audited: true }),
  'post /v1/shifts/end': door('shift', 'work', { audited: true }),
  'post /v1/shifts/hand-over': door('shift', 'hand_over', { audited: true }),
  'get /v1/places': door('places', 'search'),
  'get /v1/hand-offs': door('hand_offs', 'read'),
  'get /v1/connections/providers': door('connections', 'read', self),
  'post /v1/connections': door('connections', 'connect', { ...self, audited: true }),
  'post /v1/connections/confirmation': door('connections', 'connect', { ...self, audited: true }),
  'get /v1/connections': door('connections', 'read', self),
  'put /v1/connections/:id': door('connections', 'change', self),
  'post /v1/connections/:id/sync': door('connections', 'change', self),
  'get /v1/connections/:id/logs': door('connections', 'read', self),
  'del /v1/connections/:id': door('connections', 'end', { ...self, audited: true }),
  'get /v1/me/disclosures': door('disclosures', 'read', self),
  'post /v1/break-glass': door('break_glass', 'use'),
  'get /v1/break-glass': door('break_glass', 'read', { audited: true }),
  'get /v1/audit': door('audit_log', 'read', { audited: true }),
  'get /v1/audit/:id/people': door('audit_log', 'read', { audited: true }),
  'post /v1/audit/verification': door('audit_log', 'verify', { audited: true }),
  'get /v1/jobs': door('jobs', 'read'),
  'post /v1/jobs/:name/run': door('jobs', 'run', { audited: true }),
};

/** What a socket can ask for, by the kind of its message. */
export const COMMANDS: Readonly<Record<string, Door>> = {
  'sos.create': door('sos', 'create'),
  'sos.raise': door('sos', 'raise', { audited: true }),
  'sos.cancel': door('sos', 'cancel', { audited: true }),
  'sos.depart': door('sos', 'depart'),
  'sos.arrive': door('sos', 'arrive'),
  'sos.start': door('sos', 'start'),
  'sos.resolve': door('sos', 'resolve', { audited: true }),
  'sos.withdraw': door('sos', 'withdraw'),
  'sos.escalate': door('sos', 'escalate', { audited: true }),
  'sos.take_over': door('sos', 'take_over', { audited: true }),
  'sos.assign': door('sos', 'assign', { audited: true }),
  'sos.release': door('sos', 'release', { audited: true }),
  'sos.hold': door('sos', 'hold', { audited: true }),
  'sos.unhold': door('sos', 'unhold', { audited: true }),
  'sos.reopen': door('sos', 'reopen', { audited: true }),
  'sos.merge': door('sos', 'merge', { audited: true }),
  'sos.hand_off': door('sos', 'hand_off', { audited: true }),
  'offer.receipt': door('offer', 'receive'),
  'broadcast.receipt': door('broadcast', 'receive', self),
  'offer.accept': door('offer', 'accept'),
  'offer.decline': door('offer', 'decline'),
  'chat.send': door('chat', 'send'),
  'chat.read': door('chat', 'read'),
  'alert.acknowledge': door('alert', 'acknowledge', { about: 'inside' }),
  'alert.assign': door('alert', 'assign', { about: 'inside' }),
  'alert.resolve': door('alert', 'resolve', { about: 'inside' }),
  'alert.cancel_sos': door('alert', 'cancel_sos', { about: 'inside' }),
  'duty.set': door('duty', 'set', self),
  'record.create': door('self_log', 'create', ofRecord),
  'record.change': door('self_log', 'change', ofRecord),
  'record.remove': door('self_log', 'remove', ofRecord),
  pos: door('position', 'send', self),
  vit: door('vitals', 'send', self),
  alarm: door('vitals', 'send', self),
  now: door('position', 'send', self),
  watch: door('feed', 'watch'),
  tail: door('vitals', 'read', { about: 'inside' }),
};

/** Every cell of the matrix by name, in its order. */
export const ACTIONS: readonly { readonly resource: Resource; readonly action: string }[] = (
  Object.keys(MATRIX) as Resource[]
).flatMap((resource) => Object.keys(MATRIX[resource].actions).map((action) => ({ resource, action })));
