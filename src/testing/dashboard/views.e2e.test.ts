import { expect, test } from 'vitest';
import { onScene } from './scene.ts';
import { VIEWS } from './views.ts';

const LOOKS = [
  { colours: 'light', size: { width: 2_560, height: 1_440 } },
  { colours: 'dark', size: { width: 360, height: 740 }, isPhone: true },
] as const;

test('no view has a barrier or leaves its origin, light or dark, from 360 px to a wall screen', async () => {
  const faults = await onScene(async (scene) => {
    const found: string[] = [];
    for (const { name, show } of VIEWS)
      for (const look of LOOKS) {
        const person = await show(scene, look);
        const of = `${name} ${look.colours} ${look.size.width}`;
        const wide = await person.page.evaluate(() => document.documentElement.scrollWidth);
        if (wide > look.size.width) found.push(`${of}: ${wide} px wide`);
        found.push(...(await person.accessibilityFaults()).map((fault) => `${of}: ${fault}`));
        await person.context.close();
      }
    return [...found, ...scene.stage.browser.faults];
  });
  expect(faults).toEqual([]);
}, 900_000);
