import type { CloseName } from '../protocol/close-codes.ts';
import type { DownFrame } from '../protocol/down.ts';
import type { ErrorCode } from '../protocol/errors.ts';
import type { UpBody } from '../protocol/up.ts';
import { WIRE_VERSION } from '../protocol/version.ts';
import { failureCode } from './failures.ts';
import type { GatewayParts } from './parts.ts';
import type { Principal } from './services.ts';

export type Recognised =
  | { readonly ok: true; readonly principal: Principal; readonly welcome: DownFrame }
  | { readonly ok: false; readonly code: ErrorCode; readonly close: CloseName };

/** Looks at the token of a hello, once. Never throws. */
export async function recognise(parts: GatewayParts, hello: UpBody<'hello'>): Promise<Recognised> {
  try {
    const verified = await parts.services.accounts.verifyToken(hello.token);
    if (!verified.ok) return { ok: false, code: verified.code, close: verified.code };
    const principal = verified.value;
    if (principal.expiresAtMs <= parts.clock.nowMs()) {
      return { ok: false, code: 'token_expired', close: 'token_expired' };
    }
    return { ok: true, principal, welcome: await welcomeFor(parts, principal, hello.device) };
  } catch (error) {
    return { ok: false, code: failureCode(error, parts.log, 'hello failed'), close: 'overload' };
  }
}

async function welcomeFor(
  parts: GatewayParts,
  principal: Principal,
  device: UpBody<'hello'>['device'],
): Promise<DownFrame> {
  const telemetryAckedSeq = device ? await ackedSeq(parts, principal.userId, device) : 0;
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
      telemetryAckedSeq,
    },
  ];
}

// Not knowing what is committed keeps nobody from an SOS: what is sent twice is recognised by its number.
async function ackedSeq(
  parts: GatewayParts,
  userId: string,
  device: NonNullable<UpBody<'hello'>['device']>,
): Promise<number | null> {
  try {
    return await parts.services.telemetry.ackedSeq(userId, device);
  } catch (error) {
    failureCode(error, parts.log, 'what telemetry is committed could not be read');
    parts.metrics.count('gateway_welcome_without_cursor_total');
    return null;
  }
}

/** The answer to a heartbeat of the client; null when it is itself an answer to ours. */
export function heartbeatAnswer(parts: GatewayParts, heartbeat: UpBody<'hb'>): DownFrame | null {
  if (heartbeat.echoMs !== undefined) return null;
  return ['hb', { sentAtMs: parts.clock.nowMs(), echoMs: heartbeat.sentAtMs }];
}
