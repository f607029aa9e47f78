import { type Asked, type Handler, type Reply, refusal } from './http.ts';
import type { GatewayParts } from './parts.ts';
import type { Principal } from './services.ts';

/**
 * A handler for paired devices: stock apps send the device's id and secret as user and password (RFC 7617). Everybody
 * else is refused before it runs, also people with an access token.
 */
export function withDevice(
  { services }: GatewayParts,
  handler: (by: Principal, deviceId: string, asked: Asked) => Promise<Reply> | Reply,
): Handler {
  return async (asked) => {
    if (asked.basic === null) return unknownDevice();
    const { user, password } = asked.basic;
    const verified = await services.devices.verifyPair(user.toLowerCase(), password);
    const deviceId = verified.ok ? verified.value.deviceId : undefined;
    if (!verified.ok || deviceId === undefined) return unknownDevice();
    services.devices.heard(verified.value.userId, deviceId);
    return handler(verified.value, deviceId, asked);
  };
}

/** What a device is told that shows no good credentials: how to show some. */
export const unknownDevice = (): Reply => ({
  ...refusal('not_authenticated'),
  headers: { 'www-authenticate': 'Basic realm="muster device", charset="UTF-8"' },
});
