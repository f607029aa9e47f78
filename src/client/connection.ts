import type { Clock } from '../lib/clock.ts';
import type { Random } from '../lib/random.ts';
import { decode, encode } from '../protocol/codec.ts';
import type { DownBody, DownFrame } from '../protocol/down.ts';
import { LIMITS } from '../protocol/limits.ts';
import { readDown } from '../protocol/read-frame.ts';
import type { UpBody, UpFrame } from '../protocol/up.ts';
import { type Encoding, SUBPROTOCOLS } from '../protocol/version.ts';
import { type KnownLimits, limitsOf } from './limits.ts';
import type { Ending } from './reconnect-policy.ts';
import type { Report, WebSocketConstructor, WebSocketLike, Welcome } from './types.ts';

export interface ConnectionDeps {
  readonly url: string;
  readonly encoding: Encoding;
  readonly hello: UpBody<'hello'>;
  readonly WebSocket: WebSocketConstructor;
  readonly clock: Clock;
  readonly random: Random;
  readonly report: Report;
  /** The clock of the device, for a server that asks how far it is off; absent: nothing is answered. */
  readonly deviceNowMs?: (() => number) | undefined;
  readonly onWelcome: (welcome: Welcome, limits: KnownLimits) => void;
  /** Whether somebody's SOS hangs on this connection. */
  readonly isUrgent: () => boolean;
  /** Every checked frame after the welcome, but `bye`. */
  readonly onFrame: (frame: DownFrame) => void;
  /** Once, whoever ended it. Nothing is called afterwards. */
  readonly onEnded: (ending: Ending & { readonly wasOpenForMs: number }) => void;
}

/** Codes of our own for endings that no server announced. Browsers allow a page only 1000 and 3000 to 4999. */
const GONE_SILENT = 4000;
export const BROKEN = 1006;
/** From the first packet to `welcome`. */
const OPEN_WITHIN_MS = 15_000;
/**
 * While somebody's SOS hangs on a connection that is answered no more, another node may answer it: they ask more often
 * and wait less, as phones do where a push with priority is waited for (4 s and 7 s: Uber's RAMEN).
 */
const URGENT = { openWithinMs: 8_000, heartbeatMs: 3_000, silenceMs: 7_000 } as const;

/** The life of one socket: hello, heartbeats, checked frames, and one ending. */
export class Connection {
  readonly #deps: ConnectionDeps;
  readonly #socket: WebSocketLike;
  #welcomedAtMs: number | null = null;
  #heartbeatMs: number = LIMITS.heartbeatMs;
  #silenceMs: number = LIMITS.silenceMs;
  #heardAtMs: number;
  #saidAtMs = 0;
  /** Null: nothing hangs on it that can't wait. */
  #urgentSinceMs: number | null = null;
  #bye: Ending | null = null;
  #ended = false;
  #cancelDeadline: () => void;
  #cancelBeat: () => void = () => {};

  /** Throws what the WebSocket constructor throws. */
  constructor(deps: ConnectionDeps) {
    this.#deps = deps;
    this.#heardAtMs = deps.clock.monotonicMs();
    const socket = new deps.WebSocket(deps.url, [SUBPROTOCOLS[deps.encoding]]);
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => this.#sayHello();
    socket.onmessage = (event: { data: unknown }) => this.#heard(event.data);
    socket.onclose = (event: { code?: number }) => this.#end(event.code ?? BROKEN);
    socket.onerror = () => {};
    const openWithinMs = deps.isUrgent() ? URGENT.openWithinMs : OPEN_WITHIN_MS;
    this.#cancelDeadline = deps.clock.after(openWithinMs, () => this.#abandon(BROKEN));
  }

  get isOpen(): boolean {
    return this.#welcomedAtMs !== null && !this.#ended;
  }

  /** False: not open, nothing was sent. */
  send(frame: UpFrame): boolean {
    if (!this.isOpen) return false;
    this.#write(frame);
    return true;
  }

  /** Somebody's SOS hangs on it from now on: whether it is answered is found out at once. */
  hurry(): void {
    if (!this.isOpen || this.#urgentSinceMs !== null) return;
    this.#urgentSinceMs = this.#deps.clock.monotonicMs();
    this.#beat();
    this.#cancelDeadline();
    this.#watchSilence();
  }

  /** Says goodbye. The ending is reported when the other side has answered, or after a second. */
  close(): void {
    this.#cancelBeat();
    this.#cancelDeadline();
    this.#cancelDeadline = this.#deps.clock.after(1_000, () => this.#abandon(1000));
    this.#tryClose(1000, 'asked');
  }

  #sayHello(): void {
    if (!this.#ended) this.#write(['hello', this.#deps.hello]);
  }

  #heard(data: unknown): void {
    if (this.#ended) return;
    this.#heardAtMs = this.#deps.clock.monotonicMs();
    const frame = this.#read(data);
    if (frame) this.#took(frame);
    // Browsers slow down the timers of a page in the background, but not what arrives.
    if (this.isOpen) this.#beatIfDue();
  }

  #read(data: unknown): DownFrame | null {
    let decoded: unknown;
    try {
      if (typeof data !== 'string' && !(data instanceof ArrayBuffer) && !(data instanceof Uint8Array)) {
        throw new TypeError('neither text nor bytes');
      }
      decoded = decode(data, this.#deps.encoding);
    } catch {
      this.#deps.report({ kind: 'undecodable', detail: `not a ${this.#deps.encoding} frame` });
      return null;
    }
    const read = readDown(decoded);
    if (read.ok) return read.frame;
    const kind = read.code === 'unknown_kind' ? 'unknown_kind' : 'malformed';
    this.#deps.report({ kind, detail: read.detail });
    return null;
  }

  #took(frame: DownFrame): void {
    const [kind, body] = frame;
    if (kind === 'hb') this.#answer(body);
    if (kind === 'bye') this.#bye = { code: body.closeCode, retryAfterMs: body.retryAfterMs };
    else if (kind === 'welcome') this.#welcomed(body);
    else if (this.isOpen || kind === 'error') this.#deps.onFrame(frame);
  }

  /** Tells what the device's clock shows, when that is what was asked. */
  #answer({ sentAtMs, echoMs }: DownBody<'hb'>): void {
    const { deviceNowMs } = this.#deps;
    if (!deviceNowMs || echoMs !== undefined || !this.isOpen) return;
    this.#write(['hb', { sentAtMs: deviceNowMs(), echoMs: sentAtMs }]);
  }

  #welcomed(welcome: Welcome): void {
    if (this.#welcomedAtMs !== null) return;
    const limits = limitsOf(welcome);
    this.#welcomedAtMs = this.#deps.clock.monotonicMs();
    this.#heartbeatMs = limits.heartbeatMs;
    this.#silenceMs = limits.silenceMs;
    this.#cancelDeadline();
    if (this.#deps.isUrgent()) this.#urgentSinceMs = this.#welcomedAtMs;
    this.#watchSilence();
    // Those who came back together must not beat together for ever after.
    this.#nextBeat(this.#beatEveryMs * this.#deps.random());
    this.#deps.onWelcome(welcome, limits);
  }

  #watchSilence(): void {
    if (!this.#deps.isUrgent()) this.#urgentSinceMs = null;
    // What was quiet because nothing had to be said was no silence.
    const sinceMs = Math.max(this.#heardAtMs, this.#urgentSinceMs ?? 0);
    const allowedMs =
      this.#urgentSinceMs === null ? this.#silenceMs : Math.min(this.#silenceMs, URGENT.silenceMs);
    const leftMs = allowedMs - (this.#deps.clock.monotonicMs() - sinceMs);
    if (leftMs <= 0) this.#abandon(GONE_SILENT);
    else this.#cancelDeadline = this.#deps.clock.after(leftMs, () => this.#watchSilence());
  }

  get #beatEveryMs(): number {
    const isUrgent = this.#urgentSinceMs !== null;
    return isUrgent ? Math.min(this.#heartbeatMs, URGENT.heartbeatMs) : this.#heartbeatMs;
  }

  #nextBeat(inMs = this.#beatEveryMs): void {
    this.#cancelBeat();
    this.#cancelBeat = this.#deps.clock.after(inMs, () => this.#beat());
  }

  #beatIfDue(): void {
    if (this.#deps.clock.monotonicMs() - this.#saidAtMs >= this.#beatEveryMs) this.#beat();
  }

  #beat(): void {
    this.#write(['hb', { sentAtMs: Math.max(0, Math.floor(this.#deps.clock.nowMs())) }]);
    this.#nextBeat();
  }

  #write(frame: UpFrame): void {
    this.#saidAtMs = this.#deps.clock.monotonicMs();
    try {
      this.#socket.send(encode(frame, this.#deps.encoding) as string | Uint8Array<ArrayBuffer>);
    } catch {
      // A socket that is closing under our hands; what was not sent is sent again on the next one.
    }
  }

  /** Does not wait for the other side: it is gone, or it is wrong. */
  #abandon(code: number): void {
    this.#tryClose(code === GONE_SILENT ? GONE_SILENT : 1000, 'gone');
    this.#end(code);
  }

  #tryClose(code: number, reason: string): void {
    try {
      this.#socket.close(code, reason);
    } catch {
      // Closed already.
    }
  }

  #end(code: number): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#cancelBeat();
    this.#cancelDeadline();
    // `onerror` stays: ws throws an error that nobody listens for.
    this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
    const wasOpenForMs =
      this.#welcomedAtMs === null ? 0 : this.#deps.clock.monotonicMs() - this.#welcomedAtMs;
    this.#deps.onEnded({ ...(this.#bye ?? { code }), wasOpenForMs });
  }
}
