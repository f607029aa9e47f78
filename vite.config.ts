import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';

const page = (name: string) => fileURLToPath(new URL(`src/dashboard/page/${name}`, import.meta.url));

const PAGES = [
  'index.html',
  'setup.html',
  'registration.html',
  'invitation.html',
  'password-reset.html',
  'email-verification.html',
  'devices.html',
  'second-factor.html',
  'connections.html',
  'connections-callback.html',
];

/** What the head of every page begins with is written once, in `ui/head.html`. */
const sharedHead = (): Plugin => ({
  name: 'shared-head',
  transformIndexHtml: {
    order: 'pre',
    handler: (html) =>
      html.replace('<!-- shared head -->', () => readFileSync(page('ui/head.html'), 'utf8').trim()),
  },
});

export default defineConfig({
  root: page('.'),
  base: '/',
  plugins: [sharedHead()],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  // The map's worker is a module of its own.
  worker: { format: 'es' },
  build: {
    outDir: fileURLToPath(new URL('dist/dashboard', import.meta.url)),
    emptyOutDir: true,
    target: 'es2023',
    // The page's policy allows no inline code and no data: scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The map is one library of a megabyte; it is asked for by the pages that have a map.
    chunkSizeWarningLimit: 1_200,
    rolldownOptions: { input: PAGES.map(page) },
  },
});
