import { z } from 'zod';
import { atMs, text, uuid } from '../fields.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

const provider = z.string().regex(/^[a-z][a-z0-9_]{0,31}$/, 'no name of a provider');
const deviceName = text(120).nullable();
const settings = z.strictObject({ resources: z.array(z.string().max(32)).max(32).optional() });

export const connectionBegin = z.strictObject({ provider, deviceName: deviceName.default(null) });

/** Out of the address that the provider sent somebody back to. */
export const connectionReturn = z
  .strictObject({
    state: z.string().min(1).max(256),
    code: z.string().min(1).max(2_048).optional(),
    error: z.string().max(256).optional(),
  })
  .refine(({ code, error }) => (code === undefined) !== (error === undefined), 'code or error, one of them');

export const connectionChange = z
  .strictObject({
    deviceName: deviceName.optional(),
    isActive: z.boolean().optional(),
    syncEveryMs: z
      .number()
      .int()
      .min(5 * MINUTE_MS)
      .max(7 * DAY_MS)
      .optional(),
    settings: settings.optional(),
  })
  .refine((change) => Object.keys(change).length > 0, 'nothing to change');

export const providerView = z.object({
  provider: z.string(),
  title: z.string(),
  scopes: z.array(z.string()),
  resources: z.array(z.object({ name: z.string(), title: z.string(), optional: z.boolean() })),
});

export const connectionBegun = z.object({ authorizationUrl: z.string(), expiresAtMs: atMs });

export const connectionView = z.object({
  id: uuid,
  provider: z.string(),
  deviceName: z.string().nullable(),
  isActive: z.boolean(),
  inactiveReason: z.enum(['paused', 'needs_consent', 'failing', 'disconnected']).nullable(),
  scopes: z.array(z.string()),
  settings: z.object({ resources: z.array(z.string()).optional() }),
  syncEveryMs: z.number(),
  lastSyncAtMs: atMs.nullable(),
  nextSyncAtMs: atMs.nullable(),
  failures: z.number().int(),
  lastError: z.string().nullable(),
  createdAtMs: atMs,
});

export const syncLogView = z.object({
  id: uuid,
  startedAtMs: atMs,
  completedAtMs: atMs.nullable(),
  status: z.enum(['pending', 'success', 'failed']),
  recordsSynced: z.number().int(),
  samplesStored: z.number().int(),
  errorCode: z.string().nullable(),
  errorMessage: z.string().nullable(),
});

export const disconnected = z.object({ revoked: z.boolean() });
