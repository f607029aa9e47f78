import type { TemplatedApp } from 'uWebSockets.js';
import { z } from 'zod';
import {
  exportAsked,
  historyAsked,
  namesAsked,
  nearestAsked,
  sosAsked,
  sosListAsked,
  timelineAsked,
} from '../protocol/http/sos.ts';
import { addRoute, json, parsed, type Reply, refusal } from './http.ts';
import type { GatewayParts } from './parts.ts';
import { answer, personId } from './people-fields.ts';
import type { ExportFile, Principal, SosRecords } from './services.ts';
import { signedIn } from './signed-in.ts';

const disclosuresAsked = z.object({
  before: z.guid().toLowerCase().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/** A device alone never acts as a dispatcher. */
export const viewerOf = ({ userId, grants, deviceId }: Principal) => ({
  userId,
  isDispatcher: deviceId === undefined && grants.includes('dispatcher'),
});

/** SOS as they stand and stood: lists, one at any instant, its timeline, its files, and who saw its place. */
export function addSosRoutes(app: TemplatedApp, parts: GatewayParts): void {
  const { access, sos } = parts.services;

  const history = async (by: Principal, userId: string, query: URLSearchParams): Promise<Reply> => {
    const asked = parsed(historyAsked, Object.fromEntries(query));
    if (!asked.ok) return asked.reply;
    const { as, ...page } = asked.value;
    return answer(
      as === 'requester'
        ? await sos.histories.raised(viewerOf(by), userId, page)
        : await sos.histories.held(userId, page),
    );
  };

  addRoute(
    app,
    parts,
    'get',
    '/v1/sos',
    signedIn(parts, async (by, { query }) => {
      const asked = parsed(sosListAsked, Object.fromEntries(query));
      if (!asked.ok) return asked.reply;
      const { state, ...page } = asked.value;
      return answer(await sos.histories[state](viewerOf(by), page));
    }),
  );
  addRoute(
    app,
    parts,
    'get',
    '/v1/me/sos',
    signedIn(parts, (by, { query }) => history(by, by.userId, query)),
  );
  addRoute(
    app,
    parts,
    'get',
    '/v1/me/helpers',
    signedIn(parts, async ({ userId }) =>
      json(200, { helpers: (await parts.services.coming(userId)).map(helperOf) }),
    ),
  );
  addRoute(
    app,
    parts,
    'get',
    '/v1/users/:id/sos',
    signedIn(parts, (by, { places, query }) => history(by, personId(places), query)),
  );
  addRoute(
    app,
    parts,
    'post',
    '/v1/responders/nearest',
    signedIn(parts, async (by, { body }) => {
      const asked = parsed(nearestAsked, body);
      if (!asked.ok) return asked.reply;
      return json(200, { responders: await sos.histories.nearest(viewerOf(by), asked.value) });
    }),
  );
  addRoute(
    app,
    parts,
    'post',
    '/v1/people/names',
    signedIn(parts, async (_by, { body }) => {
      const asked = parsed(namesAsked, body);
      return asked.ok ? json(200, { people: await sos.histories.names(asked.value.ids) }) : asked.reply;
    }),
  );
  addRoute(
    app,
    parts,
    'get',
    '/v1/sos/:id',
    signedIn(parts, async (by, { places, query }) => {
      const asked = parsed(sosAsked, Object.fromEntries(query));
      if (!asked.ok) return asked.reply;
      return answer(await sos.timeline.view(viewerOf(by), personId(places), asked.value.at ?? null));
    }),
  );
  addRoute(
    app,
    parts,
    'get',
    '/v1/sos/:id/timeline',
    signedIn(parts, async (by, { places, query }) => {
      const asked = parsed(timelineAsked, Object.fromEntries(query));
      if (!asked.ok) return asked.reply;
      return answer(await sos.timeline.page(viewerOf(by), personId(places), asked.value));
    }),
  );
  addRoute(
    app,
    parts,
    'get',
    '/v1/sos/:id/disclosures',
    signedIn(parts, async (by, { places, query }) => {
      const asked = parsed(disclosuresAsked, Object.fromEntries(query));
      if (!asked.ok) return asked.reply;
      const sosId = personId(places);
      const roles = await sos.rolesIn(viewerOf(by), sosId);
      if (!roles.ok) return refusal(roles.code);
      const seen = await access.reading.disclosuresOfSos(by.userId, sosId, asked.value);
      return json(200, { disclosures: seen.map((one) => sightOf(one, roles.value)) });
    }),
  );
  addExportRoutes(app, parts);
}

type Coming = Awaited<ReturnType<GatewayParts['services']['coming']>>[number];

const helperOf = ({ sosId, responderId, name, at }: Coming) => ({ sosId, userId: responderId, name, at });

type Roles = Extract<Awaited<ReturnType<SosRecords['rolesIn']>>, { ok: true }>['value'];
type Sight = Awaited<ReturnType<GatewayParts['services']['access']['reading']['disclosuresOfSos']>>[number];

function sightOf({ id, atMs, viewerId, viewerName, purpose }: Sight, roles: Roles) {
  const role = purpose === 'dispatch' ? null : (roles.get(viewerId) ?? null);
  const as = purpose === 'dispatch' ? 'dispatcher' : role ? 'holder' : 'requester';
  return { id, atMs, viewerId, viewerName, as, role };
}

function addExportRoutes(app: TemplatedApp, parts: GatewayParts): void {
  const { exports } = parts.services.sos;
  const files = {
    '/v1/sos/:id/map.geojson': exports.geoJson,
    '/v1/sos/:id/tracks.gpx': exports.gpx,
    '/v1/sos/:id/timeline.csv': exports.timelineCsv,
  };
  for (const [pattern, made] of Object.entries(files)) {
    const handler = signedIn(parts, async (by, { places, query }) => {
      const asked = parsed(exportAsked, Object.fromEntries(query));
      if (!asked.ok) return asked.reply;
      const exported = await made(viewerOf(by), personId(places), asked.value);
      return exported.ok ? download(exported.value) : refusal(exported.code, exported.detail);
    });
    addRoute(app, parts, 'get', pattern, handler);
  }
}

const download = ({ name, type, body, subjectUserId }: ExportFile): Reply => ({
  status: 200,
  type,
  body,
  subjectUserId,
  headers: { 'content-disposition': `attachment; filename="${name}"` },
});
