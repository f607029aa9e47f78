import type { HttpResponse, TemplatedApp, us_socket_context_t, WebSocket } from 'uWebSockets.js';
import { networkOf } from '../lib/networks.ts';
import { type Encoding, SUBPROTOCOLS } from '../protocol/version.ts';
import { clientAddress } from './address.ts';
import { DoorLine, type Knock } from './door-line.ts';
import { failureCode } from './failures.ts';
import { type Handshake, handshakeOf } from './handshake.ts';
import { Ceiling } from './limits.ts';
import { originAllowed } from './origin.ts';
import type { GatewayParts } from './parts.ts';
import { Session } from './session.ts';

export const SOCKET_PATH = '/v1/socket';

interface SocketData {
  readonly encoding: Encoding;
  readonly address: string;
  readonly leaveStrangers: () => void;
  session: Session | null;
}

/** uWebSockets.js' `DISABLED`, which its types do not give as a value. */
const NO_COMPRESSION = 0;
/** Frames a bit above the limit still arrive, so that we can say why we close; uWebSockets.js itself would not. */
const PAYLOAD_MARGIN_BYTES = 16 * 1024;
/** Far above what the outbox ever hands over, because a close code is lost once the socket is over its limit. */
const MAX_BACKPRESSURE_BYTES = 16 * 1024 * 1024;

/** For programs that can read it; browsers can't, and come back after a wait of their own. */
const RETRY_AFTER_S = '2';

interface LetIn {
  readonly ok: true;
  readonly data: SocketData;
  readonly subprotocol: string;
}

interface Refused {
  readonly ok: false;
  readonly status: string;
  readonly text: string;
  readonly reason: string;
}

/** Hangs the WebSocket door into the application. Open sessions are in `sessions`. */
export function addSocketRoute(
  app: TemplatedApp,
  parts: GatewayParts,
  sessions: Set<Session>,
  draining: () => boolean,
): Pick<DoorLine, 'waiting'> {
  const { clock, config, log, metrics } = parts;
  const strangers = new Ceiling(config.strangersPerAddress);
  const line = new DoorLine({ step: 'handshake', metrics, clock });
  const whyFull = () => {
    if (draining()) return 'The node is stopping; try another.';
    return sessions.size < config.sockets ? null : 'The node has no room for more connections; try another.';
  };
  app.ws<SocketData>(SOCKET_PATH, {
    compression: NO_COMPRESSION,
    maxPayloadLength: config.limits.frameBytes + PAYLOAD_MARGIN_BYTES,
    maxBackpressure: MAX_BACKPRESSURE_BYTES,
    closeOnBackpressureLimit: false,
    idleTimeout: idleTimeoutS(config.limits.silenceMs),
    maxLifetime: 0,
    // Heartbeats are frames of ours, so that both sides and every proxy see them; pings are sent by sessions, for what they find out.
    sendPingsAutomatically: false,
    upgrade: (res, req, context) => {
      try {
        const asked = handshakeOf(res, req);
        const admitted = admit(asked, parts, strangers, whyFull());
        if (!admitted.ok) turnAway(res, admitted, parts);
        else if (!line.take(knockOf(res, asked, context, admitted, parts, whyFull)))
          giveUp(res, admitted, 'The node is busy; try another.', parts);
      } catch (error) {
        failureCode(error, log, 'a handshake failed');
        res.writeStatus('500 Internal Server Error').end('', true);
      }
    },
    open: (ws) => {
      const data = ws.getUserData();
      data.session = new Session(parts, ws, data, data.leaveStrangers);
      sessions.add(data.session);
      metrics.gauge('gateway_sockets', sessions.size);
    },
    message: (ws, message, isBinary) => {
      guarded(ws.getUserData().session, parts, (session) => session.onMessage(message, isBinary));
    },
    pong: (ws, payload) => guarded(ws.getUserData().session, parts, (session) => session.onPong(payload)),
    drain: (ws) => guarded(ws.getUserData().session, parts, (session) => session.onDrain()),
    close: (ws) => {
      const data: SocketData = dataOf(ws);
      data.leaveStrangers();
      if (!data.session) return;
      sessions.delete(data.session);
      guarded(data.session, parts, (session) => session.onClosed());
      data.session = null;
      metrics.gauge('gateway_sockets', sessions.size);
    },
  });
  return line;
}

/** Whatever fails in one session ends at most that session: an error that left a handler would end the process. */
export function guarded(session: Session | null, parts: GatewayParts, act: (session: Session) => void): void {
  if (!session) return;
  try {
    act(session);
  } catch (error) {
    session.refuse(failureCode(error, parts.log, 'a session failed'));
  }
}

function dataOf(ws: WebSocket<SocketData>): SocketData {
  return ws.getUserData();
}

// Anything but 0 and 8..960 makes uWebSockets.js abort the process.
function idleTimeoutS(silenceMs: number): number {
  return Math.min(960, Math.max(8, Math.ceil(silenceMs / 1000) + 8));
}

/** Whether a handshake may become a socket. Must be quick: thousands can come in one turn of the loop. */
function admit(
  asked: Handshake,
  { config }: GatewayParts,
  strangers: Ceiling,
  whyFull: string | null,
): LetIn | Refused {
  if (whyFull !== null) return refuse('503 Service Unavailable', whyFull, 'full');
  if (!originIsFine(asked, config.allowedOrigins)) {
    return refuse('403 Forbidden', 'This origin may not connect.', 'origin');
  }
  const chosen = chooseSubprotocol(asked.protocols);
  if (!chosen) {
    const known = Object.values(SUBPROTOCOLS).join(' or ');
    return refuse('400 Bad Request', `Ask for the subprotocol ${known}.`, 'subprotocol');
  }
  const address = clientAddress(asked.peer, asked.forwardedFor, config.trustedProxies);
  const leaveStrangers = strangers.enter(networkOf(address));
  if (!leaveStrangers) {
    return refuse('503 Service Unavailable', 'Too many connections are signing in; try again.', 'strangers');
  }
  const [encoding, subprotocol] = chosen;
  return { ok: true, subprotocol, data: { encoding, address, leaveStrangers, session: null } };
}

const refuse = (status: string, text: string, reason: string): Refused => ({
  ok: false,
  status,
  text,
  reason,
});

// A second Origin header would be seen by one reader and not by another, so it is refused.
function originIsFine({ origins, host }: Handshake, listed: readonly string[]): boolean {
  if (origins.length === 0) return true;
  const [origin] = origins;
  return origins.length === 1 && !!origin && originAllowed(origin, host, listed);
}

const ENCODINGS: ReadonlyMap<string, Encoding> = new Map(
  (Object.entries(SUBPROTOCOLS) as [Encoding, string][]).map(([encoding, subprotocol]) => [
    subprotocol,
    encoding,
  ]),
);

function chooseSubprotocol(asked: string): readonly [Encoding, string] | undefined {
  for (const name of asked.split(',')) {
    const subprotocol = name.trim();
    const encoding = ENCODINGS.get(subprotocol);
    if (encoding) return [encoding, subprotocol];
  }
  return undefined;
}

/** A handshake that was admitted, and waits for its turn. */
function knockOf(
  res: HttpResponse,
  asked: Handshake,
  context: us_socket_context_t,
  admitted: LetIn,
  parts: GatewayParts,
  whyFull: () => string | null,
): Knock {
  let isGone = false;
  res.onAborted(() => {
    isGone = true;
    admitted.data.leaveStrangers();
  });
  const open = () => {
    const why = whyFull();
    if (why === null) res.upgrade(admitted.data, asked.key, admitted.subprotocol, asked.extensions, context);
    else giveUp(res, admitted, why, parts);
  };
  const answer = () => {
    try {
      res.cork(open);
    } catch (error) {
      failureCode(error, parts.log, 'a handshake failed');
      res.close();
    }
  };
  return { isUrgent: asked.isUrgent, isGone: () => isGone, answer };
}

function giveUp(res: HttpResponse, admitted: LetIn, text: string, parts: GatewayParts): void {
  admitted.data.leaveStrangers();
  turnAway(res, refuse('503 Service Unavailable', text, 'full'), parts);
}

function turnAway(res: HttpResponse, refused: Refused, { metrics }: GatewayParts): void {
  metrics.count('gateway_handshakes_refused_total', { reason: refused.reason });
  res.writeStatus(refused.status).writeHeader('content-type', 'text/plain; charset=utf-8');
  if (refused.status.startsWith('503')) res.writeHeader('retry-after', RETRY_AFTER_S);
  res.writeHeader('x-content-type-options', 'nosniff').end(refused.text, true);
}
