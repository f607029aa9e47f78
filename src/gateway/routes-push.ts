import type { TemplatedApp } from 'uWebSockets.js';
import { pushBrowser, pushReceipt } from '../protocol/http/push.ts';
import { addRoute, json, noContent, parsed, refusal } from './http.ts';
import type { GatewayParts } from './parts.ts';
import { personId } from './people-fields.ts';
import { signedIn } from './signed-in.ts';

/** The browsers in which somebody wants to be woken, each by their own person; and what a browser says it has. */
export function addPushRoutes(app: TemplatedApp, parts: GatewayParts): void {
  const { push } = parts.services;

  addRoute(
    app,
    parts,
    'get',
    '/v1/me/push',
    signedIn(parts, async (by) => json(200, { browsers: await push.list(by.userId) })),
  );

  addRoute(
    app,
    parts,
    'put',
    '/v1/me/push',
    signedIn(parts, async (by, { body }) => {
      const input = parsed(pushBrowser, body);
      if (!input.ok) return input.reply;
      const { endpoint, keys, name } = input.value;
      const put = await push.register(by.userId, { endpoint, ...keys, name });
      return put.ok ? json(200, put.value) : refusal(put.code, put.detail);
    }),
  );

  addRoute(
    app,
    parts,
    'del',
    '/v1/me/push/:id',
    signedIn(parts, async (by, { places }) =>
      (await push.remove(by.userId, personId(places))) ? noContent : refusal('not_found'),
    ),
  );

  addRoute(app, parts, 'post', '/v1/push/receipts', ({ body }) => {
    const input = parsed(pushReceipt, body);
    if (!input.ok) return input.reply;
    return push.received(input.value.receipt) ? noContent : refusal('not_found');
  });
}
