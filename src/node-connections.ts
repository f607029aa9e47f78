import { randomBytes } from 'node:crypto';
import { timezoneOf } from './accounts/timezone-of.ts';
import type { Hub } from './fanout/hub.ts';
import type { Job } from './jobs/job.ts';
import { packageRoot } from './lib/package-root.ts';
import type { Site } from './node-site.ts';
import type { Db } from './store/db.ts';
import { askOverHttp } from './telemetry/connections/ask.ts';
import { Connections } from './telemetry/connections/connections.ts';
import { connectionsJob, tokenKeysJob } from './telemetry/connections/jobs.ts';
import { loadProviders } from './telemetry/connections/load-mappings.ts';
import { OAuth } from './telemetry/connections/oauth.ts';
import { type Reachable, Syncer } from './telemetry/connections/syncer.ts';
import { openTokenKeys } from './telemetry/connections/token-keys.ts';
import { Vault } from './telemetry/connections/vault.ts';
import { pgConnectionSync } from './telemetry/pg-connection-sync.ts';
import { pgConnections } from './telemetry/pg-connections.ts';
import type { VitalsWatch } from './telemetry/vitals/sample.ts';

/** Of a provider: for the whole of an answer. */
const TIMEOUT_MS = 20_000;
/** Read in one piece between whatever else the node does; four at once. */
const ANSWER_BYTES_MAX = 8 * 1024 * 1024;
const CALLBACK = '/v1/connections/callback';

export interface BuiltConnections {
  readonly connections: Connections;
  readonly jobs: readonly Job[];
}

/** The clouds of wearables that people let this server read. */
export async function buildConnections(
  site: Site,
  { db, hub, watch }: { readonly db: Db; readonly hub: Hub; readonly watch: VitalsWatch },
): Promise<BuiltConnections> {
  const { clock, config, newId, nodeId: owner, releasers } = site;
  const log = site.log.named('connections');
  const stopped = new AbortController();
  const ask = askOverHttp({ timeoutMs: TIMEOUT_MS, bytesMax: ANSWER_BYTES_MAX, stopped: stopped.signal });
  const providers = await reachable(site, ask);
  const vault = await openVault(site);
  const syncer = new Syncer({
    ...site,
    log,
    owner,
    vault,
    providers,
    ask,
    watch,
    store: pgConnectionSync(db, newId),
    timezoneOf: timezoneOf(db),
    publish: (notice) => hub.publish(notice),
    settings: { freshMs: config.maxSampleAgeLiveMs },
  });
  releasers.add('connections', () => {
    stopped.abort();
    return syncer.stop();
  });
  if (providers.size === 0)
    log.info({}, 'no wearable can be connected, because MUSTER_WEARABLES_FILE is not set');
  const connections = new Connections({
    ...site,
    log,
    store: pgConnections(db),
    providers,
    vault,
    syncer,
    clock,
  });
  return { connections, jobs: providers.size === 0 ? [] : [connectionsJob(syncer), tokenKeysJob(syncer)] };
}

async function reachable(
  { clock, config }: Site,
  ask: ReturnType<typeof askOverHttp>,
): Promise<ReadonlyMap<string, Reachable>> {
  const folder = config.wearablesDir ?? new URL('deploy/wearables/', packageRoot).pathname;
  const publicUrl = config.publicUrl ?? `http://${config.host}:${config.port}`;
  const providers = await loadProviders(folder, config.wearablesFile);
  return new Map(
    providers.map((provider) => {
      const oauth = new OAuth(provider, `${publicUrl}${CALLBACK}`, ask, clock.nowMs);
      return [provider.provider, { provider, oauth }];
    }),
  );
}

/** Without a provider there is nothing to keep, and no file of keys appears in anybody's folder. */
async function openVault({ config }: Site): Promise<Vault> {
  if (config.wearablesFile === null) return new Vault([{ id: 'none', key: randomBytes(32) }]);
  return new Vault(await openTokenKeys(config.tokenKeysFile, config.dataDir));
}
