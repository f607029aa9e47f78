import type { TemplatedApp } from 'uWebSockets.js';
import { addRoute, json, refusal } from './http.ts';
import type { GatewayParts } from './parts.ts';
import { signedIn } from './signed-in.ts';

/** The policy by which responders are chosen. */
export function addDispatchRoutes(app: TemplatedApp, parts: GatewayParts): void {
  const { dispatch } = parts.services;

  addRoute(
    app,
    parts,
    'get',
    '/v1/dispatch/policy',
    signedIn(parts, () => json(200, dispatch.policy())),
  );

  addRoute(
    app,
    parts,
    'get',
    '/v1/dispatch/policies',
    signedIn(parts, async () => json(200, { policies: await dispatch.policyHistory() })),
  );

  addRoute(
    app,
    parts,
    'put',
    '/v1/dispatch/policy',
    signedIn(parts, async (by, { body }) => {
      if (body === undefined) return refusal('bad_request', 'body: a policy is expected');
      const set = await dispatch.setPolicy(by, body);
      return set.ok ? json(200, set.value) : refusal(set.code, set.detail);
    }),
  );
}
