import { errorFields } from '../../lib/log.ts';
import { textUpTo } from '../../lib/text-up-to.ts';

/** An answer of a provider, whole. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface Question {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One request to a provider. Rejects with {@link ProviderFailed}, also when there is no whole answer in time. */
export type Ask = (url: string, question?: Question) => Promise<Answer>;

/** Why a provider could not be read, as a code: its own words can hold measurements and tokens. */
export class ProviderFailed extends Error {
  override readonly name = 'ProviderFailed';
  readonly code: string;
  /** When the provider wants to be asked again at the soonest. */
  readonly retryAfterMs: number | null;

  constructor(code: string, retryAfterMs: number | null = null) {
    super(code);
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The code of what was broken off because the node stops. */
export const NODE_STOPPING = 'node_stopping';

export interface AskLimits {
  readonly timeoutMs: number;
  readonly bytesMax: number;
  /** Told in `user-agent`, so that a provider can say who it was. */
  readonly agent?: string;
  /** Aborted when the node stops: nothing is waited for any more. */
  readonly stopped?: AbortSignal;
}

const DAY_MS = 86_400_000;

/**
 * Asks over HTTP, each time with a deadline for the whole of the answer and a cap on its size. Redirects are not followed:
 * tokens go to the addresses that the operator named and nowhere else.
 */
export function askOverHttp({ timeoutMs, bytesMax, agent = 'muster', stopped }: AskLimits): Ask {
  return async (url, { method = 'GET', headers = {}, body } = {}) => {
    try {
      const answer = await fetch(url, {
        method,
        headers: { accept: 'application/json', 'user-agent': agent, ...headers },
        ...(body === undefined ? {} : { body }),
        redirect: 'manual',
        signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(stopped ? [stopped] : [])]),
      });
      const text = await textUpTo(answer.body, bytesMax);
      if (text === null) throw new ProviderFailed('provider_too_large');
      return { status: answer.status, headers: answer.headers, text };
    } catch (error) {
      if (error instanceof ProviderFailed) throw error;
      throw new ProviderFailed(stopped?.aborted ? NODE_STOPPING : connectionCode(error));
    }
  };
}

function connectionCode(error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError') return 'provider_timeout';
  const { code } = errorFields(error instanceof Error ? error.cause : undefined);
  const known = String(code ?? 'unreachable').toLowerCase();
  return `provider_${/^[a-z0-9_]{1,40}$/.test(known) ? known : 'unreachable'}`;
}

/** The failure that an answer stands for. `nowMs`: for a `Retry-After` that is a date. */
export function failureOf({ status, headers }: Answer, nowMs: number): ProviderFailed {
  const retryAfterMs = retryAfter(headers, nowMs);
  if (status === 429) return new ProviderFailed('provider_busy', retryAfterMs ?? 900_000);
  if (status >= 300 && status < 400) return new ProviderFailed('provider_redirect');
  return new ProviderFailed(`provider_http_${status}`, retryAfterMs);
}

/** RFC 9110, 10.2.3: seconds or a date. At most a day. */
function retryAfter(headers: Headers, nowMs: number): number | null {
  const text = headers.get('retry-after')?.trim() ?? '';
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowMs;
  return Number.isFinite(ms) ? Math.min(Math.max(0, ms), DAY_MS) : null;
}

/** The JSON of an answer; an empty one is null. Rejects with {@link ProviderFailed} when it is none. */
export function jsonOf({ text }: Answer): unknown {
  if (text.trim() === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    throw new ProviderFailed('provider_no_json');
  }
}
