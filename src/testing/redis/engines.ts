import { RedisCluster } from './cluster.ts';
import { RedisProcess } from './server.ts';

/** What a suite about Redis runs on. */
export const REDIS_ENGINES = ['single', 'cluster'] as const;

export interface TestRedis {
  readonly url: string;
  /** Empties it, as somebody at the console might. */
  flush(): Promise<void>;
  /** Its process; null: there are several. */
  readonly single: RedisProcess | null;
  stop(): void;
}

export async function startTestRedis(engine: (typeof REDIS_ENGINES)[number]): Promise<TestRedis> {
  if (engine === 'single') {
    const redis = await RedisProcess.start();
    return {
      url: redis.url,
      single: redis,
      flush: async () => void (await redis.ask('FLUSHALL')),
      stop: () => redis.stop(),
    };
  }
  const cluster = await RedisCluster.start();
  return {
    url: cluster.url,
    single: null,
    flush: async () => {
      for (const master of cluster.masters) await master.ask('FLUSHALL');
    },
    stop: () => cluster.stop(),
  };
}
