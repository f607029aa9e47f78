import { type IncomingMessage, Agent as PlainAgent, request as plain } from 'node:http';
import { Agent, request as secure } from 'node:https';
import { errorFields } from '../../lib/log.ts';
import { publicOnly } from './endpoints.ts';

export interface PostOptions {
  readonly timeoutMs: number;
  /** Origins that the operator named: their addresses are as they are. */
  readonly origins: readonly string[];
  readonly atOnce: number;
}

export interface Answer {
  readonly status: number;
  /** From `retry-after`, seconds or a date left out; null: nothing was said. */
  readonly retryAfterMs: number | null;
}

export type Post = (
  endpoint: string,
  headers: Readonly<Record<string, string | number>>,
  body: Uint8Array,
) => Promise<Answer>;

/** POSTs to push services, and nowhere else: follows nothing, reads nothing. Rejects with `PUSH_<code of the connection>`. */
export function poster({ timeoutMs, origins, atOnce }: PostOptions): Post & { close(): void } {
  const kept = { keepAlive: true, maxSockets: atOnce };
  const agents = { open: new Agent(kept), guarded: new Agent(kept), plain: new PlainAgent(kept) };
  const named = new Set(origins);
  const post: Post = (endpoint, headers, body) =>
    new Promise((resolve, reject) => {
      const isNamed = named.has(new URL(endpoint).origin);
      const options = { method: 'POST', headers, timeout: timeoutMs, signal: AbortSignal.timeout(timeoutMs) };
      const sent = endpoint.startsWith('http:')
        ? plain(endpoint, { ...options, agent: agents.plain })
        : secure(
            endpoint,
            isNamed
              ? { ...options, agent: agents.open }
              : { ...options, agent: agents.guarded, lookup: publicOnly },
          );
      sent.on('response', (answer) => {
        answer.on('error', () => {});
        answer.resume();
        resolve(answerOf(answer));
      });
      sent.on('error', (error) => reject(new PushNotTaken(connectionCode(error), { isWorthAnother: true })));
      sent.end(body);
    });
  const close = () => {
    for (const agent of Object.values(agents)) agent.destroy();
  };
  return Object.assign(post, { close });
}

function answerOf({ statusCode = 0, headers }: IncomingMessage): Answer {
  const said = Number(headers['retry-after']);
  return { status: statusCode, retryAfterMs: Number.isFinite(said) && said >= 0 ? said * 1_000 : null };
}

const connectionCode = (error: Error) =>
  error.name === 'AbortError' || error.name === 'TimeoutError'
    ? 'PUSH_TIMEOUT'
    : `PUSH_${errorFields(error).code ?? 'UNREACHABLE'}`;

/** Why a push service did not take a message, as a code: addresses are secrets of their people. */
export class PushNotTaken extends Error {
  override readonly name = 'PushNotTaken';
  readonly code: string;
  /** The browser has taken its permission back, or is no more. */
  readonly isGone: boolean;
  readonly isWorthAnother: boolean;
  readonly retryAfterMs: number | null;

  constructor(
    code: string,
    {
      isGone = false,
      isWorthAnother = false,
      retryAfterMs = null,
    }: { isGone?: boolean; isWorthAnother?: boolean; retryAfterMs?: number | null } = {},
  ) {
    super(code);
    this.code = code;
    this.isGone = isGone;
    this.isWorthAnother = isWorthAnother;
    this.retryAfterMs = retryAfterMs;
  }
}
