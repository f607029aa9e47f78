import { must } from '../../src/lib/assert.ts';
import { until } from '../../src/testing/until.ts';
import type { NodesScenario } from './on-nodes.ts';

const AWAY_MS = 12_000;
const FLUSHES = 4;
const BETWEEN_FLUSHES_MS = 2_000;
/** So long the replica lags before it is promoted. */
const BEHIND_MS = 1_500;
const PROMOTED_WITHIN_MS = 25_000;

export const killedRedis: NodesScenario = {
  name: 'redis-kill',
  about: 'SIGKILL of Redis; it is started again after 12 s, empty',
  async inject({ stage, fault, over, pause }) {
    const redis = must(stage.redis, 'a Redis');
    fault('Redis killed');
    await redis.kill();
    await pause(AWAY_MS);
    await redis.goOn();
    over('Redis killed');
  },
};

export const frozenRedis: NodesScenario = {
  name: 'redis-freeze',
  about: 'SIGSTOP of Redis for 12 s: connections stay open and nothing is answered',
  async inject({ stage, fault, over, pause, atEnd }) {
    const redis = must(stage.redis, 'a Redis');
    atEnd(() => redis.thaw());
    fault('Redis frozen');
    redis.freeze();
    await pause(AWAY_MS);
    redis.thaw();
    over('Redis frozen');
  },
};

export const flushedRedis: NodesScenario = {
  name: 'redis-flush',
  about: 'FLUSHALL four times, two seconds apart',
  async inject({ stage, fault, over, pause }) {
    const redis = must(stage.redis, 'a Redis');
    fault('Redis emptied');
    for (let i = 0; i < FLUSHES; i++) {
      await redis.ask('FLUSHALL');
      await pause(BETWEEN_FLUSHES_MS);
    }
    over('Redis emptied');
  },
};

export const staleReplica: NodesScenario = {
  name: 'redis-failover',
  about:
    'a Cluster whose replica is cut off from its master, which is killed: what is promoted lacks the newest',
  stage: { redis: 'cluster' },
  async inject({ stage, fault, over, pause, atEnd }) {
    const cluster = must(stage.cluster, 'a Cluster');
    const [master, replica] = [must(cluster.masters[0], 'a master'), must(cluster.replicas[0], 'a replica')];
    atEnd(() => replica.thaw());
    fault('stale replica promoted');
    replica.freeze();
    await pause(BEHIND_MS);
    await master.kill();
    replica.thaw();
    const isMaster = async () => String(await replica.ask('INFO', 'replication')).includes('role:master');
    await until(isMaster, { timeoutMs: PROMOTED_WITHIN_MS, what: 'the replica to be promoted' });
    over('stale replica promoted');
  },
};

export const cutFromRedis: NodesScenario = {
  name: 'redis-cut',
  about: 'one of three nodes reaches Redis no more for 12 s',
  async inject({ stage, fault, over, pause }) {
    const line = must(stage.nodes[0]?.toRedis, 'a line to Redis');
    fault('node 0 cut from Redis');
    line.cut();
    await pause(AWAY_MS);
    line.heal();
    over('node 0 cut from Redis');
  },
};
