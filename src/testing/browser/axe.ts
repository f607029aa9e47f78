import axe from 'axe-core';
import type { Page } from 'playwright-core';

const STANDARDS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** What WCAG 2.2 AA and good practice find wrong with a page as it is now, one sentence for each element; empty is good. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async (tags) => {
    const { axe: injected } = globalThis as unknown as { axe: typeof axe };
    const { violations } = await injected.run(document, {
      runOnly: tags,
      resultTypes: ['violations'],
    });
    // Signs on a map lie where things are, over each other too; the work list has a larger target for each (WCAG 2.5.8).
    const isOnMap = (id: string, html: string) => id === 'target-size' && html.includes('sos-marker');
    const real = violations.map((one) => ({
      ...one,
      nodes: one.nodes.filter(({ html }) => !isOnMap(one.id, html)),
    }));
    return real.flatMap(({ id, help, nodes }) =>
      nodes.map(
        ({ html, failureSummary }) => `${id}: ${help}: ${html.slice(0, 200)} ${failureSummary ?? ''}`,
      ),
    );
  }, STANDARDS);
}
