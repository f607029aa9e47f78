import { z } from 'zod';
import { atMs, point, text, uuid } from '../fields.ts';
import { areaShape } from './area.ts';
import { minute, timezone } from './fields.ts';

const MINUTE_MS = 60_000;
const WEEK_MS = 7 * 24 * 60 * MINUTE_MS;

const circle = z.strictObject({ center: point, radiusM: z.number().min(20).max(100_000) });

export const geofence = z
  .strictObject({
    name: text(120),
    shape: z.union([circle, areaShape]),
    onEnter: z.boolean().default(true),
    onExit: z.boolean().default(true),
    dwellAfterMs: z.number().int().min(MINUTE_MS).max(WEEK_MS).nullable().default(null),
    active: z
      .strictObject({
        timezone,
        windows: z
          .array(z.strictObject({ weekday: z.number().int().min(1).max(7), fromMin: minute, toMin: minute }))
          .min(1)
          .max(50),
      })
      .nullable()
      .default(null),
    tellsTeam: z.boolean().default(true),
  })
  .refine(({ onEnter, onExit, dwellAfterMs }) => onEnter || onExit || dwellAfterMs !== null, {
    path: ['onEnter'],
    error: 'nothing would ever be told',
  });

export const geofenceView = z.object({
  fenceId: uuid,
  personId: uuid,
  createdBy: uuid,
  createdAtMs: atMs,
  name: z.string(),
  shape: z.unknown(),
  onEnter: z.boolean(),
  onExit: z.boolean(),
  dwellAfterMs: z.number().nullable(),
  active: z.unknown(),
  tellsTeam: z.boolean(),
  inside: z.boolean().nullable(),
  sinceMs: atMs.nullable(),
});

export const geofenceList = z.object({ geofences: z.array(geofenceView) });
