import type { TemplatedApp } from 'uWebSockets.js';
import { notificationsAsked, notificationsRead } from '../protocol/http/notifications.ts';
import { addRoute, json, parsed } from './http.ts';
import type { GatewayParts } from './parts.ts';
import { signedIn } from './signed-in.ts';

/** What somebody was told, and which of it they have read. */
export function addNotificationRoutes(app: TemplatedApp, parts: GatewayParts): void {
  const { notifications } = parts.services;

  addRoute(
    app,
    parts,
    'get',
    '/v1/me/notifications',
    signedIn(parts, async (by, { query }) => {
      const asked = parsed(notificationsAsked, Object.fromEntries(query));
      if (!asked.ok) return asked.reply;
      const { unread, before, limit } = asked.value;
      return json(200, await notifications.list(by.userId, { unreadOnly: unread === 'true', before, limit }));
    }),
  );

  addRoute(
    app,
    parts,
    'post',
    '/v1/me/notifications/read',
    signedIn(parts, async (by, { body }) => {
      const input = parsed(notificationsRead, body ?? {});
      if (!input.ok) return input.reply;
      return json(200, await notifications.read(by.userId, input.value.ids));
    }),
  );
}
