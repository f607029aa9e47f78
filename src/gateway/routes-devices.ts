import type { TemplatedApp } from 'uWebSockets.js';
import { z } from 'zod';
import { text } from '../protocol/fields.ts';
import { withDevice } from './device-signed-in.ts';
import { addRoute, json, noContent, parsed, refusal } from './http.ts';
import type { GatewayParts } from './parts.ts';
import { signedIn } from './signed-in.ts';

const capabilities = {
  canPush: z.boolean().nullable().default(null),
  canSound: z.boolean().nullable().default(null),
  wouldNotRing: text(200).nullable().default(null),
};
const KINDS = ['phone', 'tablet', 'watch', 'tracker', 'computer', 'other'] as const;
const pairing = z.strictObject({
  code: z.string().min(1).max(32),
  name: text(120),
  kind: z.enum(KINDS),
  ...capabilities,
});
const appPairing = z.strictObject({
  app: z.enum(['owntracks', 'osmand']),
  name: text(120),
  kind: z.enum(KINDS).default('phone'),
});
const told = z.strictObject(capabilities);

/** Pairing devices, seeing and revoking them. The code stands in bodies only, never in an address. */
export function addDeviceRoutes(app: TemplatedApp, parts: GatewayParts): void {
  const { apps, devices } = parts.services;

  addRoute(
    app,
    parts,
    'post',
    '/v1/devices/codes',
    signedIn(parts, async (by) => json(201, await devices.newCode(by))),
  );

  addRoute(app, parts, 'post', '/v1/devices', async ({ body, address }) => {
    const input = parsed(pairing, body);
    if (!input.ok) return input.reply;
    const paired = await devices.pair(input.value, address);
    return paired.ok ? json(201, paired.value) : refusal(paired.code, paired.detail);
  });

  addRoute(
    app,
    parts,
    'post',
    '/v1/devices/apps',
    signedIn(parts, async (by, { body }) => {
      const input = parsed(appPairing, body);
      if (!input.ok) return input.reply;
      const paired = await devices.pairApp(by, input.value);
      return paired.ok ? json(201, paired.value) : refusal(paired.code, paired.detail);
    }),
  );

  addRoute(
    app,
    parts,
    'get',
    '/v1/devices/:id/health',
    signedIn(parts, async (by, { places }) => {
      const found = await devices.find(by, (places[0] ?? '').toLowerCase());
      if (!found.ok) return refusal(found.code);
      const { ownerId: userId, device } = found.value;
      const health = await apps.health({ userId, deviceId: device.id }, parts.clock.nowMs());
      const { batteryPct, lastContactAtMs } = device;
      return { ...json(200, { batteryPct, lastContactAtMs, ...health }), subjectUserId: userId };
    }),
  );

  addRoute(
    app,
    parts,
    'get',
    '/v1/devices',
    signedIn(parts, async (by) => json(200, { devices: await devices.list(by) })),
  );

  addRoute(
    app,
    parts,
    'del',
    '/v1/devices/:id',
    signedIn(parts, async (by, { places }) => {
      const revoked = await devices.revoke(by, (places[0] ?? '').toLowerCase());
      if (!revoked.ok) return refusal(revoked.code, revoked.detail);
      return { ...noContent, subjectUserId: revoked.value.ownerId };
    }),
  );

  addRoute(
    app,
    parts,
    'put',
    '/v1/devices/self/capabilities',
    withDevice(parts, async (by, deviceId, { body }) => {
      const input = parsed(told, body);
      if (!input.ok) return input.reply;
      const set = await devices.setCapabilities(by, deviceId, input.value);
      return set.ok ? noContent : refusal(set.code, set.detail);
    }),
  );
}
