import type { TemplatedApp } from 'uWebSockets.js';
import { unknownDevice } from './device-signed-in.ts';
import { json, type Reply, refusal } from './http.ts';
import type { GatewayParts } from './parts.ts';
import { APP_BODIES, addRawRoute, type RawAsked } from './raw-route.ts';
import type { AppMessages, Principal } from './services.ts';

/** A location is a few hundred bytes; one with a picture in it can be much. */
const OWNTRACKS_BYTES_MAX = 1024 * 1024;
/** A batch of about two thousand fixes. */
const OSMAND_BYTES_MAX = 512 * 1024;
const RETRY_AFTER_MS = 5_000;
/** How a device that can be told apart from others is told that something went wrong here: it comes again with all it has. */
const busy = refusal('busy', undefined, RETRY_AFTER_MS);

/**
 * Doors for apps that we did not write and that read no error: OwnTracks over HTTP, and whatever speaks as OsmAnd does. What a
 * known device sends is answered with 2xx whatever it holds, because these apps send what was refused again for ever, or
 * throw it away; what became of it stands in `x-ingest-result`. Only what can be sent again with profit is not.
 */
export function addAppRoutes(app: TemplatedApp, parts: GatewayParts): void {
  const ownTracks = { maxBytes: OWNTRACKS_BYTES_MAX, room: APP_BODIES };
  const osmAnd = { maxBytes: OSMAND_BYTES_MAX, room: APP_BODIES };
  addRawRoute(app, parts, 'post', '/v1/apps/owntracks', ownTracks, (asked) => onOwnTracks(parts, asked));
  addRawRoute(app, parts, 'get', '/v1/apps/osmand', osmAnd, (asked) => onOsmAnd(parts, asked));
  addRawRoute(app, parts, 'post', '/v1/apps/osmand', osmAnd, (asked) => onOsmAnd(parts, asked));
}

/** Basic credentials are the id of the device and its secret. The answer is a list of OwnTracks objects. */
async function onOwnTracks(parts: GatewayParts, asked: RawAsked): Promise<Reply> {
  const { apps } = parts.services;
  const receivedAtMs = parts.clock.nowMs();
  const read = () => apps.readOwnTracks(asked.content, receivedAtMs);
  if (isTooMuch(parts, asked, read)) return busy;
  const by = await basicDevice(parts, asked);
  if (!by) return strange(asked, unknownDevice());
  const headers = await take(parts, asked, by, read(), receivedAtMs);
  return headers ? { ...json(200, await apps.friends(by.userId)), headers } : busy;
}

/**
 * Basic credentials, where the app sends any; else the id that it was given when it was paired is the credential, which can
 * send positions and call for help and nothing else. The answer is empty.
 */
async function onOsmAnd(parts: GatewayParts, asked: RawAsked): Promise<Reply> {
  const { apps, devices } = parts.services;
  const receivedAtMs = parts.clock.nowMs();
  const reading = () => apps.readOsmAnd({ query: asked.query, body: asked.content }, receivedAtMs);
  if (isTooMuch(parts, asked, reading)) return busy;
  const read = reading();
  let by: Principal | null;
  if (asked.basic) {
    by = await basicDevice(parts, asked);
    if (!by) return strange(asked, unknownDevice());
  } else {
    if (asked.content === null && read.deviceId === null) return refusal('too_large');
    const verified = read.deviceId === null ? null : await devices.verifyTracker(read.deviceId);
    by = verified?.ok ? verified.value : null;
    // As Traccar answers them.
    if (!by)
      return strange(asked, read.isJson ? refusal('not_found') : refusal('bad_request', 'id: unknown'));
  }
  const headers = await take(parts, asked, by, read, receivedAtMs);
  // An empty body, not none: without its length the app would wait for the end of the connection.
  return headers ? { status: 200, body: '', headers } : busy;
}

/** A call for help is no larger than this, and only what may be one is looked at when the address has no share left. */
const CALL_BYTES_MAX = 4_096;

/** A call for help is never too much, as long as they do not come by the hundreds. */
function isTooMuch(
  { services, doorLimits }: GatewayParts,
  { addressWaitMs, address, content }: RawAsked,
  read: () => AppMessages,
): boolean {
  if (addressWaitMs === 0) return false;
  if (content === null || content.byteLength > CALL_BYTES_MAX) return true;
  return !services.apps.calls(read()) || !doorLimits.mayCall(address);
}

async function basicDevice({ services }: GatewayParts, { basic }: RawAsked): Promise<Principal | null> {
  if (!basic) return null;
  const verified = await services.devices.verifyPair(basic.user.toLowerCase(), basic.password);
  return verified.ok ? verified.value : null;
}

const strange = ({ noteStranger }: RawAsked, reply: Reply): Reply => {
  noteStranger();
  return reply;
};

/** The headers of the answer; null when there is no room now. */
async function take(
  { services, doorLimits }: GatewayParts,
  { address }: RawAsked,
  { userId, deviceId = '' }: Principal,
  read: AppMessages,
  receivedAtMs: number,
): Promise<Record<string, string> | null> {
  const { apps, devices, accounts } = services;
  const isCall = apps.calls(read);
  if (!isCall && doorLimits.personWaitMs(userId, 'telemetry') > 0) return null;
  devices.heard(userId, deviceId, batteryIn(read));
  const taken = await apps.take({ userId, deviceId }, read, receivedAtMs);
  if (taken?.sos) accounts.noteSos({ userId, address, ...taken.sos });
  return taken && resultHeaders(taken.results);
}

/** What the newest message says of the battery, in percent. */
const batteryIn = ({ messages }: AppMessages): number | undefined =>
  messages?.findLast(({ batteryPct }) => batteryPct !== null)?.batteryPct ?? undefined;

/** Of several messages the last one's; how many of each there were stands beside it. */
function resultHeaders(results: readonly string[]): Record<string, string> {
  const counts = new Map<string, number>();
  for (const result of results) counts.set(result, (counts.get(result) ?? 0) + 1);
  const last = { 'x-ingest-result': results.at(-1) ?? 'ignored-type' };
  if (results.length < 2) return last;
  return { ...last, 'x-ingest-counts': [...counts].map(([result, n]) => `${result}=${n}`).join(', ') };
}
