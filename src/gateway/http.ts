import type { HttpRequest, HttpResponse, TemplatedApp } from 'uWebSockets.js';
import { STATUS_CODES } from 'node:http';
import type { z } from 'zod';
import { PUT_OFF_FROM } from '../access/put-off.ts';
import { ERRORS, type ErrorCode, errorBody } from '../protocol/errors.ts';
import { addressText, clientAddress, forwardedForOf } from './address.ts';
import { type BasicCredentials, basicCredentials } from './basic-auth.ts';
import { readBody, readContent } from './body.ts';
import type { GatewayConfig } from './config.ts';
import { corsHeaders } from './cors.ts';
import { failureCode } from './failures.ts';
import type { GatewayParts } from './parts.ts';
import { securityHeaders } from './security-headers.ts';
import { noteUnknownCaller } from './unknown-caller.ts';

/** A request with everything read out of it: the original is gone once its handler has returned or waited. */
export interface Asked {
  /** Method and pattern, as in `get /v1/volunteers`. */
  readonly route: string;
  /** What stood in the `:places` of the pattern, in order. */
  readonly places: readonly string[];
  readonly query: URLSearchParams;
  readonly bearer: string | null;
  readonly basic: BasicCredentials | null;
  readonly address: string;
  /** What the client's program calls itself, unchecked. */
  readonly program: string;
  /** The headers that its route takes notice of, by name in lower case; '' when one is missing. */
  readonly headers: Readonly<Record<string, string>>;
  /** Where the client believes this node to be, such as `https://host:port`; for links, and for nothing that decides. */
  readonly origin: string;
  /** Parsed JSON, not yet checked; undefined when there was none. Of an upload the bytes. */
  readonly body: unknown;
}

export interface Reply {
  readonly status: number;
  readonly type?: string;
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  /** Instead of a body: pieces that are sent as fast as the client takes them. */
  readonly pieces?: AsyncIterableIterator<string>;
  /** Why it was asked for, in the words of whoever asked; goes into the audit log, never to the client. */
  readonly reason?: string;
  /** Whose record is shown, where the path does not say so; goes into the audit log, never to the client. */
  readonly subjectUserId?: string | null;
  /** The same where a request is about several: an entry of the audit log each, with what is theirs. */
  readonly subjects?: readonly Subject[];
  /** Why it is refused; the client finds it in the body. */
  readonly code?: ErrorCode;
  /** Whether the connection ends with it. */
  readonly closes?: boolean;
}

export interface Subject {
  /** Null: somebody who has no account. */
  readonly userId: string | null;
  readonly resourceId: string | null;
  /** In the words of the access matrix; absent: what the door says. */
  readonly action?: string;
  /** Nothing of theirs was shown or changed, whatever became of the rest. */
  readonly failed?: boolean;
}

export type Handler = (asked: Asked) => Promise<Reply> | Reply;
export type Method = 'get' | 'post' | 'put' | 'patch' | 'del';

export const json = (status: number, body: unknown): Reply => ({
  status,
  type: 'application/json; charset=utf-8',
  body: JSON.stringify(body),
});

export const noContent: Reply = { status: 204 };

/** The answer to a request that was refused: from the table of errors, with its status. */
export function refusal(code: ErrorCode, detail?: string, retryAfterMs?: number): Reply {
  const { http, retryable } = ERRORS[code];
  const body = errorBody(code, {
    ...(detail === undefined ? {} : { detail }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
  const reply = { ...json(http, body), code };
  return retryable
    ? { ...reply, headers: { 'retry-after': String(Math.ceil((retryAfterMs ?? 1_000) / 1_000)) } }
    : reply;
}

/** The answer to a request beyond somebody's share. */
export const tooMany = (retryAfterMs: number): Reply => refusal('rate_limited', undefined, retryAfterMs);

/** So long what is put off under overload ought to wait, and at most twice as long: several looks of the node. */
const PUT_OFF_MS = 5_000;
/**
 * With its length in front a chunk has to fit into the 16 KiB that uWebSockets.js corks: of a larger one, length and content
 * are written apart, and when the socket takes only a part of that the lengths come out wrong now and then.
 */
const CHUNK_BYTES = 12 * 1024;

/** The answer to a request that can wait while there is too much to do; null: it is to be worked on now. */
function putOffNow({ overload, metrics, random }: GatewayParts, route: string): Reply | null {
  const { level, cause } = overload();
  if (level < (PUT_OFF_FROM[route] ?? Number.POSITIVE_INFINITY)) return null;
  metrics.count('overload_put_off', { level: String(level) });
  return refusal('busy', `overload: ${cause}`, Math.round(PUT_OFF_MS * (1 + random())));
}

/** What a family of routes has of its own. */
export interface RouteKind {
  /** Headers that its handlers look at, in lower case. */
  readonly headers: readonly string[];
  /** Gives every answer its shape, refusals included. Must not throw. */
  readonly shape: (reply: Reply) => Reply;
}

export const PLAIN: RouteKind = { headers: [], shape: (reply) => reply };

/** The body in its expected shape, or the refusal that names the first field that does not fit. */
export function parsed<S extends z.ZodType>(
  schema: S,
  body: unknown,
): { ok: true; value: z.infer<S> } | { ok: false; reply: Reply } {
  const result = schema.safeParse(body);
  if (result.success) return { ok: true, value: result.data };
  const issue = result.error.issues[0];
  const field = issue?.path.map(String).join('.').slice(0, 64) || 'body';
  return { ok: false, reply: refusal('bad_request', `${field}: ${issue?.message ?? 'does not fit'}`) };
}

/**
 * The only way to hang a route into the application. uWebSockets.js ends the process when a handler returns or
 * throws without an abort handler in place, so that is set before anything else can fail.
 */
export function addRoute(
  app: TemplatedApp,
  parts: GatewayParts,
  method: Method,
  pattern: string,
  handler: Handler,
  kind = PLAIN,
): void {
  const route = `${method} ${pattern}`;
  const placeCount = pattern.split(':').length - 1;
  app[method](pattern, (res, req) => {
    const exchange = new Exchange(res, req, parts, route, kind);
    exchange.guard(async () => {
      const head = { ...readHead(res, req, parts, placeCount, kind), route };
      const waitMs = parts.doorLimits.addressWaitMs(head.address, route);
      if (waitMs > 0) return tooMany(waitMs);
      const putOff = putOffNow(parts, route);
      if (putOff) return putOff;
      const work = async (body: unknown) => noted(parts, head, await handler({ ...head, body }));
      if (method === 'get' || method === 'del') return work(undefined);
      const body = await readBody(res, req.getHeader('content-type'), parts.config.limits.frameBytes);
      return body.ok ? work(body.value) : refusal(body.code, body.detail);
    });
  });
}

export interface UploadLimits {
  readonly maxBytes: number;
  /** So many are read and worked on at one time; others are told that the node is busy. */
  readonly atOnce: number;
  readonly method?: 'post' | 'put';
}

/**
 * A route that takes a file: any bytes up to a cap of its own, of a few people at a time so that memory stays bounded.
 * Whoever shows no token is refused before anything is read. (Invariant 8.)
 */
export function addUploadRoute(
  app: TemplatedApp,
  parts: GatewayParts,
  pattern: string,
  { maxBytes, atOnce, method = 'post' }: UploadLimits,
  handler: Handler,
  kind = PLAIN,
): void {
  const route = `${method} ${pattern}`;
  const placeCount = pattern.split(':').length - 1;
  let uploads = 0;
  app[method](pattern, (res, req) => {
    const exchange = new Exchange(res, req, parts, route, kind);
    exchange.guard(async () => {
      const head = { ...readHead(res, req, parts, placeCount, kind), route };
      const waitMs = parts.doorLimits.addressWaitMs(head.address, route);
      if (waitMs > 0) return tooMany(waitMs);
      const putOff = putOffNow(parts, route);
      if (putOff) return ended(putOff);
      if (head.bearer === null) return ended(noted(parts, head, refusal('not_authenticated')));
      if (uploads >= atOnce) return ended(refusal('busy'));
      uploads += 1;
      exchange.whenOver(() => {
        uploads -= 1;
      });
      const content = await readContent(res, maxBytes);
      if (!content.ok) return refusal(content.code, content.detail);
      return noted(parts, head, await handler({ ...head, body: content.value }));
    });
  });
}

/** Puts on record that nobody we know was here. Whoever is known and may not is on record where that is decided. */
export function noted(parts: GatewayParts, head: Pick<Asked, 'route' | 'address'>, reply: Reply): Reply {
  const { status, code } = reply;
  if (code && (status === 401 || code === 'account_suspended')) noteUnknownCaller(parts, head, code);
  return reply;
}

/** Closes the connection with the answer: the rest of the file must not be taken for the next request. */
const ended = (reply: Reply): Reply => ({ ...reply, closes: true });

/** What stands where no route does. */
export function addNotFound(app: TemplatedApp, parts: GatewayParts, pattern = '/*', kind = PLAIN): void {
  app.any(pattern, (res, req) => {
    const exchange = new Exchange(res, req, parts, 'none', kind);
    const hasBody = req.getMethod() !== 'head';
    exchange.guard(() => (hasBody ? refusal('not_found') : { status: 404 }));
  });
}

/** Must be called before anything is waited for. */
export function readHead(
  res: HttpResponse,
  req: HttpRequest,
  parts: GatewayParts,
  placeCount: number,
  { headers }: RouteKind,
) {
  const authorization = req.getHeader('authorization');
  const peer = addressText(res.getRemoteAddressAsText());
  return {
    places: Array.from({ length: placeCount }, (_, i) => req.getParameter(i) ?? ''),
    query: new URLSearchParams(req.getQuery()),
    bearer: /^Bearer [\x21-\x7e]+$/i.test(authorization) ? authorization.slice('Bearer '.length) : null,
    basic: basicCredentials(authorization),
    headers: Object.fromEntries(headers.map((name) => [name, req.getHeader(name)])),
    origin: originOf(res, req, parts),
    program: req.getHeader('user-agent'),
    address: clientAddress(peer, forwardedForOf(req), parts.config.trustedProxies),
  };
}

function originOf(res: HttpResponse, req: HttpRequest, { config }: GatewayParts): string {
  if (config.publicUrl !== undefined) return config.publicUrl.replace(/\/+$/, '');
  const host = /^[\w.:[\]-]{1,255}$/.exec(req.getHeader('host'))?.[0] ?? `localhost:${config.port}`;
  return `${isSecure(res, req, config) ? 'https' : 'http'}://${host}`;
}

/** Whether the client's own connection is over TLS, with us or with a proxy of ours. */
function isSecure(res: HttpResponse, req: HttpRequest, { tls, trustedProxies }: GatewayConfig): boolean {
  if (tls) return true;
  if (req.getHeader('x-forwarded-proto') !== 'https') return false;
  return trustedProxies(addressText(res.getRemoteAddressAsText()));
}

/** One request and its answer, which is written at most once and never after the client has gone. */
export class Exchange {
  readonly #res: HttpResponse;
  readonly #parts: GatewayParts;
  readonly #route: string;
  readonly #startedMs: number;
  readonly #isSecure: boolean;
  readonly #origin: string;
  readonly #shape: RouteKind['shape'];
  #over = false;
  #isGone = false;
  #wake = () => {};
  #whenOver = () => {};

  constructor(res: HttpResponse, req: HttpRequest, parts: GatewayParts, route: string, { shape } = PLAIN) {
    res.onAborted(() => {
      this.#over = true;
      this.#isGone = true;
      this.#wake();
      this.#end();
    });
    this.#res = res;
    this.#parts = parts;
    this.#route = route;
    this.#startedMs = parts.clock.monotonicMs();
    this.#isSecure = isSecure(res, req, parts.config);
    this.#origin = req.getHeader('origin');
    this.#shape = shape;
  }

  /** Calls once, when the answer is written or the client is gone. */
  whenOver(callback: () => void): void {
    this.#whenOver = callback;
  }

  #end(): void {
    const callback = this.#whenOver;
    this.#whenOver = () => {};
    callback();
  }

  /** `work` runs at once up to its first wait, while the request can still be read. */
  guard(work: () => Promise<Reply> | Reply): void {
    const answer = new Promise<Reply>((resolve) => resolve(work()));
    answer
      .catch((error: unknown) => refusal(failureCode(error, this.#parts.log, `${this.#route} failed`)))
      .then((reply) => this.#write(this.#shape(reply)))
      .catch((error: unknown) => failureCode(error, this.#parts.log, 'an answer could not be written'));
  }

  #standing(): readonly (readonly [string, string])[] {
    const { allowedOrigins, about } = this.#parts.config;
    const vary = allowedOrigins.length > 0 ? ([['vary', 'origin']] as const) : [];
    return [
      ...securityHeaders(this.#isSecure, about.mapStyleUrl),
      ...vary,
      ...corsHeaders(this.#origin, allowedOrigins),
    ];
  }

  #write({ status, type, body, pieces, headers = {}, closes = status === 413 }: Reply): void {
    const { metrics, clock } = this.#parts;
    const labels = { route: this.#route, status: String(status) };
    metrics.observeMs('gateway_http_ms', clock.monotonicMs() - this.#startedMs, labels);
    if (this.#over) {
      void pieces?.return?.();
      return;
    }
    this.#over = true;
    if (!pieces) this.#end();
    this.#res.cork(() => {
      this.#res.writeStatus(`${status} ${STATUS_CODES[status] ?? ''}`);
      for (const [name, value] of this.#standing()) this.#res.writeHeader(name, value);
      for (const [name, value] of Object.entries(headers)) this.#res.writeHeader(name, value);
      if (!('cache-control' in headers)) this.#res.writeHeader('cache-control', 'no-store');
      if (type) this.#res.writeHeader('content-type', type);
      // What is left of a refused body must not be taken for the next request.
      if (pieces) return;
      if (body === undefined) this.#res.endWithoutBody();
      else this.#res.end(body, closes);
    });
    if (pieces) void this.#writeAll(pieces);
  }

  /** An answer that breaks off ends without its last piece, so that nobody takes it for the whole. */
  async #writeAll(pieces: AsyncIterableIterator<string>): Promise<void> {
    // Once: set again between two writes, it is never called.
    this.#res.onWritable(() => {
      this.#wake();
      return true;
    });
    try {
      for await (const piece of pieces) {
        const bytes = Buffer.from(piece);
        for (let at = 0; at < bytes.length && !this.#isGone; at += CHUNK_BYTES)
          await this.#writeChunk(bytes.subarray(at, at + CHUNK_BYTES));
        if (this.#isGone) return;
      }
      this.#res.cork(() => this.#res.end());
    } catch (error) {
      failureCode(error, this.#parts.log, `${this.#route} broke off`);
      if (!this.#isGone) this.#res.close();
    } finally {
      this.#end();
    }
  }

  /** Resolves when there is room for the next, or nobody to read it. */
  #writeChunk(chunk: Uint8Array): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      this.#res.cork(() => {
        if (this.#res.write(chunk)) resolve();
      });
    });
  }
}
