import { z } from 'zod';
import {
  alertAcknowledge,
  alertAssign,
  alertResolve,
  alertSeverity,
  alertState,
  alertView,
} from '../alerts.ts';
import { atMs, seq, uuid } from '../fields.ts';

/** The bodies are those of the commands, without the alert that stands in the path. */
export const acknowledgeBody = alertAcknowledge.omit({ alertId: true });
export const assignBody = alertAssign.omit({ alertId: true });
export const resolveBody = alertResolve.omit({ alertId: true });
export const cancelSosBody = z.strictObject({ id: uuid });

export const alertsAsked = z.object({
  /** Of whom: an account or a patient record; absent: of all whom it is one's own to know of. */
  person: uuid.optional(),
  state: z.enum(['open', 'closed', 'all']).default('open'),
  severity: z
    .string()
    .transform((list) => list.split(','))
    .pipe(z.array(alertSeverity).min(1).max(4))
    .optional(),
  before: uuid.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export const alertPage = z.object({
  alerts: z.array(alertView),
  next: uuid.nullable().describe('`before` of the next page; null: there is none'),
});

const historyEntry = z.looseObject({
  seq,
  atMs,
  actorId: uuid.nullable(),
  type: z.string(),
  severity: alertSeverity,
  state: alertState,
  count: z.number().int(),
  message: z.string().nullable().optional(),
});

export const alertWithHistory = z.object({ alert: alertView, history: z.array(historyEntry) });
export const alertAnswer = z.object({ alertId: uuid, alert: alertView });

export const alertSettingsBody = z.strictObject({ opensSos: z.boolean() });
export const alertSettings = z.object({
  opensSos: z.boolean().describe('whether a machine may call for help for this person'),
  changedBy: uuid.nullable().describe('null: nobody ever changed it'),
  changedAtMs: atMs.nullable(),
});
