import type { Clock } from '../lib/clock.ts';
import { raiseAlarm } from './alarms.ts';
import { AuditLog } from './audit.ts';
import { auditDueChore } from './audit-due.ts';
import { openAuditReading } from './audit-reading.ts';
import { AuditTrail } from './audit-trail.ts';
import { type BreakGlassParts, openBreakGlass } from './break-glass.ts';

export interface AccessOptions extends Omit<BreakGlassParts, 'trail'> {
  readonly clock: Clock;
  readonly unusualSubjectsPerHour: number;
}

/** The audit trail, what is read of it, and access in an emergency. */
export function openAccess(options: AccessOptions) {
  const log = options.log.named('audit');
  const parts = { ...options, log };
  const auditLog = new AuditLog(parts);
  const trail = new AuditTrail({
    ...parts,
    log: auditLog,
    onUnusualReading: (userId, subjects) => {
      void raiseAlarm(parts, { kind: 'UNUSUAL_READING', userId, details: { subjects } });
    },
  });
  const flush = () => {
    trail.flush();
    return auditLog.flush();
  };
  return {
    trail,
    jobs: [
      auditDueChore({
        db: options.db,
        record: (entry) => trail.record(entry),
        flush: () => auditLog.flush(),
      }),
    ],
    reading: openAuditReading(options.db),
    breakGlass: openBreakGlass({ ...parts, trail }),
    /** Resolves when what was recorded so far is stored, or can't be at the moment. */
    flush,
    stop() {
      trail.end();
      return auditLog.stop();
    },
  };
}

export type Access = ReturnType<typeof openAccess>;
