import type { TemplatedApp } from 'uWebSockets.js';
import { z } from 'zod';
import { usersAsked } from '../protocol/http/admin.ts';
import { addRoute, json, type Method, noContent, parsed, type Reply, refusal } from './http.ts';
import type { GatewayParts } from './parts.ts';
import { answer, personId } from './people-fields.ts';
import { signedIn } from './signed-in.ts';

const MAX_PAGE = 200;
const page = z.object({
  before: z.guid().toLowerCase().optional(),
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(50),
});

/** What administrators need besides deciding about one person: who is there, who waits, what nodes do by themselves. */
export function addAdminRoutes(app: TemplatedApp, parts: GatewayParts): void {
  const { people, devices, jobs } = parts.services;
  type Ask = Parameters<Parameters<typeof signedIn>[1]>;
  const add = (method: Method, pattern: string, handler: (...ask: Ask) => Promise<Reply> | Reply) =>
    addRoute(app, parts, method, pattern, signedIn(parts, handler));

  add('post', '/v1/users/search', async (by, { body }) => {
    const asked = parsed(usersAsked, body);
    if (!asked.ok) return asked.reply;
    const found = await people.findUsers(by, asked.value);
    return found.ok ? json(200, { users: found.value }) : refusal(found.code);
  });
  add('get', '/v1/users/:id/devices', async (_by, { places }) =>
    json(200, { devices: await devices.listOf(personId(places)) }),
  );
  add('get', '/v1/verifications', async (by, { query }) => {
    const asked = parsed(page, Object.fromEntries(query));
    if (!asked.ok) return asked.reply;
    const found = await people.waitingVerifications(by, asked.value.limit);
    return found.ok ? json(200, { waiting: found.value }) : refusal(found.code);
  });
  add('get', '/v1/invitations', async (by, { query }) => {
    const asked = parsed(page, Object.fromEntries(query));
    if (!asked.ok) return asked.reply;
    const found = await people.listInvitations(by, asked.value);
    return found.ok ? json(200, { invitations: found.value }) : refusal(found.code);
  });
  add('del', '/v1/invitations/:id', async (by, { places }) =>
    answer(await people.revokeInvitation(by, (places[0] ?? '').toLowerCase())),
  );
  add('get', '/v1/jobs', async () => json(200, { jobs: await jobs.list() }));
  add('post', '/v1/jobs/:name/run', async (_by, { places }) =>
    (await jobs.runNow(places[0] ?? '')) ? noContent : refusal('not_found'),
  );
}
