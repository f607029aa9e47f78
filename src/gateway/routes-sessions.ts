import type { TemplatedApp } from 'uWebSockets.js';
import { z } from 'zod';
import { isUuid } from '../lib/ids.ts';
import type { Ok, Refused } from '../lib/result.ts';
import type { ErrorCode } from '../protocol/errors.ts';
import { ACTIVITY_TYPES } from '../protocol/http/access.ts';
import { type Asked, addRoute, json, noContent, parsed, type Reply, refusal } from './http.ts';
import type { GatewayParts } from './parts.ts';
import type { Caller } from './services.ts';
import { signedIn } from './signed-in.ts';

const credentials = z.strictObject({
  email: z.email().max(254),
  password: z.string().min(1).max(128),
  code: z.string().min(6).max(32).optional(),
});
const confirmation = credentials.required({ code: true });
const refreshing = z.strictObject({ refreshToken: z.string().min(1).max(256) });

const MAX_PAGE = 200;
const activityPage = z.object({
  type: z.enum(ACTIVITY_TYPES).optional(),
  after: z.guid().toLowerCase().optional(),
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(50),
});

/** Who asks, as accounts keep it with a session. */
export const callerOf = ({ address, program }: Asked): Caller => ({ address, program });

function answer(result: Ok<unknown> | (Refused<ErrorCode> & { readonly retryAfterMs?: number })): Reply {
  return result.ok ? json(200, result.value) : refusal(result.code, result.detail, result.retryAfterMs);
}

/** Signing in, staying so, ending it; and what looks like an attack on that. Tokens stand in bodies only. */
export function addSessionRoutes(app: TemplatedApp, parts: GatewayParts): void {
  const { accounts } = parts.services;

  addRoute(app, parts, 'post', '/v1/sessions', async (asked) => {
    const input = parsed(credentials, asked.body);
    if (!input.ok) return input.reply;
    return answer(await accounts.signIn(input.value, callerOf(asked)));
  });

  addRoute(app, parts, 'post', '/v1/sessions/refresh', async (asked) => {
    const input = parsed(refreshing, asked.body);
    if (!input.ok) return input.reply;
    return answer(await accounts.refresh(input.value.refreshToken, callerOf(asked)));
  });

  addRoute(app, parts, 'get', '/.well-known/jwks.json', async () => ({
    ...json(200, await accounts.publicKeys()),
    headers: { 'cache-control': 'public, max-age=300' },
  }));

  addRoute(app, parts, 'post', '/v1/second-factor', async (asked) => {
    const input = parsed(credentials, asked.body);
    return input.ok ? answer(await accounts.enrolSecondFactor(input.value, callerOf(asked))) : input.reply;
  });

  addRoute(app, parts, 'post', '/v1/second-factor/confirmation', async (asked) => {
    const input = parsed(confirmation, asked.body);
    return input.ok ? answer(await accounts.confirmSecondFactor(input.value, callerOf(asked))) : input.reply;
  });

  addRoute(
    app,
    parts,
    'get',
    '/v1/sessions',
    signedIn(parts, async (by) => json(200, { sessions: await accounts.listSessions(by) })),
  );

  addRoute(
    app,
    parts,
    'del',
    '/v1/sessions/:id',
    signedIn(parts, async (by, { places }) => {
      const place = (places[0] ?? '').toLowerCase();
      const sessionId = place === 'current' ? (by.sessionId ?? '') : place;
      if (!isUuid(sessionId)) return refusal('not_found');
      const ended = await accounts.endSession(by, sessionId);
      return ended.ok ? noContent : refusal(ended.code);
    }),
  );

  addRoute(
    app,
    parts,
    'del',
    '/v1/sessions',
    signedIn(parts, async (by) => {
      await accounts.endAllSessions(by);
      return noContent;
    }),
  );

  addRoute(
    app,
    parts,
    'get',
    '/v1/suspicious-activities',
    signedIn(parts, async (by, { query }) => {
      const page = parsed(activityPage, Object.fromEntries(query));
      if (!page.ok) return page.reply;
      const listed = await accounts.listSuspicious(by, page.value);
      return listed.ok
        ? json(200, { activities: listed.value, off: accounts.activitiesOff })
        : refusal(listed.code);
    }),
  );
}
