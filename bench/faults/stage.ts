import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { OwnEngine } from '../../src/sim/own-engine.ts';
import { freePort } from '../../src/testing/free-port.ts';
import { mountLossy } from '../../src/testing/lossy-mount.ts';
import { RedisCluster } from '../../src/testing/redis/cluster.ts';
import { RedisProcess } from '../../src/testing/redis/server.ts';
import type { Cleanup } from './cleanup.ts';
import { copyTemplate, OwnPostgres, type PostgresTemplate } from './own-postgres.ts';
import { FaultProxy } from './proxy.ts';
import { type Disk, lossyDisk, plainDisk, smallDisk } from './stage-disk.ts';

export interface StageOrder {
  readonly redis: 'single' | 'cluster';
  /** What the data directory of PostgreSQL lies on. `lossy`: its power can be cut; `small`: it can be filled. */
  readonly disk: 'plain' | 'lossy' | 'small';
}

export const NODES = 3;

/** One node, and the lines through which it is reached and reaches others. */
export interface StageNode {
  readonly engine: OwnEngine;
  /** From clients. */
  readonly street: FaultProxy;
  readonly toPostgres: FaultProxy;
  /** Null: a Cluster tells its own addresses, so there is no line to stand in. */
  readonly toRedis: FaultProxy | null;
}

/** Three nodes, PostgreSQL and Redis as processes of their own, and a line with faults between any two that speak. */
export interface Stage {
  readonly folder: string;
  readonly postgres: OwnPostgres;
  readonly disk: Disk;
  readonly redis: RedisProcess | null;
  readonly cluster: RedisCluster | null;
  readonly nodes: readonly StageNode[];
  /** Engines that ended by themselves. */
  readonly deaths: readonly string[];
}

/**
 * Sets it up in `folder`. `populate` is given the database before any node serves. Processes, mounts and lines are in
 * `cleanup` as soon as they are there.
 */
export async function setStage(
  order: StageOrder,
  template: PostgresTemplate,
  folder: string,
  populate: (databaseUrl: string) => Promise<void>,
  cleanup: Cleanup,
): Promise<Stage> {
  mkdirSync(folder, { recursive: true });
  const disk = await diskFor(order, template, folder, cleanup);
  const postgres = new OwnPostgres(template, join(disk.directory, 'data'), folder, await freePort());
  cleanup.add(() => postgres.kill());
  await postgres.start();
  await populate(postgres.url);
  const redis = order.redis === 'single' ? await RedisProcess.start() : null;
  cleanup.add(() => redis?.stop());
  const cluster = order.redis === 'cluster' ? await RedisCluster.start() : null;
  cleanup.add(() => cluster?.stop());
  const deaths: string[] = [];
  const parts = { folder, postgres, redis, cluster, deaths, cleanup };
  // One after the other until the first serves: it makes the role and the partitions.
  const nodes = [await startNode(0, parts)];
  const others = Array.from({ length: NODES - 1 }, (_, i) => startNode(i + 1, parts));
  nodes.push(...(await Promise.all(others)));
  return { folder, postgres, disk, redis, cluster, nodes, deaths };
}

async function diskFor(
  { disk }: StageOrder,
  template: PostgresTemplate,
  folder: string,
  cleanup: Cleanup,
): Promise<Disk> {
  const at = join(folder, 'postgres');
  if (disk === 'plain') {
    await copyTemplate(template, at);
    return plainDisk(at);
  }
  if (disk === 'small') return await smallDisk(at, (directory) => copyTemplate(template, directory), cleanup);
  const backing = join(folder, 'disk');
  await copyTemplate(template, backing);
  return await lossyDisk((seed, torn) => mountLossy(backing, at, { torn, seed }), at, cleanup);
}

interface NodeParts {
  readonly folder: string;
  readonly postgres: OwnPostgres;
  readonly redis: RedisProcess | null;
  readonly cluster: RedisCluster | null;
  readonly deaths: string[];
  readonly cleanup: Cleanup;
}

async function startNode(
  node: number,
  { folder, postgres, redis, cluster, deaths, cleanup }: NodeParts,
): Promise<StageNode> {
  const line = async (port: number) => {
    const proxy = await FaultProxy.to(port);
    cleanup.add(() => proxy.close());
    return proxy;
  };
  const toPostgres = await line(postgres.port);
  const toRedis = redis ? await line(redis.port) : null;
  const engine = await OwnEngine.start({
    databaseUrl: postgres.urlThrough(toPostgres.port),
    env: {
      ...process.env,
      REDIS_URL: toRedis ? `redis://127.0.0.1:${toRedis.port}` : (cluster?.url ?? ''),
      MUSTER_TRUSTED_PROXIES: '127.0.0.1',
      MUSTER_REQUIRE_SECOND_FACTOR: 'false',
    },
    onDeath: (sentence) => deaths.push(sentence),
    onLine: (line) => appendFileSync(join(folder, `node-${node}.log`), `${line}\n`),
  });
  cleanup.add(() => engine.remove());
  const street = await line(Number(new URL(engine.url).port));
  return { engine, street, toPostgres, toRedis };
}
