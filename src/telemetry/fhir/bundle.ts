import { isObject, type Json, textOf } from './json.ts';
import { done, type Failure, failed, type Outcome, operationOutcome } from './operation-outcome.ts';

/** What one entry of a Bundle asks for. */
export interface BundleRequest {
  readonly method: 'POST' | 'PUT' | 'GET';
  /** `Observation`, `Observation/<id>` or `Observation?<search>`. */
  readonly id: string | null;
  readonly query: string | null;
  readonly fullUrl: string | null;
  readonly resource: unknown;
  readonly ifNoneExist: string | null;
  readonly ifMatch: string | null;
}

export interface ReadBundle {
  readonly type: 'batch' | 'transaction';
  /** In order; an entry that asks for nothing that exists says why. */
  readonly entries: readonly Outcome<BundleRequest>[];
}

/** An answer to one request, as it goes into a Bundle or into an answer of HTTP. */
export interface Answer {
  readonly status: number;
  /** Null: nothing but the status. */
  readonly resource: Json | null;
  readonly etag?: string;
  /** From `/fhir` on, with the version. */
  readonly location?: string;
  readonly updatedAtMs?: number;
}

export const ENTRIES_MAX = 500;
/** Of its entries: each can find many Observations, and all of them stand in one answer. */
export const GETS_MAX = 20;
const URL_MAX = 2_000;
const FULL_URL_MAX = 300;

export function readBundle(body: unknown): Outcome<ReadBundle> {
  if (!isObject(body) || body.resourceType !== 'Bundle') {
    return failed(400, 'structure', 'resourceType: Bundle is expected', 'Bundle');
  }
  const { type, entry = [] } = body;
  if (type !== 'batch' && type !== 'transaction') {
    return failed(422, 'not-supported', 'type: batch or transaction is expected', 'Bundle.type');
  }
  if (!Array.isArray(entry)) return failed(400, 'structure', 'entry: a list is expected', 'Bundle.entry');
  if (entry.length > ENTRIES_MAX) {
    return failed(413, 'too-long', `entry: at most ${ENTRIES_MAX}; send several Bundles`, 'Bundle.entry');
  }
  if (entry.filter(isGet).length > GETS_MAX) {
    return failed(413, 'too-long', `entry: at most ${GETS_MAX} GET; send several Bundles`, 'Bundle.entry');
  }
  return done({ type, entries: entry.map((one, index) => readEntry(one, `Bundle.entry[${index}]`)) });
}

const isGet = (entry: unknown): boolean =>
  isObject(entry) && isObject(entry.request) && entry.request.method === 'GET';

function readEntry(entry: unknown, at: string): Outcome<BundleRequest> {
  if (!isObject(entry) || !isObject(entry.request)) {
    return failed(400, 'required', 'request: method and url are expected', `${at}.request`);
  }
  const { request, resource } = entry;
  const { method } = request;
  if (method !== 'POST' && method !== 'PUT' && method !== 'GET') {
    return failed(405, 'not-supported', 'method: POST, PUT or GET is expected', `${at}.request.method`);
  }
  const parts = /^\/?Observation(?:\/([^/?]*))?(?:\?(.*))?$/s.exec(textOf(request.url, URL_MAX) ?? '');
  const [whole, id = null, query = null] = parts ?? [];
  const fits = { POST: id === null && query === null, PUT: id !== null && query === null, GET: true }[method];
  if (whole === undefined || !fits) {
    const url = 'Observation, Observation/<id> or Observation?<search> is expected';
    return failed(404, 'not-supported', `url: ${url}`, `${at}.request.url`);
  }
  return done({
    method,
    id,
    query,
    resource,
    fullUrl: textOf(entry.fullUrl, FULL_URL_MAX),
    ifNoneExist: textOf(request.ifNoneExist, URL_MAX),
    ifMatch: textOf(request.ifMatch, FULL_URL_MAX),
  });
}

/** The same failure, told of an entry. */
export const within = (failure: Failure, index: number): Failure => {
  const at = `Bundle.entry[${index}]`;
  const [first, ...rest] = failure.issues.map((issue) => ({
    ...issue,
    expression: issue.expression?.startsWith('Bundle')
      ? issue.expression
      : `${at}.resource${issue.expression === undefined ? '' : ` (${issue.expression})`}`,
  }));
  return first ? { ...failure, issues: [first, ...rest] } : failure;
};

export const refusalOf = ({ status, issues }: Failure): Answer => ({
  status,
  resource: operationOutcome(issues),
});

/** What a batch or transaction is answered with: an entry each, in the same order. */
export function responseBundle(type: ReadBundle['type'], answers: readonly Answer[]): Json {
  return {
    resourceType: 'Bundle',
    type: `${type}-response`,
    entry: answers.map(({ status, resource, etag, location, updatedAtMs }) => {
      const isRefused = status >= 400;
      return {
        ...(resource === null || isRefused ? {} : { resource }),
        response: {
          status: String(status),
          ...(location === undefined ? {} : { location }),
          ...(etag === undefined ? {} : { etag }),
          ...(updatedAtMs === undefined ? {} : { lastModified: new Date(updatedAtMs).toISOString() }),
          ...(isRefused && resource !== null ? { outcome: resource } : {}),
        },
      };
    }),
  };
}

/** A page of what was found. `next` leads on; null: there is no more. */
export function searchBundle(
  resources: readonly Json[],
  { base, self, next }: { readonly base: string; readonly self: string; readonly next: string | null },
): Json {
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    link: [
      { relation: 'self', url: `${base}/Observation?${self}` },
      ...(next === null ? [] : [{ relation: 'next', url: `${base}/Observation?${next}` }]),
    ],
    entry: resources.map((resource) => ({
      fullUrl: `${base}/Observation/${resource.id}`,
      resource,
      search: { mode: 'match' },
    })),
  };
}
