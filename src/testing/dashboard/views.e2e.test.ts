import { expect, test } from 'vitest';
import { onScene } from './scene.ts';
import { beginPast, VIEWS } from './views.ts';

const UNPAINTED = { paintsMap: false } as const;
const PHONE = { ...UNPAINTED, colours: 'dark', size: { width: 360, height: 740 }, isPhone: true } as const;
const WALL = { ...UNPAINTED, colours: 'light', size: { width: 2_560, height: 1_440 } } as const;
/** What is made to hang on a wall. */
const ON_A_WALL: ReadonlySet<string> = new Set(['dispatch', 'care']);

/** Enough that calls are answered; to draw more of them would be no other page. */
const RESPONDERS = 120;

// The other looks of each view are in the tests of that view.
test('no view has a barrier or leaves its origin on a small phone, nor those for a wall on one', async () => {
  const faults = await onScene(RESPONDERS, async (scene) => {
    void beginPast(scene.stage);
    const found: string[] = [];
    for (const { name, show } of VIEWS)
      for (const look of ON_A_WALL.has(name) ? [PHONE, WALL] : [PHONE]) {
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
