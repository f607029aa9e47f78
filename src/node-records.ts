import { may } from './access/may.ts';
import type { Relation } from './access/words.ts';
import type { Access } from './accounts/access-service.ts';
import { caredFor } from './accounts/cared-for.ts';
import type { Hub } from './fanout/hub.ts';
import type { Entitlement, LogEvent, Snapshots, Viewer } from './fanout/types.ts';
import { eventSource, splitStream } from './journal/event-log.ts';
import type { Clock } from './lib/clock.ts';
import { buildNotices } from './node-notices.ts';
import type { Push } from './node-push.ts';
import type { Site } from './node-site.ts';
import { type NotificationDesk, notificationDesk } from './notify/pg-notices.ts';
import { type AttachedBytes, type Attachments, openAttachments } from './records/attachments.ts';
import { openRecords } from './records/engine.ts';
import type { Records } from './records/types.ts';
import { catalogueStream } from './records/writing.ts';
import { RECORD_TYPES, recordType } from './schema/records/all.ts';
import type { Db } from './store/db.ts';
import type { Stores } from './store/open-store.ts';
import { LruMap } from './telemetry/lanes/lru-map.ts';

/** Records of every declared type, and what people are told of them. */
export function buildRecords(
  site: Site,
  { db }: Stores,
  {
    access,
    hub,
    push,
    documents,
  }: {
    readonly access: Access;
    readonly hub: Hub;
    readonly push: Push;
    readonly documents: AttachedBytes;
  },
): {
  readonly records: Records;
  readonly attachments: Attachments;
  readonly notifications: NotificationDesk;
} {
  const parts = { ...site, db, people: caredFor(db), trail: access.trail };
  const records = openRecords({
    ...parts,
    tell: buildNotices(site, { hub, push }),
    publish: (event) => hub.publish(event),
  });
  const attachments = openAttachments({ ...parts, records, bytes: documents });
  return { records, attachments, notifications: notificationDesk(db) };
}

interface Sights {
  readonly entitlement: Entitlement;
  readonly snapshots: Snapshots;
}

/** What an event of records holds in the log. */
interface Change {
  readonly type: string;
  readonly records: unknown;
  /** The accounts of the person and of those who cared for them then; null: it is about nobody. */
  readonly audience: readonly string[] | null;
  /** Of what is between two: their accounts. */
  readonly parties?: readonly string[];
}

/** Whoever has just left a care team may follow so much longer, unless something is told meanwhile. */
const AUDIENCE_KEPT_MS = 5_000;
const AUDIENCES_MAX = 50_000;

interface Audience {
  readonly readAtMs: number;
  /** The newest event that it is as new as. */
  readonly seq: number;
  readonly ids: ReadonlySet<string>;
}

/** Whose records somebody may follow: their own, of those for whom they care, and what is about nobody. */
export function withRecords(around: Sights, db: Db, clock: Clock): Sights {
  const people = caredFor(db);
  const { bounds } = eventSource(db);
  const catalogues = new Map(
    RECORD_TYPES.filter(({ subject }) => subject === null).map((type) => [catalogueStream(type), type]),
  );
  const audiences = new LruMap<Audience>(AUDIENCES_MAX);
  const isRecord = (stream: string) => splitStream(stream).kind === 'record';

  const mayRead = ({ userId, grants = [] }: Viewer, stream: string): boolean => {
    const { id } = splitStream(stream);
    const catalogue = catalogues.get(id);
    if (catalogue) return may({ grants }, 'read', catalogue.access).allowed;
    return audiences.get(id)?.ids.has(userId) === true;
  };

  /**
   * Who cares for the person may change between two events: each is shown to those who did then, and only one that is newer than
   * what is known says who may go on following.
   */
  const project = (viewer: Viewer, event: LogEvent): LogEvent => {
    const { id } = splitStream(event.stream);
    const { type, records, audience, parties = [] } = event.data as Change;
    if (audience !== null) {
      const ids = new Set(audience);
      const known = audiences.get(id);
      if (known && event.seq > known.seq) audiences.set(id, { readAtMs: clock.nowMs(), seq: event.seq, ids });
      if (!ids.has(viewer.userId) || !maySee(viewer, id, type, parties))
        return { ...event, data: { type: null, records: [] } };
    }
    return { ...event, data: { type, records } };
  };

  return {
    entitlement: {
      mayRead: (viewer, stream) =>
        isRecord(stream) ? mayRead(viewer, stream) : around.entitlement.mayRead(viewer, stream),
      project: (viewer, event) =>
        isRecord(event.stream) ? project(viewer, event) : around.entitlement.project(viewer, event),
      async prepare(stream, upToSeq, events) {
        if (!isRecord(stream)) return around.entitlement.prepare(stream, upToSeq, events);
        const { id } = splitStream(stream);
        const known = audiences.get(id);
        if (catalogues.has(id) || (known && clock.nowMs() - known.readAtMs < AUDIENCE_KEPT_MS)) return;
        // Before: what is read then is at least as new as this number.
        const { head } = await bounds(stream);
        const standing = await people.standing(id, id);
        const isTheirs = standing?.person.personId === id;
        if (head < (audiences.get(id)?.seq ?? 0)) return;
        const ids = new Set(isTheirs ? standing.audience : []);
        audiences.set(id, { readAtMs: clock.nowMs(), seq: head, ids });
      },
    },
    snapshots: {
      ...around.snapshots,
      async snapshotOf(viewer, stream) {
        if (!isRecord(stream)) return around.snapshots.snapshotOf(viewer, stream);
        const { head } = await bounds(stream);
        return { seq: head, view: { changesUpTo: head } };
      },
    },
  };
}

function maySee(
  { userId, grants = [] }: Viewer,
  personId: string,
  name: string,
  parties: readonly string[],
): boolean {
  const type = recordType(name);
  const relations: Relation[] = [userId === personId ? 'self' : 'care_team'];
  if (parties.includes(userId)) relations.push('party');
  return type !== undefined && may({ grants }, 'read', type.access, relations).allowed;
}
