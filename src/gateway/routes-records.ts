import type { TemplatedApp } from 'uWebSockets.js';
import { isUuid } from '../lib/ids.ts';
import type { Result } from '../lib/result.ts';
import type { ErrorCode } from '../protocol/errors.ts';
import { openApi } from '../schema/records/openapi.ts';
import { type Asked, addRoute, json, type Method, noContent, PLAIN, type Reply, refusal } from './http.ts';
import type { GatewayParts } from './parts.ts';
import type { Principal } from './services.ts';
import { signedIn } from './signed-in.ts';

const KEY = 'idempotency-key';
const KIND = { ...PLAIN, headers: [KEY] };

type Handler = (by: Principal, type: string, id: string, asked: Asked, key: string | null) => Promise<Reply>;

let madeDocument: string | undefined;

/** Made when a node starts, because that takes too long beside events, and once in a process, because it is always the same. */
function openApiDocument(): string {
  madeDocument ??= JSON.stringify(openApi());
  return madeDocument;
}

/** Records of every declared type: one family of routes, whichever type the path names. */
export function addRecordRoutes(app: TemplatedApp, parts: GatewayParts): void {
  const { records } = parts.services;
  const document = openApiDocument();
  addRoute(app, parts, 'get', '/v1/openapi.json', () => ({
    status: 200,
    type: 'application/json; charset=utf-8',
    body: document,
  }));
  const add = (method: Method, what: string, handler: Handler) =>
    addRoute(
      app,
      parts,
      method,
      `/v1/records/:type${what}`,
      signedIn(parts, (by, asked) => {
        const [type = '', id = ''] = asked.places;
        const key = (asked.headers[KEY] ?? '').toLowerCase();
        if (key !== '' && !isUuid(key)) return refusal('bad_request', `${KEY} (format): is any UUID`);
        return handler(by, type, id.toLowerCase(), asked, key || null);
      }),
      KIND,
    );

  add('get', '', async (by, type, _, { query }) =>
    answered(await records.list(by, type, Object.fromEntries(query)), (page) => json(200, page)),
  );
  add('post', '', async (by, type, _, { body }, key) =>
    answered(await records.create(by, type, body, key), (record) => json(201, record)),
  );
  add('post', '/batch', async (by, type, _, { body }, key) =>
    answered(await records.createMany(by, type, body, key), (created) => json(201, { records: created })),
  );
  add('get', '/:id', async (by, type, id) =>
    answered(await records.read(by, type, id), (record) => json(200, record)),
  );
  add('patch', '/:id', async (by, type, id, { body }, key) =>
    answered(await records.change(by, type, id, body, key), (record) => json(200, record)),
  );
  add('get', '/:id/history', async (by, type, id, { query }) =>
    answered(await records.history(by, type, id, Object.fromEntries(query)), (page) => json(200, page)),
  );
  add('post', '/:id/removal', async (by, type, id, { body }, key) =>
    answered(await records.remove(by, type, id, body, key), () => noContent),
  );
  add('post', '/:id/erasure', async (by, type, id, { body }, key) =>
    answered(await records.erase(by, type, id, body, key), () => noContent),
  );
}

const answered = <T>(result: Result<T, ErrorCode>, shown: (value: T) => Reply): Reply =>
  result.ok ? shown(result.value) : refusal(result.code, result.detail);
