/** What the parent tells the process of the embedded database. */
export type ToChild = { readonly kind: 'ping' } | { readonly kind: 'stop' };

/** What it answers. `failed` is followed by its end. */
export type FromChild =
  | { readonly kind: 'ready'; readonly prepared: 'existing' | 'copied' | 'built' }
  | { readonly kind: 'failed'; readonly sentence: string }
  | { readonly kind: 'pong' };

/** The child's only argument, as JSON. All paths are absolute. */
export interface ChildArguments {
  readonly dataDir: string;
  readonly socketDir: string;
  readonly cacheDir: string;
  readonly lockWaitMs: number;
  readonly parentPid: number;
}

/** `pg` finds a Unix socket by its directory and this number. */
export const SOCKET_PORT = 5432;
export const SOCKET_NAME = `.s.PGSQL.${SOCKET_PORT}`;
