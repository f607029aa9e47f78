import type { TemplatedApp } from 'uWebSockets.js';
import { z } from 'zod';
import { careMember, patient } from '../protocol/http/patients.ts';
import { addRoute, json, parsed, refusal } from './http.ts';
import type { GatewayParts } from './parts.ts';
import { answer, personId } from './people-fields.ts';
import { signedIn } from './signed-in.ts';

const page = z.object({
  after: z.guid().toLowerCase().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/** Patients and who cares for them. Whoever stands in no relation to a patient is told that there is none. */
export function addPatientRoutes(app: TemplatedApp, parts: GatewayParts): void {
  const { people } = parts.services;
  const memberId = (places: readonly string[]) => personId(places.slice(1));

  addRoute(
    app,
    parts,
    'post',
    '/v1/patients',
    signedIn(parts, async (by, { body }) => {
      const input = parsed(patient, body);
      if (!input.ok) return input.reply;
      const { role, ...identity } = input.value;
      return answer(await people.addPatient(by, identity, role), 201);
    }),
  );
  addRoute(
    app,
    parts,
    'get',
    '/v1/patients',
    signedIn(parts, async (by, { query }) => {
      const asked = parsed(page, Object.fromEntries(query));
      if (!asked.ok) return asked.reply;
      const { after = null, limit } = asked.value;
      const listed = await people.caredFor(by, after, limit);
      return listed.ok ? json(200, { patients: listed.value }) : refusal('not_found');
    }),
  );
  addRoute(
    app,
    parts,
    'get',
    '/v1/patients/:id',
    signedIn(parts, async (by, { places }) => {
      const shown = await people.patient(by, personId(places));
      return shown.ok
        ? { ...json(200, shown.value), subjectUserId: shown.value.userId }
        : refusal(shown.code);
    }),
  );
  addRoute(
    app,
    parts,
    'get',
    '/v1/patients/:id/team',
    signedIn(parts, async (by, { places }) => {
      const team = await people.careTeam(by, personId(places));
      return team.ok ? json(200, { team: team.value }) : refusal(team.code);
    }),
  );
  addRoute(
    app,
    parts,
    'put',
    '/v1/patients/:id/team/:user',
    signedIn(parts, async (by, { places, body }) => {
      const input = parsed(careMember, body);
      if (!input.ok) return input.reply;
      return answer(await people.joinCareTeam(by, personId(places), memberId(places), input.value.role));
    }),
  );
  addRoute(
    app,
    parts,
    'del',
    '/v1/patients/:id/team/:user',
    signedIn(parts, async (by, { places }) =>
      answer(await people.leaveCareTeam(by, personId(places), memberId(places))),
    ),
  );
}
