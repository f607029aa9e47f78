import { DEVICE_MAY } from '../protocol/device-may.ts';
import type { UpFrame } from '../protocol/up.ts';
import { batteryIn } from './on-telemetry.ts';
import type { Peer } from './peer.ts';

/** False, and answered, when the socket came by the credential of a device that may not send this. */
export function deviceMay(peer: Peer, frame: UpFrame, id: string | null): boolean {
  if (peer.principal.deviceId === undefined || DEVICE_MAY[frame[0]]) return true;
  peer.refuse('forbidden', { id, detail: `${frame[0]}: not by the credential of a device` });
  return false;
}

const SIGNS_OF_LIFE: ReadonlySet<string> = new Set(['hb', 'pos', 'vit', 'alarm', 'now']);

/** Notes when the device behind this socket was last heard, and its battery. */
export function noteContact({ principal, device, parts }: Peer, frame: UpFrame): void {
  if (!SIGNS_OF_LIFE.has(frame[0])) return;
  const deviceId = principal.deviceId ?? device?.id;
  if (deviceId === undefined) return;
  parts.services.devices.heard(principal.userId, deviceId, batteryIn(frame));
}
