import type { Clock } from '../lib/clock.ts';
import type { Random } from '../lib/random.ts';
import { CLOSE_CODES } from '../protocol/close-codes.ts';
import type { DownFrame } from '../protocol/down.ts';
import type { UpBody } from '../protocol/up.ts';
import type { Encoding } from '../protocol/version.ts';
import { BROKEN, Connection } from './connection.ts';
import { MusterError } from './errors.ts';
import type { KnownLimits } from './limits.ts';
import { closeName, type Ending, RECONNECT, ReconnectPolicy } from './reconnect-policy.ts';
import { Renewal } from './renewal.ts';
import { type Proof, Resume } from './resume.ts';
import type { Report, Send, Status, TokenSource, WebSocketConstructor, Welcome } from './types.ts';
import { urgentUrl } from './urls.ts';

export interface LinkDeps {
  readonly url: string;
  readonly encoding: Encoding;
  readonly WebSocket: WebSocketConstructor;
  readonly clock: Clock;
  readonly random: Random;
  readonly token: TokenSource;
  readonly hello: (proof: Proof) => UpBody<'hello'>;
  /** Whether somebody's SOS hangs on this link. */
  readonly isUrgent: () => boolean;
  readonly report: Report;
  /** The clock of the device; absent: the client is none. */
  readonly deviceNowMs: (() => number) | undefined;
  readonly onStatus: (status: Status) => void;
  readonly onOpen: (welcome: Welcome, limits: KnownLimits) => void;
  readonly onFrame: (frame: DownFrame) => void;
  /** An open connection ended; another may follow. */
  readonly onLost: () => void;
  /** Nothing follows until `start` is called again. */
  readonly onStopped: (reason: string) => void;
}

const NOT_STARTED = 'not_started';
const TOKEN_WITHIN_MS = 20_000;
/** As if the connection had broken. */
const NO_TOKEN: Ending = { code: 1006 };

/** Keeps one connection alive: proof of who is here, connection, ending, wait, and again, until told to stop. */
export class Link {
  readonly #deps: LinkDeps;
  readonly #policy: ReconnectPolicy;
  readonly #renewal: Renewal;
  readonly #resume: Resume;
  #status: Status = { state: 'closed', reason: NOT_STARTED };
  #connection: Connection | null = null;
  #cancelTimer: () => void = () => {};
  /** Rises with every attempt and every stop: what belongs to an older one is no longer listened to. */
  #isProved = false;
  #attempt = 0;
  #tokenRefused = false;
  #serverAheadMs = 0;
  #onClosed: (() => void)[] = [];

  constructor(deps: LinkDeps) {
    this.#deps = deps;
    this.#policy = new ReconnectPolicy(deps.random);
    this.#resume = new Resume(deps.clock);
    this.#renewal = new Renewal({
      clock: deps.clock,
      token: async (hint) => await deps.token(hint),
      send: this.send,
      failed: (error) => this.#noToken(error),
    });
  }

  get status(): Status {
    return this.#status;
  }

  /** Why nothing will be sent unless `start` is called again; null while there is hope, and before the first start. */
  get stoppedBecause(): string | null {
    const status = this.#status;
    return status.state === 'closed' && status.reason !== NOT_STARTED ? status.reason : null;
  }

  readonly send: Send = (frame) => this.#connection?.send(frame) ?? false;

  /** Begins, or cuts a wait short. Does nothing while connecting or open. */
  start(): void {
    if (this.#status.state === 'closed' || this.#status.state === 'waiting') this.#connect();
  }

  /** It became urgent: a wait already begun is shortened, and a connection has to prove itself. */
  hurry(): void {
    this.#connection?.hurry();
    if (this.#status.state !== 'waiting') return;
    const { retryAtMs, reason } = this.#status;
    this.#wait(this.#policy.hurriedMs(retryAtMs - this.#deps.clock.nowMs()), reason);
  }

  /** Something that was sent is stored: however short this connection was, when it breaks it was the link that did. */
  proved(): void {
    this.#isProved = true;
  }

  /** Closes and stays closed. Resolves when the socket is gone. */
  stop(): Promise<void> {
    const connection = this.#connection;
    if (!connection) {
      if (this.stoppedBecause === null) this.#stopped('asked');
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.#onClosed.push(resolve);
      connection.close();
    });
  }

  #connect(): void {
    this.#cancelTimer();
    const attempt = ++this.#attempt;
    this.#say({ state: 'connecting' });
    const { proof } = this.#resume;
    if (proof) {
      this.#open(proof);
      return;
    }
    const isCurrent = () => attempt === this.#attempt;
    const failed = (reason: string) => {
      if (!isCurrent()) return;
      this.#attempt += 1;
      this.#afterEnding(NO_TOKEN, reason);
    };
    this.#cancelTimer = this.#deps.clock.after(TOKEN_WITHIN_MS, () => failed('no_token'));
    this.#freshToken().then(
      (token) => {
        if (isCurrent()) this.#open({ token });
      },
      (error: unknown) => {
        if (!isCurrent()) return;
        this.#noToken(error);
        if (error instanceof MusterError && !error.retryable) this.#stopped(error.code);
        else failed('no_token');
      },
    );
  }

  async #freshToken(): Promise<string> {
    return await this.#deps.token({ refused: this.#tokenRefused });
  }

  #open(proof: Proof): void {
    this.#cancelTimer();
    const { url, encoding, WebSocket, clock, random, report, deviceNowMs, onFrame } = this.#deps;
    try {
      this.#connection = new Connection({
        url: this.#deps.isUrgent() ? urgentUrl(url) : url,
        encoding,
        WebSocket,
        clock,
        random,
        report,
        deviceNowMs,
        isUrgent: this.#deps.isUrgent,
        onFrame: (frame) => {
          if (frame[0] === 'resume') this.#resume.given(frame[1], this.#renewal.token);
          if (frame[0] === 'renewed') this.#renewal.renewed(frame[1].tokenExpiresAtMs - this.#serverNowMs());
          onFrame(frame);
        },
        hello: this.#deps.hello(proof),
        onWelcome: (welcome, limits) => {
          this.#tokenRefused = false;
          this.#isProved = false;
          this.#serverAheadMs = welcome.nowMs - clock.monotonicMs();
          this.#renewal.start(proof.token, welcome.tokenExpiresAtMs - welcome.nowMs);
          this.#say({ state: 'open' });
          this.#deps.onOpen(welcome, limits);
        },
        onEnded: (ending) => this.#ended(ending),
      });
    } catch {
      this.#afterEnding(NO_TOKEN, 'connection_lost');
    }
  }

  #ended(ending: Ending & { wasOpenForMs: number }): void {
    this.#connection = null;
    this.#renewal.stop();
    const broke = ending.code === BROKEN && this.#isProved;
    if (broke || ending.wasOpenForMs >= RECONNECT.stableMs) this.#policy.worked();
    if (this.#status.state === 'open') this.#deps.onLost();
    if (ending.code === CLOSE_CODES.token_expired.code) {
      this.#tokenRefused = true;
      this.#resume.forget();
    }
    if (this.#onClosed.length > 0) this.#stopped('asked');
    else this.#afterEnding(ending, ending.code === 4000 ? 'silent' : closeName(ending.code));
  }

  /** By the server's clock as `welcome` told it: the device's own may be set while the socket is open. */
  #serverNowMs(): number {
    return this.#deps.clock.monotonicMs() + this.#serverAheadMs;
  }

  #noToken(error: unknown): void {
    this.#deps.report({ kind: 'token', detail: error instanceof MusterError ? error.code : 'no token' });
  }

  #afterEnding(ending: Ending, reason: string): void {
    const decision = this.#policy.next(ending, this.#deps.isUrgent());
    if (decision.step === 'stop') this.#stopped(reason);
    else this.#wait(decision.delayMs, reason);
  }

  #wait(delayMs: number, reason: string): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#deps.clock.after(delayMs, () => this.#connect());
    this.#say({ state: 'waiting', retryAtMs: this.#deps.clock.nowMs() + delayMs, reason });
  }

  #stopped(reason: string): void {
    this.#attempt += 1;
    this.#cancelTimer();
    this.#resume.forget();
    this.#policy.worked();
    this.#say({ state: 'closed', reason });
    this.#deps.onStopped(reason);
    for (const resolve of this.#onClosed.splice(0)) resolve();
  }

  #say(status: Status): void {
    this.#status = status;
    this.#deps.onStatus(status);
  }
}
