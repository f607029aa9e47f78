import { must } from '../../lib/assert.ts';
import { OwnEngine } from '../../sim/own-engine.ts';
import { City } from '../city.ts';
import { openNodeDatabase } from '../node-database.ts';
import { TestBrowser } from './browser.ts';
import type { ChromiumKind } from './chromium.ts';

/** A node on PostgreSQL with its first administrator, who dispatches too, and a browser to look at it with. */
export interface Stage {
  readonly node: OwnEngine;
  readonly city: City;
  readonly browser: TestBrowser;
  close(): Promise<void>;
}

export async function openStage(
  env: Readonly<Record<string, string>> = {},
  browserKind: ChromiumKind = 'shell',
): Promise<Stage> {
  const database = await openNodeDatabase();
  const { connection } = database;
  const node = await OwnEngine.start({
    databaseUrl: 'connectionString' in connection ? connection.connectionString : null,
    env: { ...process.env, ...env },
    onDeath: () => {},
  });
  const city = new City(node.url);
  await city.firstAdmin(must(node.setupToken, 'the one-time link'));
  const browser = await TestBrowser.launch(node.url, browserKind);
  return {
    node,
    city,
    browser,
    close: async () => {
      await browser.close();
      await city.close();
      await node.remove();
      await database.stop();
    },
  };
}
