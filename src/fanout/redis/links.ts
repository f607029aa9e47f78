import { Cluster, Redis } from 'ioredis';
import type { RedisAddress } from '../../lib/redis-address.ts';
import type { RateLimitedLog } from './rate-limited-log.ts';

export type RedisLink = Redis | Cluster;

const CONNECT_TIMEOUT_MS = 1_000;
export const COMMAND_TIMEOUT_MS = 1_000;
/**
 * A command that timed out stays in its socket, so the socket goes too: a little later than the command's own timeout, so that it
 * is this one that ends it.
 */
const SOCKET_TIMEOUT_MS = 1_500;
const RETRY_STEP_MS = 50;
const RETRY_MAX_MS = 500;
/** After a failover the Cluster is looked at again this often. */
const SLOTS_REFRESH_MS = 1_000;

/** `forListening`: a connection that only hears, on every shard. Connects by itself, and again whenever it is lost. */
export function openLink(address: RedisAddress, log: RateLimitedLog, forListening: boolean): RedisLink {
  const { seeds, isCluster, username, password, isTls } = address;
  const retryStrategy = (times: number) => Math.min(times * RETRY_STEP_MS, RETRY_MAX_MS);
  const options = {
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: COMMAND_TIMEOUT_MS,
    socketTimeout: SOCKET_TIMEOUT_MS,
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    // What was under way when a connection was lost is given up; on the next one it would come behind newer ones.
    autoResendUnfulfilledCommands: false,
    retryStrategy,
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
    ...(isTls ? { tls: {} } : {}),
  };
  const link = isCluster
    ? new Cluster([...seeds], {
        redisOptions: options,
        shardedSubscribers: forListening,
        slotsRefreshInterval: SLOTS_REFRESH_MS,
        slotsRefreshTimeout: CONNECT_TIMEOUT_MS,
        enableOfflineQueue: false,
        clusterRetryStrategy: retryStrategy,
      })
    : new Redis({ ...options, host: seeds[0]?.host ?? '', port: seeds[0]?.port ?? 0 });
  // An event without a listener would end the process; hundreds come with one failover.
  link.on('error', (error: unknown) => log.failed(error));
  return link;
}
