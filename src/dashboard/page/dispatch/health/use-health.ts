import { type ReadonlySignal, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Heard } from '../../../health.ts';
import type { Session } from '../../ui/open-session.ts';
import type { Live } from '../../ui/use-client.ts';

const EVERY_MS = 5_000;

/**
 * How the node does, asked again and again, and at once when it says that an engine went or came; null until the first answer. A
 * missed answer leaves the last one.
 */
export function useHealth(session: Session, { degraded }: Live): ReadonlySignal<Heard | null> {
  const heard = useSignal<Heard | null>(null);
  useEffect(() => {
    let isGone = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async () => {
      clearTimeout(timer);
      const askedMs = performance.now();
      const health = await session.act((token) => session.http.health(token)).catch(() => null);
      if (isGone) return;
      clearTimeout(timer);
      if (health) heard.value = { health, atMs: Date.now(), tookMs: performance.now() - askedMs };
      timer = setTimeout(ask, EVERY_MS);
    };
    // It calls at once for the first time.
    const stop = degraded.subscribe(() => void ask());
    return () => {
      isGone = true;
      stop();
      clearTimeout(timer);
    };
  }, [session, degraded]);
  return heard;
}
