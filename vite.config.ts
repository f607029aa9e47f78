import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { feature } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import { defineConfig, type Plugin } from 'vite';

const page = (name: string) => fileURLToPath(new URL(`src/dashboard/page/${name}`, import.meta.url));

const PAGES = [
  'index.html',
  'admin.html',
  'care.html',
  'setup.html',
  'registration.html',
  'invitation.html',
  'password-reset.html',
  'email-verification.html',
  'devices.html',
  'second-factor.html',
  'connections.html',
  'connections-callback.html',
  'reference.html',
  'responder.html',
  'sos.html',
];

/** Those that can be installed on a phone and open without a connection. */
const APPS = ['responder.html', 'sos.html'];

/** What the head of every page begins with is written once, in `ui/head.html`. */
const sharedHead = (): Plugin => ({
  name: 'shared-head',
  transformIndexHtml: {
    order: 'pre',
    handler: (html) =>
      html.replace('<!-- shared head -->', () => readFileSync(page('ui/head.html'), 'utf8').trim()),
  },
});

/**
 * The outline of the world that the map falls back to, as GeoJSON in a file of its own: the map's worker reads it, so no page
 * waits for it. Two decimals are a kilometre, which is what the outline is good for.
 */
const outline = (): Plugin => {
  const file = createRequire(import.meta.url).resolve('world-atlas/land-50m.json');
  const world = JSON.parse(readFileSync(file, 'utf8')) as Topology<{ land: GeometryCollection }>;
  const rounded = (_: string, value: unknown) =>
    typeof value === 'number' ? Math.round(value * 100) / 100 : value;
  const source = JSON.stringify(feature(world, world.objects.land), rounded);
  const fileName = `assets/outline-${createHash('sha256').update(source).digest('hex').slice(0, 8)}.json`;
  return {
    name: 'outline',
    config: () => ({ define: { OUTLINE_URL: JSON.stringify(`/${fileName}`) } }),
    generateBundle() {
      this.emitFile({ type: 'asset', fileName, source });
    },
  };
};

/** Tells the service worker what the shell of the apps is made of, and gives it a version that changes with it. */
const shellOfApps = (): Plugin => ({
  name: 'shell-of-apps',
  generateBundle: {
    order: 'post',
    handler(_options, bundle) {
      const files = new Set(['/icons/responder.svg', '/icons/sos.svg']);
      const visit = (fileName: string): void => {
        const file = bundle[fileName];
        if (file?.type !== 'chunk' || files.has(`/${fileName}`)) return;
        files.add(`/${fileName}`);
        for (const css of file.viteMetadata?.importedCss ?? []) files.add(`/${css}`);
        for (const imported of file.imports) visit(imported);
      };
      const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
      for (const { facadeModuleId, fileName } of chunks)
        if (APPS.some((app) => facadeModuleId === page(app))) visit(fileName);
      const worker = chunks.find(({ fileName }) => fileName === 'shell-worker.js');
      if (!worker) throw new Error('there is no service worker');
      const names = [...files].sort();
      const version = createHash('sha256').update(JSON.stringify(names)).digest('hex').slice(0, 12);
      worker.code = `const SHELL = ${JSON.stringify({ version, files: names })};\n${worker.code}`;
    },
  },
});

export default defineConfig({
  root: page('.'),
  base: '/',
  plugins: [sharedHead(), outline(), shellOfApps()],
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
    chunkSizeWarningLimit: 1_400,
    rolldownOptions: {
      input: [...PAGES, 'shell-worker.ts'].map(page),
      checks: { pluginTimings: false },
      // A service worker is known by its name, and its scope by where it lies.
      output: {
        entryFileNames: ({ name }) => (name === 'shell-worker' ? '[name].js' : 'assets/[name]-[hash].js'),
      },
    },
  },
});
