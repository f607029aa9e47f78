import type { TemplatedApp } from 'uWebSockets.js';
import { attachmentAbout } from '../protocol/http/attachments.ts';
import { addRoute, addUploadRoute, json, parsed, refusal } from './http.ts';
import type { GatewayParts } from './parts.ts';
import { asDownload } from './routes-documents.ts';
import { signedIn } from './signed-in.ts';

/** Above what is taken, so that the refusal says what is wrong. */
const UPLOAD = { maxBytes: 10 * 1024 * 1024, atOnce: 8 };

/** What is sent along with messages: sent as it is, always a download. */
export function addAttachmentRoutes(app: TemplatedApp, parts: GatewayParts): void {
  const { attachments } = parts.services;
  const place = (places: readonly string[], at: number) => (places[at] ?? '').toLowerCase();

  addUploadRoute(
    app,
    parts,
    '/v1/messages/:id/attachments',
    UPLOAD,
    signedIn(parts, async (by, { query, body, places }) => {
      const asked = parsed(attachmentAbout, Object.fromEntries(query));
      if (!asked.ok) return asked.reply;
      const content = body instanceof Uint8Array ? body : new Uint8Array();
      const added = await attachments.add(by, place(places, 0), { fileName: asked.value.name, content });
      return added.ok ? json(201, added.value) : refusal(added.code, added.detail);
    }),
  );

  addRoute(
    app,
    parts,
    'get',
    '/v1/messages/:id/attachments',
    signedIn(parts, async (by, { places }) => {
      const listed = await attachments.list(by, place(places, 0));
      return listed.ok ? json(200, { attachments: listed.value }) : refusal(listed.code);
    }),
  );

  addRoute(
    app,
    parts,
    'get',
    '/v1/messages/:id/attachments/:attachment',
    signedIn(parts, async (by, { places }) => {
      const read = await attachments.read(by, place(places, 0), place(places, 1));
      return read.ok ? asDownload(read.value) : refusal(read.code);
    }),
  );
}
