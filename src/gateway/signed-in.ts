import { atTheDoor } from './at-the-door.ts';
import { type Asked, type Handler, type Reply, refusal, tooMany } from './http.ts';
import type { GatewayParts } from './parts.ts';
import type { Principal } from './services.ts';

/** A handler for people who are signed in and may use this route; everybody else is refused before it runs. */
export function signedIn(
  parts: GatewayParts,
  handler: (by: Principal, asked: Asked) => Promise<Reply> | Reply,
): Handler {
  const { services, clock } = parts;
  return async (asked) => {
    if (asked.bearer === null) return refusal('not_authenticated');
    const verified = await services.accounts.verifyToken(asked.bearer);
    if (!verified.ok) return refusal(verified.code, verified.detail);
    if (verified.value.expiresAtMs <= clock.nowMs()) return refusal('token_expired');
    const waitMs = parts.doorLimits.requestWaitMs(verified.value.userId, asked.address);
    if (waitMs > 0) return tooMany(waitMs);
    return atTheDoor(parts, verified.value, asked, () => handler(verified.value, asked));
  };
}
