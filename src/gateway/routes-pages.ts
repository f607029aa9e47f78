import type { TemplatedApp } from 'uWebSockets.js';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { addRoute, type Reply } from './http.ts';
import type { GatewayParts } from './parts.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

/** A page and where it is asked for. */
const PAGES = {
  '/': 'index.html',
  '/admin': 'admin.html',
  '/care': 'care.html',
  '/setup': 'setup.html',
  '/registration': 'registration.html',
  '/invitation': 'invitation.html',
  '/password-reset': 'password-reset.html',
  '/email-verification': 'email-verification.html',
  '/devices': 'devices.html',
  '/second-factor': 'second-factor.html',
  '/connections': 'connections.html',
  '/v1/connections/callback': 'connections-callback.html',
  '/reference': 'reference.html',
  '/responder': 'responder.html',
  '/sos': 'sos.html',
  // What makes the last two apps; browsers look for news of them at each visit.
  '/shell-worker.js': 'shell-worker.js',
  '/responder.webmanifest': 'responder.webmanifest',
  '/sos.webmanifest': 'sos.webmanifest',
} as const;

/** Pictures that a manifest names: their names do not change with them. */
const ICONS_FOR = 'public, max-age=86400';

/**
 * Serves the built pages from memory. The names in `assets/` carry a hash of their content, so browsers may keep
 * them for ever; the pages themselves are asked for again each time. Nothing outside the folder can be named,
 * because only what was found in it at the start is served.
 */
export async function addPageRoutes(app: TemplatedApp, parts: GatewayParts): Promise<void> {
  const folder = parts.config.pagesFolder;
  if (folder === undefined) return;
  for (const [path, file] of Object.entries(PAGES)) {
    const reply = await fileReply(join(folder, file), 'no-cache');
    if (reply) addRoute(app, parts, 'get', path, () => reply);
    else parts.log.warn({ path }, 'a page is not built; run the build to have it');
  }
  for (const file of await namesIn(join(folder, 'icons'))) {
    const reply = await fileReply(join(folder, 'icons', file), ICONS_FOR);
    if (reply) addRoute(app, parts, 'get', `/icons/${file}`, () => reply);
  }
  const assets = join(folder, 'assets');
  for (const file of await namesIn(assets)) {
    const reply = await fileReply(join(assets, file), 'public, max-age=31536000, immutable');
    if (reply) addRoute(app, parts, 'get', `/assets/${file}`, () => reply);
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

async function fileReply(path: string, cacheControl: string): Promise<Reply | null> {
  const type = TYPES[extname(path)];
  if (type === undefined) return null;
  const body = await readFile(path).catch(() => null);
  return body && { status: 200, type, body, headers: { 'cache-control': cacheControl } };
}
