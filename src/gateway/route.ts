import { unreachable } from '../lib/assert.ts';
import type { UpBody, UpFrame } from '../protocol/up.ts';
import type { SocketCommands } from './on-command.ts';
import type { SocketResume } from './on-resume.ts';
import { heartbeatAnswer } from './on-session.ts';
import type { SocketStreams } from './on-streams.ts';
import type { SocketTails } from './on-tails.ts';
import type { SocketTelemetry } from './on-telemetry.ts';
import type { Peer } from './peer.ts';

/** A signed-in connection and who handles which family of its messages. */
export interface SignedIn {
  readonly peer: Peer;
  readonly commands: SocketCommands;
  readonly telemetry: SocketTelemetry;
  readonly streams: SocketStreams;
  readonly tails: SocketTails;
  readonly resume: SocketResume;
  readonly renew: (body: UpBody<'renew'>) => void;
}

/** Hands a checked frame to the handler of its family. */
export function route(
  { peer, commands, telemetry, streams, tails, renew }: SignedIn,
  frame: UpFrame,
  receivedAtMs: number,
): void {
  switch (frame[0]) {
    case 'hello':
      peer.refuse('already_authenticated');
      break;
    case 'hb': {
      telemetry.heartbeat(frame[1]);
      const answer = heartbeatAnswer(peer.parts, frame[1]);
      if (answer) peer.say(answer);
      break;
    }
    case 'renew':
      renew(frame[1]);
      break;
    case 'pos':
    case 'vit':
    case 'alarm':
      telemetry.take(frame, receivedAtMs);
      break;
    case 'now':
      telemetry.hint(frame[1], receivedAtMs);
      break;
    case 'sub':
    case 'unsub':
    case 'watch':
      streams.take(frame);
      break;
    case 'tail':
    case 'untail':
      tails.take(frame);
      break;
    case 'offer.receipt':
      peer.parts.services.dispatch.received(peer.principal, frame[1]);
      break;
    case 'broadcast.receipt':
      peer.parts.services.broadcasts.received(peer.principal.userId, frame[1].broadcastId, frame[1].isSeen);
      break;
    case 'sos.create':
    case 'sos.raise':
    case 'sos.cancel':
    case 'sos.depart':
    case 'sos.arrive':
    case 'sos.start':
    case 'sos.resolve':
    case 'sos.withdraw':
    case 'sos.escalate':
    case 'sos.take_over':
    case 'sos.assign':
    case 'sos.release':
    case 'sos.hold':
    case 'sos.unhold':
    case 'sos.reopen':
    case 'sos.merge':
    case 'sos.hand_off':
    case 'offer.accept':
    case 'offer.decline':
    case 'chat.send':
    case 'chat.read':
    case 'duty.set':
    case 'record.create':
    case 'record.change':
    case 'record.remove':
    case 'alert.acknowledge':
    case 'alert.assign':
    case 'alert.resolve':
    case 'alert.cancel_sos':
      commands.take(frame, receivedAtMs);
      break;
    default:
      unreachable(frame);
  }
}
