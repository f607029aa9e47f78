import { z } from 'zod';
import {
  type ACTIVITY_TYPES,
  auditEntry,
  auditPerson,
  type breaking,
  brokenGlass,
  glassBroken,
  suspiciousActivity,
} from '../../protocol/http/access.ts';
import { auditVerdict } from '../../protocol/http/admin.ts';
import type { Page } from './me.ts';
import { path, type Transport } from './transport.ts';

export type AuditEntry = z.infer<typeof auditEntry>;
export type AuditPerson = z.infer<typeof auditPerson>;
export type AuditVerdict = z.infer<typeof auditVerdict>;
export type Breaking = z.input<typeof breaking>;
export type BrokenGlass = z.infer<typeof brokenGlass>;
export type SuspiciousActivity = z.infer<typeof suspiciousActivity>;

export interface AuditPage extends Page {
  /** Whose acts. */
  readonly actorId?: string | undefined;
  /** About whom. */
  readonly subjectUserId?: string | undefined;
  readonly action?: string | undefined;
  readonly resourceKind?: string | undefined;
  readonly outcome?: AuditEntry['outcome'] | undefined;
  /** Milliseconds since 1970; the end is not in it. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
}

/** A full reading of a big log takes longer than any other answer. */
const VERIFY_WITHIN_MS = 600_000;

export interface ActivityPage {
  readonly type?: (typeof ACTIVITY_TYPES)[number] | undefined;
  /** The last activity id of the page before. */
  readonly after?: string | undefined;
  readonly limit?: number | undefined;
}

const entries = z.object({ entries: z.array(auditEntry) });
const people = z.object({ people: z.array(auditPerson) });
const uses = z.object({ uses: z.array(brokenGlass) });
const activities = z.object({
  activities: z.array(suspiciousActivity),
  off: z.array(z.string()).default([]),
});
export type Activities = z.infer<typeof activities>;

/** Who did what, what looks like an attack, and looking in an emergency. Newest first. */
export class AccessRoutes {
  readonly #to: Transport;

  constructor(to: Transport) {
    this.#to = to;
  }

  async audit(token: string, page: AuditPage = {}): Promise<AuditEntry[]> {
    return (await this.#to.read(entries, 'GET', '/v1/audit', { token, query: { ...page } })).entries;
  }

  /** Everybody whom one entry is about, by their names. */
  async auditPeople(token: string, entryId: string): Promise<AuditPerson[]> {
    const of = path('/v1/audit/:id/people', entryId);
    return (await this.#to.read(people, 'GET', of, { token })).people;
  }

  /** Whether every entry is as it was written; the first broken row of each broken chain. */
  verifyAudit(token: string): Promise<AuditVerdict> {
    const call = { token, withinMs: VERIFY_WITHIN_MS };
    return this.#to.read(auditVerdict, 'POST', '/v1/audit/verification', call);
  }

  /** Access to somebody's record for a quarter of an hour, with a reason; raises an alarm. */
  breakGlass(token: string, body: Breaking): Promise<{ breakGlassId: string; untilMs: number }> {
    return this.#to.read(glassBroken, 'POST', '/v1/break-glass', { token, body });
  }

  async brokenGlasses(token: string, page: Page = {}): Promise<BrokenGlass[]> {
    return (await this.#to.read(uses, 'GET', '/v1/break-glass', { token, query: { ...page } })).uses;
  }

  async suspiciousActivities(token: string, page: ActivityPage = {}): Promise<SuspiciousActivity[]> {
    return (await this.suspicious(token, page)).activities;
  }

  /** The same with `off`: what the node does not look for. */
  suspicious(token: string, page: ActivityPage = {}): Promise<Activities> {
    const call = { token, query: { ...page } };
    return this.#to.read(activities, 'GET', '/v1/suspicious-activities', call);
  }
}
