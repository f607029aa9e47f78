import type { HttpRequest, HttpResponse, TemplatedApp } from 'uWebSockets.js';
import { failureCode } from './failures.ts';
import type { GatewayParts } from './parts.ts';

type Headers = readonly (readonly [string, string])[];

const ALLOWED: Headers = [
  ['access-control-allow-methods', 'GET, POST, PUT, PATCH, DELETE'],
  ['access-control-allow-headers', 'authorization, content-type, idempotency-key, if-match, if-none-exist'],
  ['access-control-max-age', '600'],
];

/**
 * What lets a page of a listed origin read an answer; nothing for everybody else. Origins are compared exactly, and
 * credentials of the browser are never allowed: who asks is said by a token in a header.
 */
export function corsHeaders(origin: string, listed: readonly string[]): Headers {
  if (origin === '' || !listed.includes(origin)) return [];
  return [
    ['access-control-allow-origin', origin],
    ['access-control-expose-headers', 'retry-after, etag, location'],
  ];
}

/** Answers what browsers ask before a request to the API. */
export function addPreflight(app: TemplatedApp, { config, log }: GatewayParts): void {
  const answer = (res: HttpResponse, req: HttpRequest) => {
    try {
      const allowed = corsHeaders(req.getHeader('origin'), config.allowedOrigins);
      res.writeStatus(allowed.length > 0 ? '204 No Content' : '404 Not Found');
      res.writeHeader('vary', 'origin');
      for (const [name, value] of allowed.length > 0 ? [...allowed, ...ALLOWED] : []) {
        res.writeHeader(name, value);
      }
      res.endWithoutBody();
    } catch (error) {
      failureCode(error, log, 'a preflight failed');
      res.close();
    }
  };
  app.options('/v1/*', answer);
  app.options('/fhir', answer);
  app.options('/fhir/*', answer);
}
