import type { TemplatedApp } from 'uWebSockets.js';
import { z } from 'zod';
import { text } from '../protocol/fields.ts';
import { broadcastOrder, handOver } from '../protocol/http/area.ts';
import { addRoute, type Handler, json, type Method, parsed, refusal } from './http.ts';
import type { GatewayParts } from './parts.ts';
import { answer, personId } from './people-fields.ts';
import { signedIn } from './signed-in.ts';

const page = z.object({
  before: z.guid().toLowerCase().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
const shiftsPage = page.extend({ open: z.stringbool().default(true) });
const placesAsked = z.object({
  q: text(200).refine((words) => words.trim().length >= 2, 'two characters or more'),
  limit: z.coerce.number().int().min(1).max(50).default(10),
});

const HAND_OFFS_SHOWN = 200;

/** What dispatchers do besides single SOS: areas, shifts, places, and what outside services have not answered. */
export function addAreaRoutes(app: TemplatedApp, parts: GatewayParts): void {
  const { broadcasts, handOffs, places, shifts } = parts.services;
  const add = (method: Method, pattern: string, handler: Parameters<typeof signedIn>[1]) => {
    const guarded: Handler = signedIn(parts, handler);
    addRoute(app, parts, method, pattern, guarded);
  };

  add('post', '/v1/broadcasts', async (by, { body }) => {
    const order = parsed(broadcastOrder, body);
    if (!order.ok) return order.reply;
    if (order.value.untilMs <= parts.clock.nowMs()) return refusal('bad_request', 'untilMs: it has passed');
    return answer(await broadcasts.send(by, order.value), 201);
  });
  add('get', '/v1/broadcasts', async (_by, { query }) => {
    const asked = parsed(page, Object.fromEntries(query));
    if (!asked.ok) return asked.reply;
    return json(200, { broadcasts: await broadcasts.list(asked.value.before ?? null, asked.value.limit) });
  });
  add('get', '/v1/broadcasts/:id', async (_by, { places: at }) => {
    const id = personId(at);
    return id === '' ? refusal('not_found') : answer(await broadcasts.get(id));
  });
  add('post', '/v1/broadcasts/:id/end', async (by, { places: at }) => {
    const id = personId(at);
    return id === '' ? refusal('not_found') : answer(await broadcasts.end(by, id));
  });

  add('get', '/v1/shifts', async (_by, { query }) => {
    const asked = parsed(shiftsPage, Object.fromEntries(query));
    if (!asked.ok) return asked.reply;
    const { open, before = null, limit } = asked.value;
    return json(200, { shifts: await shifts.list(open, before, limit) });
  });
  add('post', '/v1/shifts', async (by) => json(200, await shifts.begin(by)));
  add('post', '/v1/shifts/end', async (by) => answer(await shifts.end(by)));
  add('post', '/v1/shifts/hand-over', async (by, { body }) => {
    const asked = parsed(handOver, body);
    return asked.ok ? answer(await shifts.handOver(by, asked.value)) : asked.reply;
  });

  add('get', '/v1/places', async (_by, { query }) => {
    const asked = parsed(placesAsked, Object.fromEntries(query));
    if (!asked.ok) return asked.reply;
    const found = await places.search(asked.value.q, asked.value.limit);
    return found.ok ? json(200, { places: found.value }) : refusal(found.code, found.detail);
  });
  add('get', '/v1/hand-offs', async () => json(200, { handOffs: await handOffs.waiting(HAND_OFFS_SHOWN) }));
}
