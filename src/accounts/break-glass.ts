import { may } from '../access/may.ts';
import { isUuid } from '../lib/ids.ts';
import { ok, type Result, refused } from '../lib/result.ts';
import { type AlarmParts, raiseAlarm } from './alarms.ts';
import type { AuditTrail } from './audit-trail.ts';
import { BREAK_GLASS, BREAK_GLASS_OPEN, BREAK_GLASS_PAGE, type BreakGlassRow } from './sql/break-glass.ts';
import type { Accounts, Principal } from './types.ts';

export interface BreakGlassParts extends AlarmParts {
  readonly trail: Pick<AuditTrail, 'record'>;
  readonly grantsOf: Accounts['grantsOf'];
}

export interface BrokenGlass {
  readonly breakGlassId: string;
  readonly userId: string;
  readonly subjectUserId: string;
  readonly reason: string;
  readonly openedAtMs: number;
  readonly untilMs: number;
}

/** Access to somebody's record in an emergency, for a quarter of an hour, with a reason and an alarm. */
export interface BreakGlass {
  open(
    by: Principal,
    input: { readonly subjectUserId: string; readonly reason: string },
    address: string | null,
  ): Promise<Result<{ breakGlassId: string; untilMs: number }, 'forbidden' | 'not_found'>>;
  /** Whether the relation `break_glass` holds at this moment. */
  isOpen(userId: string, subjectUserId: string): Promise<boolean>;
  /** The report: newest first. */
  list(page: {
    readonly before?: string | undefined;
    readonly limit: number;
  }): Promise<readonly BrokenGlass[]>;
}

const LIFE_MS = 15 * 60_000;

export function openBreakGlass(parts: BreakGlassParts): BreakGlass {
  const { db, newId, trail } = parts;
  return {
    async open(by, { subjectUserId, reason }, address) {
      const grants = await parts.grantsOf(by.userId);
      if (!may({ grants }, 'use', 'break_glass').allowed) return refused('forbidden');
      if (!isUuid(subjectUserId)) return refused('not_found');
      const id = newId();
      const [row] = await db.query<{ until: number }>(BREAK_GLASS, [
        id,
        by.userId,
        subjectUserId,
        reason,
        LIFE_MS,
      ]);
      if (!row) return refused('not_found');
      trail.record({
        actorId: by.userId,
        grants,
        action: 'use',
        resourceKind: 'break_glass',
        resourceId: id,
        subjectUserId,
        purpose: 'break_glass',
        outcome: 'allowed',
        reason,
        address,
      });
      await raiseAlarm(parts, {
        kind: 'BREAK_GLASS',
        userId: by.userId,
        details: { breakGlassId: id, subjectUserId },
      });
      return ok({ breakGlassId: id, untilMs: row.until });
    },

    async isOpen(userId, subjectUserId) {
      if (!isUuid(userId) || !isUuid(subjectUserId)) return false;
      const [row] = await db.query<{ open: boolean }>(BREAK_GLASS_OPEN, [userId, subjectUserId]);
      return row?.open === true;
    },

    async list({ before, limit }) {
      const rows = await db.query<BreakGlassRow>(BREAK_GLASS_PAGE, [before ?? null, limit]);
      return rows.map((row) => ({
        breakGlassId: row.id,
        userId: row.user_id,
        subjectUserId: row.subject_user_id,
        reason: row.reason,
        openedAtMs: row.opened_at,
        untilMs: row.until,
      }));
    },
  };
}
