import type { z } from 'zod';
import { type geofence, geofenceList, geofenceView } from '../../protocol/http/geofences.ts';
import { path, type Transport } from './transport.ts';

export type GeofenceOrder = z.input<typeof geofence>;
export type GeofenceView = z.infer<typeof geofenceView>;

/** Fences around places: what is told of where somebody is. `id`: of their account. */
export class GeofenceRoutes {
  readonly #to: Transport;

  constructor(to: Transport) {
    this.#to = to;
  }

  async list(token: string, id: string): Promise<GeofenceView[]> {
    const route = path('/v1/people/:id/geofences', id);
    return (await this.#to.read(geofenceList, 'GET', route, { token })).geofences;
  }

  /** Makes it under an id of one's own, any UUID, or replaces it. */
  set(token: string, id: string, fenceId: string, body: GeofenceOrder): Promise<GeofenceView> {
    const route = path('/v1/people/:id/geofences/:fence', id, fenceId);
    return this.#to.read(geofenceView, 'PUT', route, { token, body });
  }

  async remove(token: string, id: string, fenceId: string): Promise<void> {
    await this.#to.call('DELETE', path('/v1/people/:id/geofences/:fence', id, fenceId), { token });
  }
}
