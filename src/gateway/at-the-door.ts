import { type Door, ROUTES } from '../access/doors.ts';
import { may } from '../access/may.ts';
import type { AuditEntry } from '../accounts/audit-entry.ts';
import { isUuid } from '../lib/ids.ts';
import { type Asked, type Reply, refusal } from './http.ts';
import type { GatewayParts } from './parts.ts';
import type { Principal } from './services.ts';

/**
 * Asks the access matrix before a route runs, and keeps the audit trail of how it went. A route without a row in
 * `src/access/doors.ts` is refused to everybody. An act that has to be on record is not done while the record can't
 * be kept.
 */
export async function atTheDoor(
  parts: GatewayParts,
  by: Principal,
  asked: Asked,
  work: () => Promise<Reply> | Reply,
): Promise<Reply> {
  const { trail } = parts.services.access;
  const door = ROUTES[asked.route];
  if (door === undefined || typeof door === 'string') {
    parts.log.error({ route: asked.route }, 'this route has no row in src/access/doors.ts');
    return refusal('forbidden', 'nobody has decided who may use this route');
  }
  const entry = entryOf(door, by, asked);
  const relations = entry.subjectUserId === by.userId ? (['self'] as const) : [];
  const decidedInside = door.about === 'inside';
  if (!decidedInside && !may(by, door.action as never, door.resource, relations).allowed) {
    trail.refused(entry);
    return refusal('forbidden');
  }
  if (door.audited && !trail.hasRoom) return refusal('busy');
  const reply = await work();
  if (reply.status === 403) trail.refused(entry);
  else if (door.audited) {
    const outcome = reply.status < 400 ? 'allowed' : 'failed';
    const reason = reply.reason === undefined ? entry.reason : `${asked.route}: ${reply.reason}`;
    const done = { ...entry, purpose: door.purpose, outcome, reason } as const;
    const { subjects = [] } = reply;
    for (const { userId, resourceId, action = entry.action, failed = false } of subjects) {
      trail.record({
        ...done,
        action,
        subjectUserId: userId,
        resourceId: resourceId ?? entry.resourceId,
        outcome: failed ? 'failed' : outcome,
      });
    }
    if (subjects.length === 0 && !isOwnRecord(door, by, reply)) {
      trail.record({ ...done, subjectUserId: reply.subjectUserId ?? entry.subjectUserId });
    }
  }
  return reply;
}

/** Somebody looks at what is theirs: a phone that draws its owner's pulse every few seconds tells the log nothing. */
const isOwnRecord = ({ about, action }: Door, by: Principal, { status, subjectUserId }: Reply): boolean =>
  about === 'inside' && action === 'read' && status < 400 && subjectUserId === by.userId;

function entryOf(door: Door, by: Principal, asked: Asked): Omit<AuditEntry, 'outcome'> {
  const [first = '', ...rest] = asked.places.map((place) => place.toLowerCase());
  const named = door.about === 'path' && isUuid(first) ? first : null;
  const places = door.about === 'path' ? rest : [first, ...rest];
  return {
    actorId: by.userId,
    grants: by.grants,
    action: door.action,
    resourceKind: door.resource,
    resourceId: places.join('/') || null,
    subjectUserId: door.about === 'self' ? by.userId : named,
    reason: asked.route,
    address: asked.address,
  };
}
