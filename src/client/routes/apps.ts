import { z } from 'zod';
import { atMs, uuid } from '../../protocol/fields.ts';
import { path, type Transport } from './transport.ts';

const paired = z.object({
  deviceId: uuid,
  app: z.enum(['owntracks', 'osmand']),
  secret: z.string().nullable(),
  trackerId: z.string().nullable(),
});
const health = z.object({
  batteryPct: z.number().nullable(),
  lastContactAtMs: atMs.nullable(),
  lastFixAtMs: atMs.nullable(),
  lastError: z.object({ reason: z.string(), detail: z.string().nullable(), atMs }).nullable(),
  days: z.array(
    z.object({
      day: z.string(),
      accepted: z.number(),
      late: z.number(),
      refused: z.record(z.string(), z.number()),
    }),
  ),
});

export type PairedApp = z.infer<typeof paired>;
export type DeviceHealth = z.infer<typeof health>;

export interface AppPairing {
  /** OwnTracks, or one that speaks as OsmAnd does, such as Traccar Client. */
  readonly app: 'owntracks' | 'osmand';
  readonly name: string;
  readonly kind?: 'phone' | 'tablet' | 'watch' | 'tracker' | 'computer' | 'other' | undefined;
}

/** Apps that were not made for Muster, and how devices do. */
export class AppRoutes {
  readonly #to: Transport;

  constructor(to: Transport) {
    this.#to = to;
  }

  /** What the app has to be told is shown this once; `ownTracksLink` and `traccarLink` make links of it. */
  pair(token: string, pairing: AppPairing): Promise<PairedApp> {
    return this.#to.read(paired, 'POST', '/v1/devices/apps', { token, body: pairing });
  }

  /** What came of a device in the last seven days, by what became of it, and what last went wrong. */
  health(token: string, deviceId: string): Promise<DeviceHealth> {
    return this.#to.read(health, 'GET', path('/v1/devices/:id/health', deviceId), { token });
  }
}
