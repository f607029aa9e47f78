import type { TemplatedApp } from 'uWebSockets.js';
import type { ErrorCode } from '../protocol/errors.ts';
import type { Fhir, FhirReply } from '../telemetry/fhir/service.ts';
import {
  type Asked,
  addNotFound,
  addRoute,
  addUploadRoute,
  type Handler,
  type Reply,
  type RouteKind,
  refusal,
} from './http.ts';
import type { GatewayParts } from './parts.ts';
import type { Principal } from './services.ts';
import { signedIn } from './signed-in.ts';

const TYPE = 'application/fhir+json; charset=utf-8';
const HEADERS = ['accept', 'content-type', 'if-match', 'if-none-exist'];
const ONE = { maxBytes: 256 * 1024, atOnce: 64 };
const BUNDLE = { maxBytes: 4 * 1024 * 1024, atOnce: 4 };

type IssueType = Parameters<Fhir['refusal']>[0];

/** Of the table of errors, those that a route of FHIR can come to; the rest is `invalid`. */
const ISSUES: { readonly [C in ErrorCode]?: IssueType } = {
  not_authenticated: 'login',
  token_invalid: 'login',
  token_expired: 'login',
  account_suspended: 'forbidden',
  forbidden: 'forbidden',
  not_found: 'not-found',
  too_large: 'too-long',
  rate_limited: 'throttled',
  busy: 'transient',
  store_unavailable: 'transient',
  internal: 'exception',
};

/** Refusals as OperationOutcome, also those that are decided before a handler runs. */
const kindOf = ({ services }: GatewayParts): RouteKind => ({
  headers: HEADERS,
  shape(reply) {
    const { code, body } = reply;
    if (code === undefined || typeof body !== 'string') return reply;
    const { text, detail } = JSON.parse(body) as { readonly text: string; readonly detail?: string };
    const said = detail === undefined ? text : `${text} ${detail}`;
    const outcome = services.fhir.refusal(ISSUES[code] ?? 'invalid', said, code);
    return { ...reply, type: TYPE, body: JSON.stringify(outcome) };
  },
});

/** FHIR R4: vital signs as Observations. Who is no relation of a patient is told that there is none. */
export function addFhirRoutes(app: TemplatedApp, parts: GatewayParts): void {
  const { fhir } = parts.services;
  const kind = kindOf(parts);
  const base = ({ origin }: Asked) => `${origin}/fhir`;
  const json = (work: (by: Principal, asked: Asked) => Promise<FhirReply>): Handler =>
    signedIn(parts, async (by, asked) =>
      replyOf(notAcceptable(fhir, asked) ?? (await work(by, asked)), asked),
    );
  const taking = (work: (by: Principal, asked: Asked, body: unknown) => Promise<FhirReply>): Handler =>
    json((by, asked) => {
      const read = readBody(fhir, asked);
      return read.ok ? work(by, asked, read.body) : Promise.resolve(read.reply);
    });

  addRoute(
    app,
    parts,
    'get',
    '/fhir/metadata',
    (asked) =>
      replyOf(
        notAcceptable(fhir, asked) ?? { status: 200, resource: fhir.capability(base(asked)), about: [] },
        asked,
      ),
    kind,
  );
  addUploadRoute(
    app,
    parts,
    '/fhir',
    BUNDLE,
    taking((by, asked, body) => fhir.bundle(by, base(asked), body)),
    kind,
  );
  addUploadRoute(
    app,
    parts,
    '/fhir/Observation',
    ONE,
    taking((by, asked, body) => fhir.create(by, base(asked), body, conditionsOf(asked))),
    kind,
  );
  addUploadRoute(
    app,
    parts,
    '/fhir/Observation/:id',
    { ...ONE, method: 'put' },
    taking((by, asked, body) =>
      fhir.update(by, base(asked), asked.places[0] ?? '', body, conditionsOf(asked).ifMatch),
    ),
    kind,
  );
  addRoute(
    app,
    parts,
    'get',
    '/fhir/Observation',
    json((by, asked) => fhir.search(by, base(asked), asked.query)),
    kind,
  );
  for (const pattern of ['/fhir/Observation/:id', '/fhir/Observation/:id/_history/:version']) {
    const read = json((by, asked) => {
      const [id = '', version = null] = asked.places;
      return fhir.read(by, base(asked), id, version);
    });
    addRoute(app, parts, 'get', pattern, read, kind);
  }
}

/** What stands beside these routes. */
export const addFhirNotFound = (app: TemplatedApp, parts: GatewayParts): void =>
  addNotFound(app, parts, '/fhir/*', kindOf(parts));

const conditionsOf = ({ headers }: Asked) => ({
  ifMatch: headers['if-match'] || null,
  ifNoneExist: headers['if-none-exist'] || null,
});

const refused = (fhir: Fhir, status: number, type: IssueType, text: string): FhirReply => ({
  status,
  resource: fhir.refusal(type, text),
  about: [],
});

/** Null: JSON is what they take. */
function notAcceptable(fhir: Fhir, { headers, query }: Asked): FhirReply | null {
  const wanted = query.get('_format') ?? (headers.accept || '*/*');
  const text = 'only application/fhir+json is spoken here';
  // A `+` in an address is a space.
  return /json|\*\/\*|application\/\*/i.test(wanted) ? null : refused(fhir, 406, 'not-supported', text);
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function readBody(
  fhir: Fhir,
  { headers, body }: Asked,
): { readonly ok: true; readonly body: unknown } | { readonly ok: false; readonly reply: FhirReply } {
  if (!/^application\/(?:fhir\+)?json *(?:;|$)/i.test(headers['content-type'] ?? '')) {
    const text = 'content-type: application/fhir+json is expected';
    return { ok: false, reply: refused(fhir, 415, 'not-supported', text) };
  }
  try {
    return { ok: true, body: JSON.parse(utf8.decode(body instanceof Uint8Array ? body : new Uint8Array())) };
  } catch {
    return { ok: false, reply: refused(fhir, 400, 'structure', 'body: not JSON') };
  }
}

function replyOf(answer: FhirReply, asked: Asked): Reply {
  const { status, resource, etag, location, updatedAtMs, about } = answer;
  if (status === 503) return refusal('store_unavailable');
  return {
    status,
    ...(resource === null ? {} : { type: TYPE, body: JSON.stringify(resource) }),
    headers: {
      ...(etag === undefined ? {} : { etag }),
      ...(location === undefined ? {} : { location: `${asked.origin}/fhir/${location}` }),
      ...(updatedAtMs === undefined ? {} : { 'last-modified': new Date(updatedAtMs).toUTCString() }),
    },
    subjects: about.map(({ userId, patientId, action, failed }) => ({
      userId,
      // Whoever has no account is known by their record.
      resourceId: userId === null ? patientId : null,
      action,
      failed,
    })),
  };
}
