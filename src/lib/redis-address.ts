/** One Redis, or a Cluster of them. */
export interface RedisAddress {
  /** One for a single Redis; several nodes of a Cluster. */
  readonly seeds: readonly { readonly host: string; readonly port: number }[];
  readonly isCluster: boolean;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly isTls: boolean;
}

/**
 * Reads `redis://user:password@host:port` or, for a Cluster, `redis://host:port,host:port,…`. `rediss:` is TLS.
 * Null: no such address.
 */
export function redisAddressOf(url: string): RedisAddress | null {
  const match = /^(rediss?):\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^/@]+)\/?$/.exec(url);
  if (!match) return null;
  const [, scheme, username, password, places = ''] = match;
  const seeds = places.split(',').map((place) => /^([\w.-]+|\[[\da-f:]+\])(?::(\d{1,5}))?$/i.exec(place));
  if (seeds.some((seed) => !seed || Number(seed[2] ?? 1) > 65_535)) return null;
  return {
    seeds: seeds.map((seed) => ({ host: seed?.[1] ?? '', port: Number(seed?.[2] ?? 6_379) })),
    isCluster: seeds.length > 1,
    username: username ? decodeURIComponent(username) : undefined,
    password: password ? decodeURIComponent(password) : undefined,
    isTls: scheme === 'rediss',
  };
}
