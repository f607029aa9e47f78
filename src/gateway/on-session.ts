import type { DownFrame } from '../protocol/down.ts';
import type { UpBody } from '../protocol/up.ts';
import { WIRE_VERSION } from '../protocol/version.ts';
import { failureCode } from './failures.ts';
import type { GatewayParts } from './parts.ts';
import type { Principal } from './services.ts';

/** What is committed of the telemetry of the device named in a hello; null: it can't be told now. */
export async function telemetryAckedSeq(
  parts: GatewayParts,
  userId: string,
  { device }: UpBody<'hello'>,
): Promise<number | null> {
  if (!device) return 0;
  try {
    return await parts.services.telemetry.ackedSeq(userId, device);
  } catch (error) {
    // Not knowing it keeps nobody from an SOS: what is sent twice is recognised by its number.
    failureCode(error, parts.log, 'what telemetry is committed could not be read');
    parts.metrics.count('gateway_welcome_without_cursor_total');
    return null;
  }
}

export function welcomeFor(parts: GatewayParts, principal: Principal, ackedSeq: number | null): DownFrame {
  return [
    'welcome',
    {
      userId: principal.userId,
      grants: [...principal.grants],
      nodeId: parts.services.health.nodeId,
      wireVersion: WIRE_VERSION,
      nowMs: parts.clock.nowMs(),
      tokenExpiresAtMs: principal.expiresAtMs,
      limits: { ...parts.config.limits },
      telemetryAckedSeq: ackedSeq,
    },
  ];
}

export function renewedFor({ expiresAtMs, grants }: Principal): DownFrame {
  return ['renewed', { tokenExpiresAtMs: expiresAtMs, grants: [...grants] }];
}

/** The answer to a heartbeat of the client; null when it is itself an answer to ours. */
export function heartbeatAnswer(parts: GatewayParts, heartbeat: UpBody<'hb'>): DownFrame | null {
  if (heartbeat.echoMs !== undefined) return null;
  return ['hb', { sentAtMs: parts.clock.nowMs(), echoMs: heartbeat.sentAtMs }];
}
