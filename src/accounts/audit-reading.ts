import { uuidV7Floor, uuidV7Ms } from '../lib/ids.ts';
import type { Db } from '../store/db.ts';
import {
  AUDIT_PAGE,
  type AuditPageRow,
  DISCLOSURES,
  DISCLOSURES_OF_SOS,
  type DisclosureRow,
  entryOf,
} from './sql/audit.ts';

export interface AuditPage {
  readonly actorId?: string | undefined;
  readonly subjectUserId?: string | undefined;
  /** The last id of the page before. */
  readonly before?: string | undefined;
  readonly limit: number;
}

/** Somebody looked at a person's exact position or record; once per minute. */
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

/** The audit log as it is shown, newest first. */
export function openAuditReading(db: Db) {
  return {
    async page({ actorId, subjectUserId, before, limit }: AuditPage) {
      const asked = [actorId ?? null, subjectUserId ?? null, before ?? null, limit];
      const rows = await db.query<AuditPageRow>(AUDIT_PAGE, asked);
      return rows.map(entryOf);
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
