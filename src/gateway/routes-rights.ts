import type { TemplatedApp } from 'uWebSockets.js';
import { z } from 'zod';
import { text } from '../protocol/fields.ts';
import { type Asked, addRoute, noContent, parsed, type Reply, refusal } from './http.ts';
import type { GatewayParts } from './parts.ts';
import { personId } from './people-fields.ts';
import { callerOf } from './routes-sessions.ts';
import type { Principal } from './services.ts';
import { signedIn } from './signed-in.ts';

const REASON_CHARS_MIN = 10;
const reason = text(400).refine((given) => given.length >= REASON_CHARS_MIN, 'say why, in a few words');
const proof = z.strictObject({
  password: z.string().min(1).max(128),
  code: z.string().min(6).max(32).optional(),
});
const because = z.strictObject({ reason });
const proofAndReason = proof.extend({ reason });

/** What everybody may ask for about themselves, and administrators for somebody: all that is kept, or that it goes. */
export function addRightsRoutes(app: TemplatedApp, parts: GatewayParts): void {
  const { people } = parts.services;

  const download = async (by: Principal, userId: string): Promise<Reply> => {
    const exported = await people.exportOf(by, userId);
    if (!exported.ok) {
      return refusal(
        exported.code,
        undefined,
        'retryAfterMs' in exported ? exported.retryAfterMs : undefined,
      );
    }
    return {
      status: 200,
      type: 'application/json; charset=utf-8',
      pieces: exported.value,
      headers: { 'content-disposition': `attachment; filename="muster-${userId}.json"` },
    };
  };

  const erase = async (
    by: Principal,
    userId: string,
    shown: z.infer<typeof proof>,
    asked: Asked,
  ): Promise<Reply> => {
    const { password, code } = shown;
    const erased = await people.erase(by, userId, { password, code }, callerOf(asked));
    if (erased.ok) return noContent;
    return refusal(erased.code, erased.detail, 'retryAfterMs' in erased ? erased.retryAfterMs : undefined);
  };

  addRoute(
    app,
    parts,
    'get',
    '/v1/me/export',
    signedIn(parts, (by) => download(by, by.userId)),
  );

  addRoute(
    app,
    parts,
    'post',
    '/v1/users/:id/export',
    signedIn(parts, async (by, { body, places }) => {
      const input = parsed(because, body);
      if (!input.ok) return input.reply;
      return { ...(await download(by, personId(places))), reason: input.value.reason };
    }),
  );

  addRoute(
    app,
    parts,
    'post',
    '/v1/me/erasure',
    signedIn(parts, async (by, asked) => {
      const input = parsed(proof, asked.body);
      return input.ok ? erase(by, by.userId, input.value, asked) : input.reply;
    }),
  );

  addRoute(
    app,
    parts,
    'post',
    '/v1/users/:id/erasure',
    signedIn(parts, async (by, asked) => {
      const input = parsed(proofAndReason, asked.body);
      if (!input.ok) return input.reply;
      const erased = await erase(by, personId(asked.places), input.value, asked);
      return { ...erased, reason: input.value.reason };
    }),
  );
}
