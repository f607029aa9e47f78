import { onPostgres } from '../../../bench/on-postgres.ts';
import { must } from '../../lib/assert.ts';
import { OwnEngine } from '../../sim/own-engine.ts';
import type { Db } from '../../store/db.ts';
import { TestBrowser } from '../browser/browser.ts';
import type { Stage } from '../browser/stage.ts';
import { City, SQUARE } from '../city.ts';
import { GhostCity } from './ghost-city.ts';
import { ghosts } from './ghost-people.ts';
import type { Scene } from './views.ts';
import { Ward } from './ward.ts';

/** A seeded city at work and a ward, on a node of their own, for as long as `work` takes. */
export const onScene = <T>(responders: number, work: (scene: Scene) => Promise<T>): Promise<T> =>
  onPostgres((url, db) => onSceneWith(url, db, responders, work));

async function onSceneWith<T>(
  databaseUrl: string,
  db: Db,
  responders: number,
  work: (scene: Scene) => Promise<T>,
): Promise<T> {
  const people = await ghosts(db, { responders, callers: 40 });
  const node = await OwnEngine.start({
    databaseUrl,
    env: process.env,
    onDeath: (why) => process.stderr.write(`${why}\n`),
  });
  const city = new City(node.url);
  await city.firstAdmin(must(node.setupToken, 'the one-time link'));
  const crowd = await GhostCity.open({
    url: node.url,
    seed: 7,
    center: SQUARE,
    radiusM: 5_000,
    ...people,
    fixEveryMs: 2_000,
    isHelpful: true,
  });
  const browser = await TestBrowser.launch(node.url);
  const stage: Stage = { node, city, browser, close: async () => {} };
  try {
    crowd.start();
    return await work({ stage, crowd, ward: await Ward.open(stage) });
  } finally {
    await browser.close();
    crowd.close();
    await city.close();
    await node.stop();
    await node.remove();
  }
}
