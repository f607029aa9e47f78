import { z } from 'zod';
import {
  type ACTIVITY_TYPES,
  auditEntry,
  type breaking,
  brokenGlass,
  glassBroken,
  suspiciousActivity,
} from '../../protocol/http/access.ts';
import type { Page } from './me.ts';
import type { Transport } from './transport.ts';

export type AuditEntry = z.infer<typeof auditEntry>;
export type Breaking = z.input<typeof breaking>;
export type BrokenGlass = z.infer<typeof brokenGlass>;
export type SuspiciousActivity = z.infer<typeof suspiciousActivity>;

export interface AuditPage extends Page {
  /** Whose acts. */
  readonly actorId?: string | undefined;
  /** About whom. */
  readonly subjectUserId?: string | undefined;
}

export interface ActivityPage {
  readonly type?: (typeof ACTIVITY_TYPES)[number] | undefined;
  /** The last activity id of the page before. */
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
}

const entries = z.object({ entries: z.array(auditEntry) });
const uses = z.object({ uses: z.array(brokenGlass) });
const activities = z.object({ activities: z.array(suspiciousActivity) });

/** Who did what, what looks like an attack, and looking in an emergency. Newest first. */
export class AccessRoutes {
  readonly #to: Transport;

  constructor(to: Transport) {
    this.#to = to;
  }

  async audit(token: string, page: AuditPage = {}): Promise<AuditEntry[]> {
    return (await this.#to.read(entries, 'GET', '/v1/audit', { token, query: { ...page } })).entries;
  }

  /** Access to somebody's record for a quarter of an hour, with a reason; raises an alarm. */
  breakGlass(token: string, body: Breaking): Promise<{ breakGlassId: string; untilMs: number }> {
    return this.#to.read(glassBroken, 'POST', '/v1/break-glass', { token, body });
  }

  async brokenGlasses(token: string, page: Page = {}): Promise<BrokenGlass[]> {
    return (await this.#to.read(uses, 'GET', '/v1/break-glass', { token, query: { ...page } })).uses;
  }

  async suspiciousActivities(token: string, page: ActivityPage = {}): Promise<SuspiciousActivity[]> {
    const call = { token, query: { ...page } };
    return (await this.#to.read(activities, 'GET', '/v1/suspicious-activities', call)).activities;
  }
}
