import type { TemplatedApp } from 'uWebSockets.js';
import { documentAbout } from '../protocol/http/people.ts';
import { addRoute, addUploadRoute, json, parsed, type Reply, refusal } from './http.ts';
import type { GatewayParts } from './parts.ts';
import type { PeopleService, Principal } from './services.ts';
import { signedIn } from './signed-in.ts';

/** Above what accounts take, so that the refusal says what is wrong. */
const UPLOAD = { maxBytes: 10 * 1024 * 1024, atOnce: 8 };

/** Proofs for verification: sent as they are, seen by their owner and administrators only, always as a download. */
export function addDocumentRoutes(app: TemplatedApp, parts: GatewayParts): void {
  const { people } = parts.services;

  addUploadRoute(
    app,
    parts,
    '/v1/me/documents',
    UPLOAD,
    signedIn(parts, async (by, { query, body }) => {
      const asked = parsed(documentAbout, Object.fromEntries(query));
      if (!asked.ok) return asked.reply;
      const { role, type, name } = asked.value;
      const content = body instanceof Uint8Array ? body : new Uint8Array();
      const added = await people.addDocument(by, { role, documentType: type, fileName: name, content });
      return added.ok ? json(201, added.value) : refusal(added.code, added.detail);
    }),
  );

  const list = async (by: Principal, userId: string): Promise<Reply> => {
    const documents = await people.documentsOf(by, userId);
    return documents.ok ? json(200, { documents: documents.value }) : refusal(documents.code);
  };

  addRoute(
    app,
    parts,
    'get',
    '/v1/me/documents',
    signedIn(parts, (by) => list(by, by.userId)),
  );
  addRoute(
    app,
    parts,
    'get',
    '/v1/users/:id/documents',
    signedIn(parts, (by, { places }) => list(by, (places[0] ?? '').toLowerCase())),
  );
  addRoute(
    app,
    parts,
    'get',
    '/v1/me/documents/:id',
    signedIn(parts, (by, { places }) => download(people, by, by.userId, places[0] ?? '')),
  );
  addRoute(
    app,
    parts,
    'get',
    '/v1/users/:id/documents/:document',
    signedIn(parts, (by, { places }) =>
      download(people, by, (places[0] ?? '').toLowerCase(), places[1] ?? ''),
    ),
  );
}

async function download(people: PeopleService, by: Principal, ownerId: string, id: string): Promise<Reply> {
  const read = await people.readDocument(by, ownerId, id.toLowerCase());
  return read.ok ? asDownload(read.value) : refusal(read.code);
}

/** Never shown by the browser in our name. */
export function asDownload({
  content,
  fileName,
  mediaType,
}: {
  readonly content: Uint8Array;
  readonly fileName: string;
  readonly mediaType: string;
}): Reply {
  const name = encodeURIComponent(fileName).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
  return {
    status: 200,
    type: mediaType,
    body: content,
    headers: { 'content-disposition': `attachment; filename*=UTF-8''${name}` },
  };
}
