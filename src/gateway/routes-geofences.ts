import type { TemplatedApp } from 'uWebSockets.js';
import type { Result } from '../lib/result.ts';
import { geofence } from '../protocol/http/geofences.ts';
import { addRoute, json, noContent, parsed, type Reply, refusal } from './http.ts';
import type { GatewayParts } from './parts.ts';
import { personId } from './people-fields.ts';
import type { Shown } from './services.ts';
import { signedIn } from './signed-in.ts';

/** Fences around places: what is told of where somebody is. */
export function addGeofenceRoutes(app: TemplatedApp, parts: GatewayParts): void {
  const { geofences } = parts.services;
  const fenceId = (places: readonly string[]) => personId(places.slice(1));

  addRoute(
    app,
    parts,
    'get',
    '/v1/people/:id/geofences',
    signedIn(parts, async (by, { places }) =>
      shown(await geofences.list(by, personId(places)), (listed) => json(200, { geofences: listed })),
    ),
  );
  addRoute(
    app,
    parts,
    'put',
    '/v1/people/:id/geofences/:fence',
    signedIn(parts, async (by, { places, body }) => {
      const order = parsed(geofence, body);
      if (!order.ok) return order.reply;
      const id = fenceId(places);
      if (id === '') return refusal('bad_request', 'fence: the id is no UUID');
      return shown(await geofences.set(by, personId(places), id, order.value), (set) => json(200, set));
    }),
  );
  addRoute(
    app,
    parts,
    'del',
    '/v1/people/:id/geofences/:fence',
    signedIn(parts, async (by, { places }) =>
      shown(await geofences.remove(by, personId(places), fenceId(places)), () => noContent),
    ),
  );
}

function shown<T>(found: Result<Shown<T>, 'not_found' | 'bad_request'>, view: (value: T) => Reply): Reply {
  if (!found.ok) return refusal(found.code, found.detail);
  return { ...view(found.value.value), subjectUserId: found.value.subjectUserId };
}
