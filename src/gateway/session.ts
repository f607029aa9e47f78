import { CLOSE_CODES, type CloseName } from '../protocol/close-codes.ts';
import type { DownBody, DownFrame } from '../protocol/down.ts';
import { type ErrorCode, errorBody } from '../protocol/errors.ts';
import { readUp } from '../protocol/read-frame.ts';
import type { UpBody, UpFrame } from '../protocol/up.ts';
import type { Encoding } from '../protocol/version.ts';
import { deviceMay, noteContact } from './device-session.ts';
import { failureCode } from './failures.ts';
import { Hearing } from './hearing.ts';
import { Identity } from './identity.ts';
import { classOf, type FrameClass, isLane, type LaneClass, SocketLimits } from './limits.ts';
import { SocketCommands } from './on-command.ts';
import { judged, type Verdict } from './on-hello.ts';
import { heardBy, SocketResume } from './on-resume.ts';
import {
  type AckedSeqs,
  laneAckedSeqs,
  NOT_LOOKED_UP,
  NOTHING_SENT,
  renewedFor,
  standingSaid,
  welcomeFor,
} from './on-session.ts';
import { SocketStreams } from './on-streams.ts';
import { SocketTails } from './on-tails.ts';
import { SocketTelemetry } from './on-telemetry.ts';
import { Outbox, type SocketPort } from './outbox.ts';
import type { GatewayParts } from './parts.ts';
import type { ErrorExtra, Peer } from './peer.ts';
import { Pulse } from './pulse.ts';
import { peekLane, readMessage } from './read-message.ts';
import { route, type SignedIn } from './route.ts';
import type { Resumed, StandingChange } from './services.ts';
import { noteUnknownCaller, SOCKET_DOOR } from './unknown-caller.ts';

/** A lane that is beyond its share is told so this often at most. */
const TOLD_AGAIN_AFTER_MS = 1_000;
/** How long samples are to be held when too many wait to be looked at. */
const FULL_MS = 2_000;

/** stranger: nobody is known. checking: a token is being looked at. closing: nothing is read or sent any more. */
type State = 'stranger' | 'checking' | 'open' | 'closing';

/**
 * One connection, from the handshake to its end. Every frame is decoded before anything waits, and every path ends
 * in an answer or a close code.
 */
export class Session {
  readonly outbox: Outbox;
  readonly #parts: GatewayParts;
  readonly #encoding: Encoding;
  readonly #address: string;
  readonly #limits: SocketLimits;
  readonly #pulse: Pulse;
  readonly #hearing: Hearing;
  readonly #identity: Identity;
  readonly #onSignedIn: () => void;
  /** Monotonic, by lane: until then it was told to wait. */
  readonly #heldUntilMs: { [L in LaneClass]?: number } = {};
  #state: State = 'stranger';
  #signedIn: SignedIn | null = null;

  constructor(
    parts: GatewayParts,
    socket: SocketPort,
    { encoding, address }: { readonly encoding: Encoding; readonly address: string },
    onSignedIn: () => void,
  ) {
    this.#parts = parts;
    this.#encoding = encoding;
    this.#address = address;
    this.#onSignedIn = onSignedIn;
    this.#limits = new SocketLimits(parts.config.rates, parts.clock);
    const early = parts.random();
    this.#pulse = new Pulse(parts.clock, parts.config, early);
    this.#hearing = new Hearing(parts.clock, parts.config.pingMs, early);
    this.#identity = new Identity(parts);
    this.outbox = new Outbox({
      socket,
      encoding,
      budgetBytes: parts.config.outboxBytes,
      onOverflow: () => this.close('slow'),
    });
  }

  onMessage(message: ArrayBuffer, isBinary: boolean): void {
    if (this.#state === 'closing') return;
    this.#pulse.heard();
    const receivedAtMs = this.#parts.clock.nowMs();
    const { frameBytes, firstFrameBytes } = this.#parts.config.limits;
    if (message.byteLength > (this.#state === 'open' ? frameBytes : firstFrameBytes)) {
      this.#refuseAndClose('too_large', 'too_large');
      return;
    }
    const lane = peekLane(message, this.#encoding);
    if (lane && !this.#mayPass(lane, {})) return;
    const work = (bytes: ArrayBuffer) => this.#read(bytes, isBinary, receivedAtMs, lane);
    if (!lane || lane === 'alarm' || this.#state !== 'open') work(message);
    else if (!this.#parts.laneQueue.take(message, work) && !this.#isHeld(lane)) this.#hold(lane, FULL_MS);
  }

  #read(message: ArrayBuffer, isBinary: boolean, receivedAtMs: number, lane: LaneClass | null): void {
    if (this.#state === 'closing') return;
    const decoded = readMessage(message, isBinary, this.#encoding);
    if (!decoded.ok) {
      this.#refuseAndClose('bad_frame', 'undecodable', { detail: `not ${this.#encoding}` });
      return;
    }
    const read = readUp(decoded.value);
    if (read.ok) {
      this.#onFrame(read.frame, receivedAtMs, lane);
      return;
    }
    const { code, id, detail } = read;
    if (this.#state === 'stranger') {
      this.#refuseAndClose(code, 'policy', { id, detail });
      return;
    }
    if (this.#mayPass('other', { id })) this.refuse(code, { id, detail });
  }

  /** It reads; that it lives is said by frames alone. */
  onPong(payload: ArrayBuffer): void {
    this.#hearing.answered(Buffer.from(payload).toString('latin1'));
  }

  /** The socket has room again. */
  onDrain(): void {
    this.outbox.flush();
  }

  /** The socket is gone, whoever ended it. */
  onClosed(): void {
    this.#state = 'closing';
    this.outbox.stop();
    const signedIn = this.#signedIn;
    this.#signedIn = null;
    if (!signedIn) return;
    signedIn.streams.closeAll();
    signedIn.tails.closeAll();
    this.#parts.services.presence.disconnected(signedIn.peer.principal.userId);
  }

  /** Looks at the deadlines: first frame, token, silence, pings, our own heartbeat. */
  sweep(): void {
    const { clock, config, graceMs } = this.#parts;
    const { silentMs } = this.#pulse;
    if (this.#state === 'stranger' && silentMs > config.limits.firstFrameMs) {
      this.#noteUnknown('not_authenticated');
      this.refuse('not_authenticated');
      // It can have been a slow phone, or this node that was slow: later it may go better.
      this.close('silent', Math.round(this.#parts.random() * config.returnWithinMs));
      return;
    }
    if (silentMs > config.limits.silenceMs) {
      this.close('silent');
      return;
    }
    if (this.#hearing.deafMs > config.deafAfterMs) {
      this.close('slow', undefined, 'deaf');
      return;
    }
    if (!this.#signedIn) return;
    const ping = this.#hearing.due();
    if (ping !== null) this.outbox.ping(ping);
    this.#hearing.see(this.outbox.wayOut());
    this.#signedIn.resume.sweep();
    if (clock.nowMs() >= this.#signedIn.peer.principal.expiresAtMs + (graceMs?.() ?? 0)) {
      this.#refuseAndClose('token_expired', 'token_expired');
      return;
    }
    const question = this.#signedIn.telemetry.clockQuestion();
    if (question) {
      this.#beat(question);
      return;
    }
    if (this.#pulse.mustBeat(this.outbox.sent)) this.#beat({ sentAtMs: clock.nowMs() });
  }

  #beat(body: DownBody<'hb'>): void {
    this.outbox.say(['hb', { ...body, ...standingSaid(this.#parts) }]);
  }

  /** Somebody was suspended, signed out, or may do something else now: takes effect here before this returns. */
  obey(change: StandingChange): void {
    const heeded = this.#identity.heed(change);
    if (heeded === 'suspended') this.#refuseAndClose('account_suspended', 'token_invalid');
    else if (heeded === 'revoked') this.#refuseAndClose('token_invalid', 'token_invalid');
    else if (heeded === 'changed') this.#onIdentity();
  }

  /** Asks for a fresh fix, when this is a device of one of these people that sends any. */
  locate(userIds: ReadonlySet<string>): void {
    const peer = this.#signedIn?.peer;
    if (peer?.device && peer.isOpen() && userIds.has(peer.principal.userId))
      this.outbox.say(['locate', { reason: 'dispatch' }]);
  }

  /** Tells the client why and when to come back, then ends the socket. `reason`: what of the kind that `name` is. */
  close(
    name: CloseName,
    retryAfterMs: number | null = this.#retryAfterMs(name),
    reason: string = name,
  ): void {
    if (this.#state === 'closing') return;
    this.#state = 'closing';
    this.#parts.metrics.count('gateway_closed_total', { reason });
    this.outbox.finish([this.#bye(name, retryAfterMs)], CLOSE_CODES[name].code, reason);
  }

  /** Announces a close that comes later, so that answers still under way can arrive. */
  announceClose(name: CloseName, retryAfterMs: number): void {
    if (this.#state === 'closing') return;
    // Of this moment: a node that has just started knows nothing from before.
    this.#signedIn?.resume.give();
    this.outbox.say(this.#bye(name, retryAfterMs));
  }

  /** Whether whoever is here asked for help that is still open, or goes there. */
  get isInSos(): boolean {
    return this.#signedIn?.resume.isInSos ?? false;
  }

  refuse(code: ErrorCode, extra: ErrorExtra = {}): void {
    this.#parts.metrics.count('gateway_refused_total', { code });
    if (this.#state !== 'closing') this.outbox.say(['error', errorBody(code, extra)]);
  }

  #refuseAndClose(code: ErrorCode, name: CloseName, extra: ErrorExtra = {}): void {
    if (!this.#signedIn) this.#noteUnknown(code);
    this.refuse(code, extra);
    this.close(name, undefined, name === 'token_invalid' ? code : name);
  }

  #noteUnknown(code: ErrorCode): void {
    noteUnknownCaller(this.#parts, { route: SOCKET_DOOR, address: this.#address }, code);
  }

  /** `passed`: the class that it was counted in already. */
  #onFrame(frame: UpFrame, receivedAtMs: number, passed: FrameClass | null): void {
    const id = idOf(frame);
    const frameClass = classOf(frame[0]);
    if (frameClass && frameClass !== passed && !this.#mayPass(frameClass, { id })) return;
    if (this.#signedIn) {
      if (!deviceMay(this.#signedIn.peer, frame, id)) return;
      noteContact(this.#signedIn.peer, frame);
      route(this.#signedIn, frame, receivedAtMs);
      return;
    }
    if (this.#state === 'stranger') {
      if (frame[0] === 'hello') {
        this.#onHello(frame[1]);
        return;
      }
      this.#refuseAndClose('not_authenticated', 'policy', { id });
      return;
    }
    this.refuse('not_authenticated', { id, detail: 'wait for welcome' });
  }

  #onHello(hello: UpBody<'hello'>): void {
    this.#state = 'checking';
    judged(this.#parts, hello, {
      isGone: () => this.#state !== 'checking',
      answer: (decide) => {
        this.#answerHello(hello, decide).catch((error: unknown) => {
          this.#refuseAndClose(failureCode(error, this.#parts.log, 'signing in failed'), 'overload');
        });
      },
    });
  }

  async #answerHello(hello: UpBody<'hello'>, decide: () => Verdict): Promise<void> {
    const verdict = decide();
    if (verdict.step === 'resume') {
      this.#identity.resume(verdict.resumed.principal);
      this.#welcome(hello, NOT_LOOKED_UP, verdict.resumed);
    } else if (verdict.step === 'look') await this.#greet(hello, verdict.token);
    else if (verdict.step === 'refuse') this.#refuseAndClose(verdict.code, verdict.close);
    else {
      this.refuse('busy', { retryAfterMs: verdict.waitMs });
      this.close('overload', verdict.waitMs);
    }
  }

  async #greet(hello: UpBody<'hello'>, token: string): Promise<void> {
    const recognised = await this.#identity.recognise(token);
    if (!recognised.ok) {
      if (this.#state === 'checking') this.#refuseAndClose(recognised.code, recognised.close);
      return;
    }
    const ackedSeqs = await laneAckedSeqs(this.#parts, recognised.principal.userId, hello);
    if (this.#state === 'checking') this.#welcome(hello, ackedSeqs, null);
  }

  #welcome({ device }: UpBody<'hello'>, ackedSeqs: AckedSeqs, resumed: Resumed | null): void {
    // Of this moment: it may have changed while something was read.
    const { known } = this.#identity;
    const { resume } = this.#signIn(known.userId, device ?? null, resumed);
    this.outbox.say(welcomeFor(this.#parts, known, device ? ackedSeqs : NOTHING_SENT));
    resume.give();
  }

  #renew({ token }: UpBody<'renew'>): void {
    this.#identity
      .recognise(token)
      .then((recognised) => {
        if (recognised.ok) this.#onIdentity();
        else {
          this.#noteUnknown(recognised.code);
          this.refuse(recognised.code, { detail: `renew: ${recognised.detail ?? 'the token'}` });
        }
      })
      .catch((error: unknown) => this.refuse(failureCode(error, this.#parts.log, 'renewing failed')));
  }

  /** Another token, or other grants: the client is told, and what it may not hear any more ends. */
  #onIdentity(): void {
    if (this.#state !== 'open') return;
    this.outbox.say(renewedFor(this.#identity.known));
    this.#signedIn?.resume.give();
    this.#signedIn?.streams.recheck();
    this.#signedIn?.tails.recheck();
  }

  #signIn(userId: string, device: Peer['device'], resumed: Resumed | null): SignedIn {
    const identity = this.#identity;
    const peer: Peer = {
      parts: this.#parts,
      get principal() {
        return identity.known;
      },
      device,
      address: this.#address,
      outbox: this.outbox,
      isOpen: () => this.#state === 'open',
      say: (frame) => this.outbox.say(frame),
      refuse: (code, extra) => this.refuse(code, extra),
    };
    this.#state = 'open';
    const streams = new SocketStreams(peer, heardBy(resumed));
    const signedIn = {
      peer,
      commands: new SocketCommands(peer),
      telemetry: new SocketTelemetry(peer),
      streams,
      tails: new SocketTails(peer),
      resume: new SocketResume(peer, streams),
      renew: (body: UpBody<'renew'>) => this.#renew(body),
    };
    this.#signedIn = signedIn;
    this.#onSignedIn();
    this.#parts.services.presence.connected(userId);
    return signedIn;
  }

  /** False, and answered, when the socket has used up its share of this class. */
  #mayPass(frameClass: FrameClass, extra: ErrorExtra): boolean {
    const retryAfterMs = this.#limits.waitMs(frameClass) || this.#personWaitMs(frameClass);
    if (retryAfterMs === 0) return true;
    if (isLane(frameClass) && this.#isHeld(frameClass)) {
      this.#parts.metrics.count('gateway_unheeded', { lane: frameClass });
      return false;
    }
    this.refuse('rate_limited', { ...extra, retryAfterMs, detail: frameClass });
    if (isLane(frameClass)) this.#hold(frameClass, retryAfterMs);
    return false;
  }

  /** Whoever goes on sending is not told with every frame: that would cost more than the frame. */
  #isHeld(lane: LaneClass): boolean {
    return this.#parts.clock.monotonicMs() < (this.#heldUntilMs[lane] ?? 0);
  }

  #hold(lane: LaneClass, retryAfterMs: number): void {
    this.#heldUntilMs[lane] = this.#parts.clock.monotonicMs() + Math.max(retryAfterMs, TOLD_AGAIN_AFTER_MS);
    this.outbox.say(['hold', { lane, retryAfterMs }]);
  }

  #personWaitMs(frameClass: FrameClass): number {
    const userId = this.#signedIn?.peer.principal.userId;
    return userId === undefined ? 0 : this.#parts.doorLimits.personWaitMs(userId, frameClass);
  }

  #bye(name: CloseName, retryAfterMs: number | null): DownFrame {
    return ['bye', { closeCode: CLOSE_CODES[name].code, retryAfterMs }];
  }

  #retryAfterMs(name: CloseName): number | null {
    const { comeBack } = CLOSE_CODES[name];
    if (comeBack === 'never') return null;
    return comeBack === 'after_backoff'
      ? Math.round(this.#parts.random() * this.#parts.config.returnWithinMs)
      : 0;
  }
}

function idOf(frame: UpFrame): string | null {
  return 'id' in frame[1] ? frame[1].id : null;
}
