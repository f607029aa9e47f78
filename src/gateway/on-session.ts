import type { DownBody, DownFrame } from '../protocol/down.ts';
import type { UpBody } from '../protocol/up.ts';
import { WIRE_VERSION } from '../protocol/version.ts';
import { failureCode } from './failures.ts';
import type { GatewayParts } from './parts.ts';
import type { Principal } from './services.ts';

export type AckedSeqs = Awaited<ReturnType<GatewayParts['services']['telemetry']['ackedSeqs']>>;

export const NOTHING_SENT: AckedSeqs = { telemetry: 0, vitals: 0, alarm: 0 };
/** The device goes on where it was, and its first samples ask the store. */
export const NOT_LOOKED_UP: AckedSeqs = { telemetry: null, vitals: null, alarm: null };

/** What is committed of the lanes of the device named in a hello; null: it can't be told now. */
export async function laneAckedSeqs(
  parts: GatewayParts,
  userId: string,
  { device }: UpBody<'hello'>,
): Promise<AckedSeqs> {
  if (!device) return NOTHING_SENT;
  let seqs = NOT_LOOKED_UP;
  try {
    seqs = await parts.services.telemetry.ackedSeqs(userId, device);
  } catch (error) {
    failureCode(error, parts.log, 'what telemetry is committed could not be read');
  }
  // Not knowing it keeps nobody from an SOS: what is sent twice is recognised by its number.
  if (Object.values(seqs).includes(null)) parts.metrics.count('gateway_welcome_without_cursor_total');
  return seqs;
}

export function welcomeFor(parts: GatewayParts, principal: Principal, acked: AckedSeqs): DownFrame {
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
      telemetryAckedSeq: acked.telemetry,
      ackedSeqs: { vitals: acked.vitals, alarm: acked.alarm },
      ...standingSaid(parts),
    },
  ];
}

/** What is given up, and what has to be done without; nothing while all is well. */
export function standingSaid({
  overload,
  services,
}: GatewayParts): Pick<DownBody<'hb'>, 'overload' | 'degraded'> {
  const now = overload();
  const degraded = services.health.away().map(({ engine }) => engine);
  return {
    ...(now.level === 0 ? {} : { overload: now }),
    ...(degraded.length === 0 ? {} : { degraded }),
  };
}

export function renewedFor({ expiresAtMs, grants }: Principal): DownFrame {
  return ['renewed', { tokenExpiresAtMs: expiresAtMs, grants: [...grants] }];
}

/** The answer to a heartbeat of the client; null when it is itself an answer to ours. */
export function heartbeatAnswer(parts: GatewayParts, heartbeat: UpBody<'hb'>): DownFrame | null {
  if (heartbeat.echoMs !== undefined) return null;
  return ['hb', { sentAtMs: parts.clock.nowMs(), echoMs: heartbeat.sentAtMs, ...standingSaid(parts) }];
}
