import { readFileSync } from 'node:fs';
import type { CDPSession, Page } from 'playwright-core';
import { onPostgres } from '../../../bench/on-postgres.ts';
import { must } from '../../lib/assert.ts';
import { OwnEngine } from '../../sim/own-engine.ts';
import type { Db } from '../../store/db.ts';
import { TestBrowser } from '../browser/browser.ts';
import { City } from '../city.ts';
import { GhostCity } from './ghost-city.ts';
import { ghosts } from './ghost-people.ts';

export interface SoakOrder {
  readonly minutes: number;
  readonly responders: number;
  readonly callEveryMs: number;
  readonly sampleEveryMs: number;
  readonly tell: (line: string) => void;
}

/** What is there at one moment; memory in MB. */
export interface SoakSample {
  readonly atS: number;
  /** Of the page, after a garbage collection. */
  readonly pageHeapMb: number;
  readonly domNodes: number;
  readonly nodeRssMb: number;
  readonly openSos: number;
}

const SAMPLES_MIN = 6;
/** How much more the last third may hold than the first, beside what the engines' own allocators do. */
export const GROWTH_MAX = { pageHeapMb: 6, domNodes: 1_500, nodeRssMb: 64 } as const;

export interface SoakResult {
  readonly samples: readonly SoakSample[];
  readonly growth: Readonly<Record<keyof typeof GROWTH_MAX, number>>;
  readonly calls: number;
  readonly faults: readonly string[];
}

/** A city at work in front of a dispatcher's page for so long; what page and node hold is looked at again and again. */
export const soakDashboard = (order: SoakOrder): Promise<SoakResult> =>
  onPostgres((url, db) => soakOn(url, db, order));

async function soakOn(databaseUrl: string, db: Db, order: SoakOrder): Promise<SoakResult> {
  const people = await ghosts(db, { responders: order.responders, callers: 100 });
  const engine = await OwnEngine.start({ databaseUrl, env: process.env, onDeath: order.tell });
  const city = new City(engine.url);
  await city.firstAdmin(must(engine.setupToken, 'the one-time link'));
  const crowd = await GhostCity.open({
    url: engine.url,
    seed: 20_261_127,
    center: { lat: 48.2082, lng: 16.3738 },
    radiusM: 4_000,
    ...people,
    fixEveryMs: 2_000,
    isHelpful: true,
  });
  const browser = await TestBrowser.launch(engine.url);
  let calls = 0;
  const calling = setInterval(() => {
    calls += 1;
    crowd.call();
  }, order.callEveryMs);
  try {
    crowd.start();
    const samples = await watch(browser, city, engine, order);
    return { samples, growth: growthOf(samples), calls, faults: browser.faults };
  } finally {
    clearInterval(calling);
    await browser.close();
    crowd.close();
    await engine.stop();
    await engine.remove();
  }
}

async function watch(
  browser: TestBrowser,
  city: City,
  engine: OwnEngine,
  { minutes, sampleEveryMs, tell }: SoakOrder,
): Promise<SoakSample[]> {
  const { page, context, open, signIn } = await browser.person({ reducedMotion: false });
  await open('/');
  await signIn(city.credentialsOf());
  await page.locator('.map-view[data-ready=true]').waitFor();
  await page.keyboard.press('h');
  const session = await context.newCDPSession(page);
  const samples: SoakSample[] = [];
  const beganMs = performance.now();
  // A look takes seconds where the machine is busy, and thirds of two looks say nothing.
  while (performance.now() - beganMs < minutes * 60_000 || samples.length < SAMPLES_MIN) {
    await page.waitForTimeout(sampleEveryMs);
    const sample = {
      atS: Math.round((performance.now() - beganMs) / 1_000),
      ...(await held(page, session, engine)),
    };
    samples.push(sample);
    tell(
      `${String(sample.atS).padStart(5)} s  page ${sample.pageHeapMb.toFixed(1)} MB, ${sample.domNodes} elements; node ${sample.nodeRssMb.toFixed(0)} MB; ${sample.openSos} SOS open`,
    );
  }
  return samples;
}

async function held(page: Page, session: CDPSession, engine: OwnEngine): Promise<Omit<SoakSample, 'atS'>> {
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  const { nodes } = await session.send('Memory.getDOMCounters');
  const openSos = await page.locator('.sos-marker').count();
  return {
    pageHeapMb: usedSize / 2 ** 20,
    domNodes: nodes,
    nodeRssMb: residentMb(must(engine.pid, 'a running node')),
    openSos,
  };
}

function residentMb(pid: number): number {
  const [, kb = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kb) / 1_024;
}

/** The median of the last third less that of the second: the first is for warming up. */
function growthOf(samples: readonly SoakSample[]): SoakResult['growth'] {
  const third = Math.max(1, Math.floor(samples.length / 3));
  const [middle, last] = [samples.slice(third, -third), samples.slice(-third)];
  const more = (of: keyof typeof GROWTH_MAX) =>
    median(last.map((one) => one[of])) - median(middle.map((one) => one[of]));
  return { pageHeapMb: more('pageHeapMb'), domNodes: more('domNodes'), nodeRssMb: more('nodeRssMb') };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

export const isFlat = ({ growth, faults }: SoakResult): boolean =>
  faults.length === 0 &&
  (['pageHeapMb', 'domNodes', 'nodeRssMb'] as const).every((of) => growth[of] <= GROWTH_MAX[of]);
