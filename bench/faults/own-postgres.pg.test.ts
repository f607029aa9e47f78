import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { StoreUnavailable, sql } from '../../src/store/db.ts';
import { freePort } from '../../src/testing/free-port.ts';
import { lossyMountImpossible, mountLossy } from '../../src/testing/lossy-mount.ts';
import { ownerDb } from '../../src/testing/owner-db.ts';
import { findBinaries } from '../../src/testing/postgres/binaries.ts';
import { fastFolder } from '../../src/testing/postgres/cluster.ts';
import { withClient } from '../../src/testing/postgres/server.ts';
import { until } from '../../src/testing/until.ts';
import { Cleanup } from './cleanup.ts';
import { copyTemplate, emptyTemplate, OwnPostgres, type PostgresTemplate } from './own-postgres.ts';
import { lossyDisk, smallDisk } from './stage-disk.ts';

const hasBinaries = (await findBinaries()).length > 0;
const isRoot = process.getuid?.() === 0;
const hasLossyDisk = (await lossyMountImpossible()) === undefined;

const INSERT = sql('test_insert', `insert into numbers select $1::int, repeat('x', $2::int)`);
const COUNT = sql(
  'test_count',
  'select count(distinct number)::int as n from numbers where number = any($1::int[])',
);

/** The small form of the scenarios of disks, without nodes: what PostgreSQL itself keeps, and how it is missed. */
describe.skipIf(!hasBinaries || !isRoot)('PostgreSQL', () => {
  let root: string;
  let template: PostgresTemplate;
  const cleanup = new Cleanup();

  beforeAll(async () => {
    root = mkdtempSync(join(fastFolder(), 'muster-disks-'));
    chmodSync(root, 0o755);
    const folder = join(root, 'template');
    mkdirSync(folder);
    template = await emptyTemplate(folder);
  });
  afterAll(async () => {
    await cleanup.run(() => {});
    rmSync(root, { recursive: true, force: true });
  });

  async function started(directory: string): Promise<OwnPostgres> {
    const postgres = new OwnPostgres(template, join(directory, 'data'), root, await freePort());
    cleanup.add(() => postgres.kill());
    await postgres.start();
    await withClient(postgres.urlOf('postgres'), (client) =>
      client.query('create table numbers (number int, filler text)'),
    );
    return postgres;
  }

  test.skipIf(!hasLossyDisk)(
    'whose power is cut in the middle starts by itself and holds all that it acknowledged',
    async () => {
      const [backing, directory] = [join(root, 'backing'), join(root, 'mount')];
      await copyTemplate(template, backing);
      const disk = await lossyDisk(
        (seed, torn) => mountLossy(backing, directory, { torn, seed }),
        directory,
        cleanup,
      );
      const postgres = await started(directory);
      const acknowledged: number[] = [];
      const writing = withClient(postgres.urlOf('postgres'), async (client) => {
        for (let n = 1; ; n++) {
          await client.query(INSERT.text, [n, 100]);
          acknowledged.push(n);
        }
      }).catch(() => {});
      await until(() => acknowledged.length >= 50, { timeoutMs: 30_000, what: 'writes' });
      const { lostSectors } = await disk.cut();
      await postgres.kill();
      await writing;
      await disk.mountAgain();
      await postgres.start();
      const rows = await withClient(postgres.urlOf('postgres'), (client) =>
        client.query<{ n: number }>(COUNT.text, [acknowledged]),
      );
      expect(rows.rows[0]?.n).toBe(acknowledged.length);
      expect(lostSectors).toBeGreaterThan(0);
      await postgres.kill();
    },
  );

  test('whose disk is full counts as away, and takes what comes again when there is room', async () => {
    const directory = join(root, 'small');
    const disk = await smallDisk(directory, (where) => copyTemplate(template, where), cleanup);
    const postgres = await started(directory);
    const db = ownerDb({ connectionString: postgres.urlOf('postgres') });
    try {
      await db.query(INSERT, [1, 100]);
      await disk.fill();
      let refused: unknown;
      const isFull = async () => {
        refused = await db.query(INSERT, [2, 100_000]).then(
          () => null,
          (error: unknown) => error,
        );
        return refused !== null;
      };
      await until(isFull, { timeoutMs: 30_000, what: 'a write that finds no room' });
      expect(refused).toBeInstanceOf(StoreUnavailable);
      disk.empty();
      if (!postgres.isRunning) await postgres.start();
      const goesOn = () => db.query(INSERT, [3, 100]).then(() => true);
      await until(goesOn, { timeoutMs: 30_000, what: 'a write that finds room again' });
      expect(await db.query(COUNT, [[1, 3]])).toEqual([{ n: 2 }]);
    } finally {
      await db.close();
      await postgres.kill();
    }
  });
});
