import { fullJitterMs } from '../lib/backoff.ts';
import type { Clock } from '../lib/clock.ts';
import type { Random } from '../lib/random.ts';
import type { DownBody } from '../protocol/down.ts';
import { ERRORS } from '../protocol/errors.ts';
import { type CommandKind, UP, type UpBody, type UpFrame } from '../protocol/up.ts';
import { localError, MusterError } from './errors.ts';
import type { Done, Send } from './types.ts';

export interface CommandOptions {
  /** A UUID. Given again after a timeout, the server answers with what it did the first time. */
  readonly id?: string | undefined;
  /** Rejects with `timeout` (or the last retryable refusal). Default 60,000; `sos.create` and `sos.raise` have no default. */
  readonly timeoutMs?: number | undefined;
  /** False: a retryable refusal is handed to the caller instead of being tried again. Default true. */
  readonly retry?: boolean | undefined;
}

export type CommandBody<K extends CommandKind> = Omit<UpBody<K>, 'id'>;

export interface CommandsDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: () => string;
  readonly send: Send;
}

interface Pending {
  readonly id: string;
  readonly frame: UpFrame;
  readonly retry: boolean;
  readonly promise: Promise<Done>;
  readonly resolve: (done: Done) => void;
  readonly reject: (error: MusterError) => void;
  cancelTimeout: () => void;
  cancelResend: () => void;
  refusals: number;
  lastRefusal: MusterError | null;
}

const MOST_PENDING = 256;
const DEFAULT_TIMEOUT_MS = 60_000;
/** An answer that is not there after this long on a live connection is asked for again. */
const RESEND_MS = 15_000;
const RETRY = { baseMs: 500, capMs: 10_000, urgentCapMs: 2_000 };

/** Somebody calls for help, or a dispatcher does it for them. */
const CALLS: ReadonlySet<string> = new Set(['sos.create', 'sos.raise']);
const isCall = (pending: Pending) => CALLS.has(pending.frame[0]);
const nothing = () => {};

/** Commands that are not answered yet. Each is sent again after a reconnect until it is; its id makes that harmless. */
export class Commands {
  readonly #deps: CommandsDeps;
  readonly #pending = new Map<string, Pending>();
  #open = false;

  constructor(deps: CommandsDeps) {
    this.#deps = deps;
  }

  /** Somebody's call for help has no answer yet. */
  get isUrgent(): boolean {
    for (const pending of this.#pending.values()) if (isCall(pending)) return true;
    return false;
  }

  get size(): number {
    return this.#pending.size;
  }

  /** Takes a command on. One with the id of a waiting command is that command: the same promise comes back. */
  issue<K extends CommandKind>(kind: K, body: CommandBody<K>, options: CommandOptions = {}): Promise<Done> {
    const parsed = UP[kind].safeParse({ ...body, id: options.id ?? this.#deps.newId() });
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      const detail = `${issue?.path.map(String).join('.') || 'body'}: ${issue?.message ?? 'does not fit'}`;
      return Promise.reject(new MusterError({ code: 'bad_frame', ...ERRORS.bad_frame, detail }));
    }
    const frame = [kind, parsed.data] as UpFrame;
    const { id } = parsed.data as { id: string };
    const waiting = this.#pending.get(id);
    if (waiting) return waiting.promise;
    if (this.#pending.size >= MOST_PENDING) return Promise.reject(localError('too_many', 'commands'));
    const pending = this.#take(id, frame, options);
    if (this.#open) this.#send(pending);
    return pending.promise;
  }

  /** A connection is open: everything unanswered goes out, calls for help first. */
  opened(): void {
    this.#open = true;
    const all = [...this.#pending.values()];
    for (const pending of [...all.filter(isCall), ...all.filter((p) => !isCall(p))]) this.#send(pending);
  }

  closed(): void {
    this.#open = false;
    for (const pending of this.#pending.values()) pending.cancelResend();
  }

  /** False: nobody waits for this answer (any more). */
  done(body: Done): boolean {
    const pending = this.#settle(body.id);
    pending?.resolve(body);
    return pending !== undefined;
  }

  /** False: nobody waits for this answer (any more). */
  refused(id: string, body: DownBody<'error'>): boolean {
    const pending = this.#pending.get(id);
    if (!pending) return false;
    const error = new MusterError(body);
    if (body.retryable && pending.retry) this.#retryLater(pending, error);
    else this.#settle(id)?.reject(error);
    return true;
  }

  /** Nobody will connect again: every wait ends with this error. */
  rejectAll(error: MusterError): void {
    for (const id of [...this.#pending.keys()]) this.#settle(id)?.reject(error);
  }

  #take(id: string, frame: UpFrame, options: CommandOptions): Pending {
    const { promise, resolve, reject } = deferred<Done>();
    const timeoutMs = options.timeoutMs ?? (CALLS.has(frame[0]) ? null : DEFAULT_TIMEOUT_MS);
    const expire = () => {
      const expired = this.#settle(id);
      expired?.reject(expired.lastRefusal ?? localError('timeout'));
    };
    const pending: Pending = {
      id,
      frame,
      retry: options.retry ?? true,
      promise,
      resolve,
      reject,
      cancelTimeout: timeoutMs === null ? nothing : this.#deps.clock.after(timeoutMs, expire),
      cancelResend: nothing,
      refusals: 0,
      lastRefusal: null,
    };
    this.#pending.set(id, pending);
    return pending;
  }

  #send(pending: Pending): void {
    this.#deps.send(pending.frame);
    this.#sendAgainIn(pending, RESEND_MS);
  }

  #retryLater(pending: Pending, error: MusterError): void {
    pending.lastRefusal = error;
    const capMs = isCall(pending) ? RETRY.urgentCapMs : RETRY.capMs;
    const jitterMs = fullJitterMs(pending.refusals++, RETRY.baseMs, capMs, this.#deps.random);
    this.#sendAgainIn(pending, (error.retryAfterMs ?? 0) + jitterMs);
  }

  #sendAgainIn(pending: Pending, delayMs: number): void {
    pending.cancelResend();
    pending.cancelResend = this.#deps.clock.after(delayMs, () => this.#send(pending));
  }

  #settle(id: string): Pending | undefined {
    const pending = this.#pending.get(id);
    if (!pending) return undefined;
    this.#pending.delete(id);
    pending.cancelTimeout();
    pending.cancelResend();
    return pending;
  }
}

function deferred<T>() {
  let resolve: (value: T) => void = nothing;
  let reject: (error: MusterError) => void = nothing;
  const promise = new Promise<T>((res, rej) => {
    resolve = res;
    reject = rej;
  });
  return { promise, resolve, reject };
}
