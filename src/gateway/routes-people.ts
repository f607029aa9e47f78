import type { TemplatedApp } from 'uWebSockets.js';
import type { z } from 'zod';
import { acceptance, invitation, reset, resetAsked } from '../protocol/http/accounts.ts';
import {
  certification,
  channel,
  decision,
  duty,
  professional,
  profilePatch,
  proof,
  verificationRole,
} from '../protocol/http/people.ts';
import { addRoute, json, type Method, noContent, parsed, type Reply, refusal } from './http.ts';
import type { GatewayParts } from './parts.ts';
import { answer, personId } from './people-fields.ts';
import { signedIn } from './signed-in.ts';

/** What people say about themselves, and what administrators look at and decide. */
export function addPeopleRoutes(app: TemplatedApp, parts: GatewayParts): void {
  const { people, accounts } = parts.services;
  type Ask = Parameters<Parameters<typeof signedIn>[1]>;
  const add = (method: Method, pattern: string, handler: (...ask: Ask) => Promise<Reply> | Reply) =>
    addRoute(app, parts, method, pattern, signedIn(parts, handler));
  /** A route with a body of this shape. */
  const addWith = <S extends z.ZodType>(
    method: Method,
    pattern: string,
    schema: S,
    handler: (by: Ask[0], input: z.infer<S>, asked: Ask[1]) => Promise<Reply>,
  ) =>
    add(method, pattern, async (by, asked) => {
      const input = parsed(schema, asked.body);
      return input.ok ? handler(by, input.value, asked) : input.reply;
    });

  add('get', '/v1/me', async (by) => answer(await people.me(by)));
  addWith('patch', '/v1/me', profilePatch, async (by, patch) => answer(await people.changeMe(by, patch)));
  add('post', '/v1/me/deactivation', async (by) => answer(await people.deactivateMe(by)));
  add('get', '/v1/me/duty', async (by) => answer(await people.duty(by)));
  addWith('put', '/v1/me/duty', duty, async (by, input) => answer(await people.setDuty(by, input)));
  add('get', '/v1/me/certifications', async (by) => {
    const listed = await people.certifications(by);
    return listed.ok ? json(200, { certifications: listed.value }) : refusal('not_found');
  });
  addWith('post', '/v1/me/certifications', certification, async (by, input) =>
    answer(await people.addCertification(by, input), 201),
  );
  add('del', '/v1/me/certifications/:id', async (by, { places }) =>
    answer(await people.dropCertification(by, (places[0] ?? '').toLowerCase())),
  );
  addWith('put', '/v1/me/professional', professional, async (by, input) =>
    answer(await people.setProfessional(by, input)),
  );
  add('post', '/v1/me/codes/:channel', async (by, { places }) => {
    const to = channel.safeParse(places[0]);
    return to.success ? answer(await people.sendCode(by, to.data)) : refusal('not_found');
  });
  addWith('post', '/v1/me/proofs/:channel', proof, async (by, { code }, { places }) => {
    const to = channel.safeParse(places[0]);
    return to.success ? answer(await people.proveAddress(by, to.data, code)) : refusal('not_found');
  });

  add('get', '/v1/users/:id', async (by, { places }) => answer(await people.userById(by, personId(places))));
  for (const [verb, suspended] of [
    ['suspend', true],
    ['reactivate', false],
  ] as const) {
    add('post', `/v1/users/:id/${verb}`, async (by, { places }) =>
      answer(await accounts.suspend(by, personId(places), suspended)),
    );
  }
  add('get', '/v1/users/:id/verification', async (by, { places }) => {
    const made = await people.verificationDecisions(by, personId(places));
    return made.ok ? json(200, { decisions: made.value }) : refusal(made.code);
  });
  addWith('put', '/v1/users/:id/verification/:role', decision, async (by, input, { places }) => {
    const as = verificationRole.safeParse(places[1]);
    if (!as.success) return refusal('not_found');
    return answer(await people.decideVerification(by, personId(places), { role: as.data, ...input }));
  });

  addWith('post', '/v1/invitations', invitation, async (by, input) =>
    answer(await people.invite(by, input), 201),
  );
  addRoute(app, parts, 'post', '/v1/invitations/accept', async ({ body }) => {
    const input = parsed(acceptance, body);
    return input.ok ? answer(await people.acceptInvitation(input.value), 201) : input.reply;
  });
  addRoute(app, parts, 'post', '/v1/password-resets', ({ body }) => {
    const input = parsed(resetAsked, body);
    if (!input.ok) return input.reply;
    // Not waited for: the time of the answer would tell whether there is such an account.
    void people.askPasswordReset(input.value.email);
    return { status: 202 };
  });
  addRoute(app, parts, 'post', '/v1/password-resets/use', async ({ body }) => {
    const input = parsed(reset, body);
    if (!input.ok) return input.reply;
    const done = await people.resetPassword(input.value.token, input.value.password);
    return done.ok ? noContent : refusal(done.code);
  });
}
