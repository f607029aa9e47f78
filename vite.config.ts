import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

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

export default defineConfig({
  root: page('.'),
  base: '/',
  build: {
    outDir: fileURLToPath(new URL('dist/dashboard', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
    // The page's policy allows no inline code and no data: scripts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { input: PAGES.map(page) },
  },
});
