import type { TemplatedApp } from 'uWebSockets.js';
import { z } from 'zod';
import { isUuid } from '../lib/ids.ts';
import type { Result } from '../lib/result.ts';
import type { ErrorCode } from '../protocol/errors.ts';
import { grant } from '../protocol/fields.ts';
import { confirmation, firstAdministrator, registration } from '../protocol/http/accounts.ts';
import { type Asked, addRoute, json, noContent, parsed, type Reply, refusal } from './http.ts';
import type { GatewayParts } from './parts.ts';
import { callerOf } from './routes-sessions.ts';
import { signedIn } from './signed-in.ts';

/** The hospital that a grant holds in, `?scope=…`; without one it holds everywhere. */
const hospital = z.guid().toLowerCase().nullable();

const MAX_PAGE = 200;
const page = z.object({
  verified: z.enum(['true', 'false']).optional(),
  after: z.guid().toLowerCase().optional(),
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(50),
});

/** Registration, first start, and what administrators decide about people. */
export function addAccountRoutes(app: TemplatedApp, parts: GatewayParts): void {
  const { accounts, people } = parts.services;

  addRoute(app, parts, 'post', '/v1/accounts', async ({ body }) => {
    const input = parsed(registration, body);
    if (!input.ok) return input.reply;
    const made = await accounts.register(input.value);
    return answer(made, made.ok && made.value.userId === null ? 202 : 201);
  });

  addRoute(app, parts, 'post', '/v1/accounts/confirmation', async ({ body }) => {
    const input = parsed(confirmation, body);
    return input.ok ? answer(await people.confirmRegistration(input.value), 201) : input.reply;
  });

  addRoute(app, parts, 'post', '/v1/setup', async (asked) => {
    const input = parsed(firstAdministrator, asked.body);
    return input.ok ? answer(await accounts.setup(input.value, callerOf(asked)), 201) : input.reply;
  });

  addRoute(
    app,
    parts,
    'get',
    '/v1/volunteers',
    signedIn(parts, async (by, { query }) => {
      const asked = parsed(page, Object.fromEntries(query));
      if (!asked.ok) return asked.reply;
      const { verified, after, limit } = asked.value;
      const which = verified === undefined ? undefined : verified === 'true';
      const listed = await accounts.listVolunteers(by, { verified: which, after, limit });
      return listed.ok ? json(200, { volunteers: listed.value }) : refusal(listed.code, listed.detail);
    }),
  );

  addRoute(
    app,
    parts,
    'post',
    '/v1/volunteers/:id/verification',
    signedIn(parts, async (by, { places }) => {
      const userId = idOf(places);
      return userId ? answer(await accounts.verifyVolunteer(by, userId)) : refusal('not_found');
    }),
  );

  for (const [method, held] of [
    ['put', true],
    ['del', false],
  ] as const) {
    const handler = signedIn(parts, async (by, { places, query }) => {
      const userId = idOf(places);
      const which = grant.safeParse(places[1]);
      if (!userId || !which.success) return refusal('not_found');
      const scope = parsed(hospital, query.get('scope'));
      if (!scope.ok) return scope.reply;
      return answer(await accounts.setGrant(by, userId, which.data, held, scope.value));
    });
    addRoute(app, parts, method, '/v1/users/:id/grants/:grant', handler);
  }
}

function idOf(places: Asked['places']): string | null {
  const id = (places[0] ?? '').toLowerCase();
  return isUuid(id) ? id : null;
}

function answer(result: Result<unknown, ErrorCode>, status = 200): Reply {
  if (!result.ok) return refusal(result.code, result.detail);
  return result.value === null ? noContent : json(status, result.value);
}
