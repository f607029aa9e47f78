import type { TemplatedApp } from 'uWebSockets.js';
import { z } from 'zod';
import { feedback } from '../protocol/http/feedback.ts';
import { addRoute, json, parsed, refusal } from './http.ts';
import type { GatewayParts } from './parts.ts';
import { signedIn } from './signed-in.ts';

const id = z.guid().toLowerCase();
const page = z.object({
  before: id.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/** What is said after an SOS: of those who helped, and who said no to it. */
export function addFeedbackRoutes(app: TemplatedApp, parts: GatewayParts): void {
  const { feedback: service } = parts.services;

  addRoute(
    app,
    parts,
    'post',
    '/v1/sos/:id/feedback',
    signedIn(parts, async (by, { body, places }) => {
      const sosId = id.safeParse(places[0]);
      if (!sosId.success) return refusal('sos_not_found');
      const input = parsed(feedback, body);
      if (!input.ok) return input.reply;
      const given = await service.give(by, sosId.data, input.value);
      return given.ok ? json(201, given.value) : refusal(given.code, given.detail);
    }),
  );

  addRoute(
    app,
    parts,
    'get',
    '/v1/sos/:id/feedback',
    signedIn(parts, async (by, { places }) => {
      const sosId = id.safeParse(places[0]);
      if (!sosId.success) return refusal('sos_not_found');
      const helpers = await service.helpersOf(by, sosId.data);
      return helpers.ok ? json(200, { helpers: helpers.value }) : refusal(helpers.code);
    }),
  );

  addRoute(
    app,
    parts,
    'get',
    '/v1/sos/:id/refusals',
    signedIn(parts, async (_by, { places }) => {
      const sosId = id.safeParse(places[0]);
      if (!sosId.success) return refusal('sos_not_found');
      const refusals = await service.refusalsOf(sosId.data);
      return refusals.ok ? json(200, refusals.value) : refusal(refusals.code);
    }),
  );

  addRoute(
    app,
    parts,
    'get',
    '/v1/me/ratings',
    signedIn(parts, async (by, { query }) => {
      const asked = parsed(page, Object.fromEntries(query));
      if (!asked.ok) return asked.reply;
      return json(200, { ratings: await service.ratingsOf(by.userId, asked.value) });
    }),
  );
}
