import type { TemplatedApp } from 'uWebSockets.js';
import { z } from 'zod';
import { breaking } from '../protocol/http/access.ts';
import { addRoute, json, parsed, refusal } from './http.ts';
import type { GatewayParts } from './parts.ts';
import { signedIn } from './signed-in.ts';

const MAX_PAGE = 200;
const id = z.guid().toLowerCase();
const page = z.object({
  before: id.optional(),
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(50),
});
const word = z.string().min(1).max(64);
const instant = z.coerce.number().int().min(0).max(8.64e15);
const auditPage = page.extend({
  actorId: id.optional(),
  subjectUserId: id.optional(),
  action: word.optional(),
  resourceKind: word.optional(),
  outcome: z.enum(['allowed', 'refused', 'failed']).optional(),
  fromMs: instant.optional(),
  toMs: instant.optional(),
});

/** Who did what, who looked at whom, and looking in an emergency. Pages are newest first and go on `before` an id. */
export function addAccessRoutes(app: TemplatedApp, parts: GatewayParts): void {
  const { breakGlass, reading, trail } = parts.services.access;

  addRoute(
    app,
    parts,
    'get',
    '/v1/me/disclosures',
    signedIn(parts, async (by, { query }) => {
      const asked = parsed(page, Object.fromEntries(query));
      if (!asked.ok) return asked.reply;
      return json(200, { disclosures: await reading.disclosuresOf(by.userId, asked.value) });
    }),
  );

  addRoute(
    app,
    parts,
    'get',
    '/v1/audit',
    signedIn(parts, async (_by, { query }) => {
      const asked = parsed(auditPage, Object.fromEntries(query));
      return asked.ok ? json(200, { entries: await reading.page(asked.value) }) : asked.reply;
    }),
  );

  addRoute(
    app,
    parts,
    'get',
    '/v1/audit/:id/people',
    signedIn(parts, async (_by, { places }) => {
      const people = await reading.peopleOf((places[0] ?? '').toLowerCase());
      return people ? json(200, { people }) : refusal('not_found');
    }),
  );

  addRoute(
    app,
    parts,
    'post',
    '/v1/audit/verification',
    signedIn(parts, async () => json(200, await reading.verify())),
  );

  addRoute(
    app,
    parts,
    'post',
    '/v1/break-glass',
    signedIn(parts, async (by, { body, address }) => {
      const input = parsed(breaking, body);
      if (!input.ok) return input.reply;
      if (!trail.hasRoom) return refusal('busy');
      const opened = await breakGlass.open(by, input.value, address);
      return opened.ok ? json(201, opened.value) : refusal(opened.code);
    }),
  );

  addRoute(
    app,
    parts,
    'get',
    '/v1/break-glass',
    signedIn(parts, async (_by, { query }) => {
      const asked = parsed(page, Object.fromEntries(query));
      return asked.ok ? json(200, { uses: await breakGlass.list(asked.value) }) : asked.reply;
    }),
  );
}
