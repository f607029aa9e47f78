import type { TemplatedApp } from 'uWebSockets.js';
import { z } from 'zod';
import { connectionBegin, connectionChange, connectionReturn } from '../protocol/http/connections.ts';
import { addRoute, type Handler, json, type Method, parsed, refusal } from './http.ts';
import type { GatewayParts } from './parts.ts';
import { answer, personId } from './people-fields.ts';
import { signedIn } from './signed-in.ts';

const page = z.object({
  before: z.guid().toLowerCase().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/**
 * The wearable clouds that somebody lets this server read. The way back from a provider is a page, which is in
 * `routes-pages.ts`: what stands in its address is sent from there in a body, by whoever is signed in.
 */
export function addConnectionRoutes(app: TemplatedApp, parts: GatewayParts): void {
  const { connections } = parts.services;
  const add = (method: Method, pattern: string, handler: Parameters<typeof signedIn>[1]) => {
    const guarded: Handler = signedIn(parts, handler);
    addRoute(app, parts, method, pattern, guarded);
  };

  add('get', '/v1/connections/providers', () => json(200, { providers: connections.providers() }));
  add('post', '/v1/connections', async (by, { body }) => {
    const asked = parsed(connectionBegin, body);
    if (!asked.ok) return asked.reply;
    const { provider, deviceName } = asked.value;
    return answer(await connections.begin(by, provider, deviceName), 201);
  });
  add('post', '/v1/connections/confirmation', async (by, { body }) => {
    const asked = parsed(connectionReturn, body);
    if (!asked.ok) return asked.reply;
    const { state, code, error = '' } = asked.value;
    return answer(await connections.confirm(by, code === undefined ? { state, error } : { state, code }));
  });
  add('get', '/v1/connections', async (by) => json(200, { connections: await connections.list(by) }));
  add('put', '/v1/connections/:id', async (by, { body, places }) => {
    const asked = parsed(connectionChange, body);
    if (!asked.ok) return asked.reply;
    const id = personId(places);
    return id === '' ? refusal('not_found') : answer(await connections.change(by, id, asked.value));
  });
  add('post', '/v1/connections/:id/sync', async (by, { places }) => {
    const id = personId(places);
    if (id === '') return refusal('not_found');
    const begun = await connections.syncNow(by, id);
    return begun.ok ? json(202, begun.value) : refusal(begun.code, begun.detail, begun.retryAfterMs);
  });
  add('get', '/v1/connections/:id/logs', async (by, { places, query }) => {
    const asked = parsed(page, Object.fromEntries(query));
    if (!asked.ok) return asked.reply;
    const id = personId(places);
    if (id === '') return refusal('not_found');
    const logs = await connections.logs(by, id, asked.value.before ?? null, asked.value.limit);
    return logs.ok ? json(200, { logs: logs.value }) : refusal(logs.code);
  });
  add('del', '/v1/connections/:id', async (by, { places }) => {
    const id = personId(places);
    return id === '' ? refusal('not_found') : answer(await connections.disconnect(by, id));
  });
}
