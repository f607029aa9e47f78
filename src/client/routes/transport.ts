import type { z } from 'zod';
import { ERRORS, type ErrorCode, error } from '../../protocol/errors.ts';
import { localError, MusterError } from '../errors.ts';
import { routeUrl } from '../urls.ts';

export type FetchLike = (url: string, init: RequestInit) => Promise<Response>;

export interface Call {
  /** An access token; goes into a header. */
  readonly token?: string;
  /** The credential of a paired device, `device:<id>:<secret>`, for the routes that are about itself. */
  readonly device?: string;
  readonly body?: unknown;
  /** A file, sent as it is. */
  readonly content?: Uint8Array<ArrayBuffer>;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly withinMs?: number;
  /** Besides those that follow from the rest, or instead of them. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Reads a refusal that does not look like the others; undefined: it can't. */
  readonly refusal?: (status: number, body: unknown) => MusterError | undefined;
}

const WITHIN_MS = 15_000;
/** Ten megabytes over a slow phone. */
const FILE_WITHIN_MS = 120_000;

/** One request after the other to a node. Rejects with a `MusterError`: the server's, or `network`. */
export class Transport {
  readonly #url: string;
  readonly #fetch: FetchLike;

  constructor(url: string, fetch: FetchLike) {
    this.#url = url;
    this.#fetch = fetch;
  }

  async read<S extends z.ZodType>(schema: S, method: string, route: string, call: Call): Promise<z.infer<S>> {
    const answer = await this.call(method, route, call);
    const parsed = schema.safeParse(await json(answer));
    if (!parsed.success) throw serverError('internal', 'the answer has another shape');
    return parsed.data;
  }

  async call(method: string, route: string, call: Call): Promise<Response> {
    const { body, content, query = {} } = call;
    const { withinMs = content === undefined ? WITHIN_MS : FILE_WITHIN_MS } = call;
    let answer: Response;
    try {
      answer = await this.#fetch(routeUrl(this.#url, route) + queryOf(query), {
        method,
        headers: headersOf(call),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(content === undefined ? {} : { body: content }),
        signal: AbortSignal.timeout(withinMs),
      });
    } catch {
      throw localError('network');
    }
    if (answer.ok) return answer;
    const told = await json(answer);
    const refusal = error.safeParse(told);
    if (refusal.success) throw new MusterError(refusal.data);
    throw call.refusal?.(answer.status, told) ?? serverError('internal', `HTTP ${answer.status}`);
  }
}

/** A path whose `:places` are filled in, so that nothing given becomes a path of its own. */
export const path = (pattern: string, ...places: readonly string[]): string => {
  let next = 0;
  return pattern.replace(/:\w+/g, () => encodeURIComponent(places[next++] ?? ''));
};

function headersOf({ token, device, body, content, headers }: Call): Record<string, string> {
  const type = body === undefined ? content && 'application/octet-stream' : 'application/json';
  const basic = device === undefined ? undefined : `Basic ${btoa(device.replace(/^device:/, ''))}`;
  const authorization = token === undefined ? basic : `Bearer ${token}`;
  return {
    ...(authorization === undefined ? {} : { authorization }),
    ...(type === undefined ? {} : { 'content-type': type }),
    ...headers,
  };
}

function queryOf(query: NonNullable<Call['query']>): string {
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) asked.set(name, String(value));
  return asked.size > 0 ? `?${asked}` : '';
}

function serverError(code: ErrorCode, detail: string): MusterError {
  return new MusterError({ code, ...ERRORS[code], detail });
}

async function json(answer: Response): Promise<unknown> {
  try {
    return await answer.json();
  } catch {
    return null;
  }
}
