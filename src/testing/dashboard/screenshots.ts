import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../lib/package-root.ts';
import type { Person, PersonOptions } from '../browser/browser.ts';
import { onScene } from './scene.ts';
import { type Scene, VIEWS } from './views.ts';

const SIZES = {
  phone: { size: { width: 390, height: 844 }, isPhone: true },
  wide: { size: { width: 1_600, height: 1_000 } },
} as const satisfies Record<string, PersonOptions>;
const COLOURS = ['light', 'dark'] as const;
const QUALITY = 80;
const RESPONDERS = 350;
/** All of them together; they are part of the repository. */
const BYTES_MAX = 4 * 2 ** 20;

/** `npm run screenshots`: every view, light and dark, on a phone and wide, from a seeded city, into docs/images. */
export async function takeScreenshots(names: readonly string[]): Promise<number> {
  const folder = fileURLToPath(new URL('docs/images/', packageRoot));
  mkdirSync(folder, { recursive: true });
  if (names.length === 0) for (const file of readdirSync(folder)) rmSync(folder + file);
  const faults = await onScene(RESPONDERS, (scene) => takeAll(scene, folder, names));
  for (const fault of faults) say(fault);
  const files = readdirSync(folder);
  const bytes = files.reduce((sum, file) => sum + statSync(folder + file).size, 0);
  say(`${files.length} pictures, ${(bytes / 2 ** 20).toFixed(1)} MB`);
  return faults.length === 0 && bytes < BYTES_MAX ? 0 : 1;
}

const say = (line: string) => void process.stdout.write(`${line}\n`);

async function takeAll(scene: Scene, folder: string, names: readonly string[]): Promise<string[]> {
  for (const { name, show } of VIEWS) {
    if (names.length > 0 && !names.includes(name)) continue;
    for (const [size, of] of Object.entries(SIZES))
      for (const colours of COLOURS) {
        const person = await show(scene, { ...of, colours });
        await take(person, `${folder}${name}-${size}-${colours}.webp`);
        await person.context.close();
        say(`${name} ${size} ${colours}`);
      }
  }
  return scene.stage.browser.faults;
}

/** WebP, which Playwright does not make but the browser does. */
async function take({ page, context }: Person, file: string): Promise<void> {
  const session = await context.newCDPSession(page);
  const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: QUALITY });
  writeFileSync(file, Buffer.from(data, 'base64'));
}
