import { isUuid, uuidV7Floor, uuidV7Ms } from '../lib/ids.ts';
import type { Db } from '../store/db.ts';
import { type AuditVerdict, verifyAuditLive } from './audit-verify.ts';
import {
  AUDIT_PAGE,
  AUDIT_PAGE_ABOUT,
  AUDIT_PEOPLE,
  type AuditPersonRow,
  DISCLOSURES,
  DISCLOSURES_OF_SOS,
  type DisclosureRow,
  type NamedAuditRow,
  shownOf,
} from './sql/audit.ts';

export interface AuditPage {
  readonly actorId?: string | undefined;
  /** Whom it is about, alone or among others. */
  readonly subjectUserId?: string | undefined;
  readonly action?: string | undefined;
  readonly resourceKind?: string | undefined;
  readonly outcome?: 'allowed' | 'refused' | 'failed' | undefined;
  /** In milliseconds since 1970; the end is not in it. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  /** The last id of the page before. */
  readonly before?: string | undefined;
  readonly limit: number;
}

/** Somebody whom an entry is about. */
export interface AuditPerson {
  readonly userId: string;
  readonly name: string | null;
  /** What of them it was, in the words of `resourceKind` of the entry; null: all of that. */
  readonly resourceId: string | null;
}

/** Somebody looked at a person's exact position or record; once per minute, on the map of everybody per quarter of an hour. */
export interface Disclosure {
  readonly id: string;
  readonly atMs: number;
  readonly viewerId: string;
  readonly viewerName: string | null;
  readonly what: string;
  readonly purpose: string | null;
  readonly reason: string | null;
}

/** Clocks of two nodes differ by less, so nothing was seen of an SOS longer than this before its id was made. */
const CLOCKS_APART_MS = 3_600_000;

const disclosureOf = (row: DisclosureRow): Disclosure => ({
  id: row.id,
  atMs: row.at,
  viewerId: row.actor_id,
  viewerName: row.name,
  what: row.resource_kind,
  purpose: row.purpose,
  reason: row.reason,
});

const floorOf = (ms: number | undefined) => (ms === undefined ? null : uuidV7Floor(Math.max(0, ms)));

/** The audit log as it is shown, newest first. */
export function openAuditReading(db: Db) {
  let verifying: Promise<AuditVerdict> | null = null;
  return {
    async page({
      actorId,
      subjectUserId,
      before,
      limit,
      action,
      resourceKind,
      outcome,
      ...times
    }: AuditPage) {
      const filters = [
        actorId ?? null,
        before ?? null,
        limit,
        action ?? null,
        resourceKind ?? null,
        outcome ?? null,
        floorOf(times.fromMs),
        floorOf(times.toMs),
      ];
      const rows = await (subjectUserId === undefined
        ? db.query<NamedAuditRow>(AUDIT_PAGE, filters)
        : db.query<NamedAuditRow>(AUDIT_PAGE_ABOUT, [...filters, subjectUserId]));
      return rows.map((row) => ({
        ...shownOf(row),
        actorName: row.actor_name,
        subjectName: row.subject_name,
        subjects: row.subjects,
      }));
    },

    /** Everybody whom an entry is about, by their names, and what of them it was; null when there is no such entry. */
    async peopleOf(entryId: string): Promise<AuditPerson[] | null> {
      if (!isUuid(entryId)) return null;
      const rows = await db.query<AuditPersonRow>(AUDIT_PEOPLE, [entryId]);
      if (rows.length === 0) return null;
      return rows.flatMap(({ user_id: userId, name, resource_id: resourceId }) =>
        userId === null ? [] : [{ userId, name, resourceId }],
      );
    },

    /** Whether every entry is as it was written. One reading at a time: who asks meanwhile gets its answer. */
    verify(): Promise<AuditVerdict> {
      verifying ??= verifyAuditLive(db).finally(() => {
        verifying = null;
      });
      return verifying;
    },

    /** Who looked at this person. */
    async disclosuresOf(
      userId: string,
      { before, limit }: Pick<AuditPage, 'before' | 'limit'>,
    ): Promise<Disclosure[]> {
      const rows = await db.query<DisclosureRow>(DISCLOSURES, [userId, before ?? null, limit]);
      return rows.map(disclosureOf);
    },

    /** Who was shown the place of this person in one SOS. `sosId` is a UUIDv7. */
    async disclosuresOfSos(
      userId: string,
      sosId: string,
      { before, limit }: Pick<AuditPage, 'before' | 'limit'>,
    ): Promise<Disclosure[]> {
      const from = uuidV7Floor(Math.max(0, uuidV7Ms(sosId) - CLOCKS_APART_MS));
      const asked = [userId, sosId, before ?? null, limit, from];
      const rows = await db.query<DisclosureRow>(DISCLOSURES_OF_SOS, asked);
      return rows.map(disclosureOf);
    },
  };
}

export type AuditReading = ReturnType<typeof openAuditReading>;
