import { z } from 'zod';
import { atMs, uuid } from '../../protocol/fields.ts';

/** A device as it is listed, for its owner and for administrators. */
export const deviceView = z.object({
  id: uuid,
  name: z.string(),
  kind: z.string(),
  /** Null: paired by a code, as Muster's own apps are. */
  app: z.enum(['owntracks', 'osmand']).nullable(),
  canPush: z.boolean().nullable(),
  canSound: z.boolean().nullable(),
  wouldNotRing: z.string().nullable(),
  batteryPct: z.number().nullable(),
  lastContactAtMs: atMs.nullable(),
  pairedAtMs: atMs,
});
export const devicesView = z.object({ devices: z.array(deviceView) });

export type DeviceView = z.infer<typeof deviceView>;
