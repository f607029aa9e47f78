import { GATEWAY_DEFAULTS } from './gateway/config.ts';
import type { GatewayOptions } from './gateway/parts.ts';
import { type Gateway, startGateway } from './gateway/server.ts';
import { inNetworks } from './lib/networks.ts';
import { packageRoot } from './lib/package-root.ts';
import type { Site } from './node-site.ts';

/** Opens the street door, last of all; the answer is where it is. */
export async function openDoor(
  site: Site,
  inside: Pick<
    GatewayOptions,
    'services' | 'subscriptions' | 'feed' | 'tails' | 'care' | 'onLimitExceeded' | 'spending' | 'graceMs'
  >,
): Promise<{ url: string; gateway: Gateway }> {
  const { host, port, allowedOrigins, shutdownMs, tlsKeyFile: keyFile, tlsCertFile: certFile } = site.config;
  const tls = keyFile && certFile ? { keyFile, certFile } : undefined;
  const gateway = await startGateway({
    ...site,
    ...inside,
    log: site.log.named('gateway'),
    config: {
      ...GATEWAY_DEFAULTS,
      host,
      port,
      exclusivePort: site.config.sharedPort === 'false',
      allowedOrigins,
      admissions: { perSecond: site.config.admissionsPerS, burst: site.config.admissionsPerS },
      trustedProxies: inNetworks(site.config.trustedProxies),
      tls,
      drainMs: shutdownMs / 2,
      about: {
        emergencyNumber: site.config.emergencyNumber,
        sosCancelWindowMs: site.config.sosCancelWindowMs,
        mapStyleUrl: site.config.mapStyleUrl,
        pushPublicKey: site.config.vapidPublicKey,
      },
      publicUrl: site.config.publicUrl ?? undefined,
      pagesFolder: new URL('dist/dashboard/', packageRoot).pathname,
    },
  });
  site.releasers.add('gateway', async () => {
    await gateway.drain();
    gateway.close();
  });
  return { url: `${tls ? 'https' : 'http'}://${host}:${gateway.port}`, gateway };
}
