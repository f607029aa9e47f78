import { RECONNECT, ReconnectPolicy } from '../../client/reconnect-policy.ts';
import { Resume } from '../../client/resume.ts';
import type { WebSocketConstructor, WebSocketLike } from '../../client/types.ts';
import { systemClock } from '../../lib/clock.ts';
import { decode, encode } from '../../protocol/codec.ts';
import type { DownFrame } from '../../protocol/down.ts';
import type { UpFrame } from '../../protocol/up.ts';
import { SUBPROTOCOLS } from '../../protocol/version.ts';

const HEARTBEAT_MS = 10_000;
const BROKEN = 1006;

export interface LightClientOptions {
  readonly WebSocket: WebSocketConstructor;
  readonly userId: string;
  readonly token: string;
  readonly deviceId: string;
}

/**
 * One of ten thousand phones in one process: comes back by the policy and with the resume token of the SDK, and follows its
 * inbox; checks of frames, which are work of ten thousand phones and not of the server, are left out.
 */
export class LightClient {
  readonly #options: LightClientOptions;
  readonly #policy = new ReconnectPolicy(Math.random);
  readonly #resume = new Resume(systemClock);
  #socket: WebSocketLike | null = null;
  #bye: { code: number; retryAfterMs: number | null } | null = null;
  #openedAtMs = 0;
  #seq: number | null = null;
  #isStopped = false;
  #cancel: ReturnType<typeof setTimeout> | undefined;
  /** Since the last {@link forget}: when it was live again, and by which codes connections ended. */
  liveAtMs: number | null = null;
  readonly endings: number[] = [];

  constructor(options: LightClientOptions) {
    this.#options = options;
  }

  forget(): void {
    this.liveAtMs = null;
    this.endings.length = 0;
  }

  connect(): void {
    const { WebSocket, deviceId, token } = this.#options;
    const socket = new WebSocket('ws://anywhere/v1/socket', [SUBPROTOCOLS.msgpack]);
    this.#socket = socket;
    this.#bye = null;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      const proof = this.#resume.proof ?? { token };
      this.#say(['hello', { ...proof, client: 'storm', device: { id: deviceId, epoch: deviceId } }]);
    };
    socket.onmessage = ({ data }: { data: ArrayBuffer }) => this.#heard(decode(data, 'msgpack') as DownFrame);
    socket.onclose = ({ code }: { code?: number }) => this.#ended(code ?? BROKEN);
    socket.onerror = () => {};
  }

  close(): void {
    this.#isStopped = true;
    clearTimeout(this.#cancel);
    this.#socket?.close(1000);
  }

  #heard([kind, body]: DownFrame): void {
    if (kind === 'welcome') {
      this.#openedAtMs = performance.now();
      this.#say(['sub', { stream: `inbox:${this.#options.userId}`, afterSeq: this.#seq }]);
      this.#beat();
    } else if (kind === 'resume') this.#resume.given(body, this.#options.token);
    else if (kind === 'bye') this.#bye = { code: body.closeCode, retryAfterMs: body.retryAfterMs };
    else if (kind === 'event' || kind === 'snapshot') this.#seq = body.seq;
    else if (kind === 'subscribed') {
      this.#seq = body.headSeq;
      this.liveAtMs ??= performance.now();
    }
  }

  #beat(): void {
    this.#cancel = setTimeout(() => {
      this.#say(['hb', { sentAtMs: systemClock.nowMs() }]);
      this.#beat();
    }, HEARTBEAT_MS);
  }

  #say(frame: UpFrame): void {
    this.#socket?.send(encode(frame, 'msgpack') as Uint8Array<ArrayBuffer>);
  }

  #ended(code: number): void {
    clearTimeout(this.#cancel);
    this.#socket = null;
    const ending = this.#bye ?? { code };
    this.endings.push(ending.code);
    if (this.#isStopped) return;
    if (this.#openedAtMs > 0 && performance.now() - this.#openedAtMs >= RECONNECT.stableMs)
      this.#policy.worked();
    this.#openedAtMs = 0;
    const next = this.#policy.next(ending, false);
    if (next.step === 'wait') this.#cancel = setTimeout(() => this.connect(), next.delayMs);
  }
}
