import { type ReadonlySignal, signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { type ClientOptions, type MissingEngine, MusterClient, type Status } from '../../../client/index.ts';
import type { Session } from './open-session.ts';

export interface Live {
  readonly client: MusterClient;
  readonly status: ReadonlySignal<Status>;
  /** When something was last heard of the server, by the page's clock; null: not yet. */
  readonly openUntilMs: ReadonlySignal<number | null>;
  /** What the node has to do without, as it has told this connection. */
  readonly degraded: ReadonlySignal<readonly MissingEngine[]>;
}

type Options = Omit<ClientOptions, 'url' | 'token' | 'onStatus'>;

/**
 * A connection for as long as the component is there. `begin` subscribes before it connects; its answer is called at the
 * end. When the server ends it for good, the page asks to sign in.
 */
export function useClient(session: Session, begin: (live: Live) => () => void, options: Options = {}): Live {
  const live = useMemo(() => connect(session, options), [session]);
  useEffect(() => {
    const stop = begin(live);
    live.client.connect();
    // The network is back, or somebody looks again: nobody waits for the next try.
    const hurry = () => {
      if (live.status.value.state === 'waiting' && document.visibilityState === 'visible')
        live.client.connect();
    };
    addEventListener('online', hurry);
    document.addEventListener('visibilitychange', hurry);
    return () => {
      removeEventListener('online', hurry);
      document.removeEventListener('visibilitychange', hurry);
      stop();
      void live.client.close();
    };
  }, [live]);
  return live;
}

function connect(session: Session, options: Options): Live {
  const status = signal<Status>({ state: 'connecting' });
  const openUntilMs = signal<number | null>(null);
  const degraded = signal<readonly MissingEngine[]>([]);
  const client = new MusterClient({
    program: 'muster-page',
    ...options,
    url: location.origin,
    token: session.token,
    onDegraded: (missing) => {
      degraded.value = missing;
    },
    onStatus: (now) => {
      if (status.value.state === 'open') openUntilMs.value = Date.now();
      status.value = now;
      if (now.state === 'closed' && now.reason !== 'asked') session.end(now.reason);
    },
  });
  return { client, status, openUntilMs, degraded };
}
