import type { Page } from 'playwright-core';
import { must } from '../../lib/assert.ts';
import { OwnEngine } from '../../sim/own-engine.ts';
import type { Db } from '../../store/db.ts';
import { TestBrowser } from '../browser/browser.ts';
import { type Task, tasksDuring } from '../browser/tasks.ts';
import { City } from '../city.ts';
import { until } from '../until.ts';
import { GhostCity } from './ghost-city.ts';
import { ghosts } from './ghost-people.ts';

export interface MapOrder {
  readonly responders: number;
  readonly fixEveryMs: number;
  readonly sos: number;
  readonly runMs: number;
}

export interface MapFigures {
  readonly shown: number;
  /** Fixes that the page was sent, per second. */
  readonly rowsPerS: number;
  readonly framesPerS: number;
  /** While the page starts, and from when everybody is on the map. */
  readonly start: TaskFigures;
  readonly live: TaskFigures;
  readonly faults: readonly string[];
}

export interface TaskFigures {
  readonly tasks: number;
  /** The longest task, by the processor's time and by the clock. */
  readonly longestCpuMs: number;
  readonly longestWallMs: number;
  /** How many took 50 ms of the clock or more: what `PerformanceObserver` calls long. */
  readonly longOnClock: number;
}

/** A task that long is noticed by people. */
export const LONG_MS = 50;
const CENTER = { lat: 48.2082, lng: 16.3738 };
const READY_WITHIN_MS = 120_000;

/** Lets so many responders move in front of a dispatcher's page on a real node, and says how long the page stood still. */
export async function measureMap(databaseUrl: string, db: Db, order: MapOrder): Promise<MapFigures> {
  const people = await ghosts(db, { responders: order.responders, callers: Math.max(1, order.sos) });
  const engine = await OwnEngine.start({
    databaseUrl,
    env: process.env,
    onDeath: (why) => process.stderr.write(`${why}\n`),
  });
  const city = new City(engine.url);
  await city.firstAdmin(must(engine.setupToken, 'the one-time link'));
  const crowd = await GhostCity.open({
    url: engine.url,
    seed: 20_261_126,
    center: CENTER,
    radiusM: 8_000,
    ...people,
    fixEveryMs: order.fixEveryMs,
    isHelpful: false,
  });
  const browser = await TestBrowser.launch(engine.url);
  try {
    crowd.start();
    for (let i = 0; i < order.sos; i += 1) crowd.call();
    return await look(browser, city, order);
  } finally {
    await browser.close();
    crowd.close();
    await engine.stop();
    await engine.remove();
  }
}

async function look(browser: TestBrowser, city: City, order: MapOrder): Promise<MapFigures> {
  const { page, context, open, signIn } = await browser.person({ reducedMotion: false });
  await context.addInitScript(countFrames);
  let rows = 0;
  page.on('websocket', (socket) =>
    socket.on('framereceived', ({ payload }) => {
      // A row is an id of 36 letters and little more.
      rows += typeof payload === 'string' ? 0 : Math.floor(payload.length / 64);
    }),
  );
  const start = await tasksDuring(page, async () => {
    await open('/');
    await signIn(city.credentialsOf());
    await page.locator('.map-view[data-ready=true]').waitFor();
    await until(async () => (await shown(page)) >= order.responders, {
      timeoutMs: READY_WITHIN_MS,
      what: `${order.responders} responders on the map`,
    });
  });
  await page.keyboard.press('h');
  const [framesBefore, rowsBefore] = [await frames(page), rows];
  const live = await tasksDuring(page, () => page.waitForTimeout(order.runMs));
  const seconds = order.runMs / 1_000;
  return {
    shown: await shown(page),
    rowsPerS: Math.round((rows - rowsBefore) / seconds),
    framesPerS: Math.round(((await frames(page)) - framesBefore) / seconds),
    start: figuresOf(start),
    live: figuresOf(live),
    faults: browser.faults,
  };
}

function figuresOf(tasks: readonly Task[]): TaskFigures {
  const longest = (of: (task: Task) => number) =>
    tasks.reduce((most, task) => Math.max(most, Math.round(of(task))), 0);
  return {
    tasks: tasks.length,
    longestCpuMs: longest(({ cpuMs }) => cpuMs),
    longestWallMs: longest(({ wallMs }) => wallMs),
    longOnClock: tasks.filter(({ wallMs }) => wallMs >= LONG_MS).length,
  };
}

/** Runs in the page before everything else of it. */
function countFrames(): void {
  let count = 0;
  const frame = () => {
    count += 1;
    Reflect.set(globalThis, 'framesDrawn', count);
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

const frames = (page: Page) => page.evaluate(() => Number(Reflect.get(globalThis, 'framesDrawn')));

/** How many the legend counts. */
const shown = (page: Page) =>
  page.evaluate(() =>
    [...document.querySelectorAll('.map-legend label b')].reduce(
      (sum, { textContent }) => sum + Number((textContent ?? '').replaceAll(',', '')),
      0,
    ),
  );
