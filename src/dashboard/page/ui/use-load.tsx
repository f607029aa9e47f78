import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../../strings/index.ts';
import { problemWords } from '../session.ts';
import { Button } from './button.tsx';
import type { Session } from './open-session.ts';

export interface Loaded<T> {
  /** Null: not yet. What was there stays while it is read again. */
  readonly value: T | null;
  /** Empty: all is well. */
  readonly problem: string;
  readonly reload: () => Promise<void>;
}

/**
 * Reads something when the component comes, when one of `deps` changes, and every `everyMs` where that is given and somebody can
 * see the page. An answer that comes after a newer question is left out.
 */
export function useLoad<T>(
  session: Session,
  work: (accessToken: string) => Promise<T>,
  deps: readonly unknown[],
  everyMs?: number,
): Loaded<T> {
  const [value, setValue] = useState<T | null>(null);
  const [problem, setProblem] = useState('');
  const asked = useRef(0);
  const reload = async () => {
    asked.current += 1;
    const mine = asked.current;
    try {
      const read = await session.act(work);
      if (mine !== asked.current) return;
      setValue(read);
      setProblem('');
    } catch (error) {
      if (mine === asked.current) setProblem(problemWords(error));
    }
  };
  useEffect(() => {
    void reload();
    const again = () => {
      if (!document.hidden) void reload();
    };
    const timer = everyMs === undefined ? undefined : setInterval(again, everyMs);
    return () => {
      clearInterval(timer);
      asked.current += 1;
    };
  }, deps);
  return { value, problem, reload };
}

/** What stands in the place of something that is not there yet, or can't be read. */
export function LoadState<T>({ of }: { readonly of: Loaded<T> }) {
  if (of.problem !== '')
    return (
      <div class="problem" role="alert">
        <p>{of.problem}</p>
        <Button onPress={of.reload}>{t('ui.try_now')}</Button>
      </div>
    );
  return of.value === null ? <p class="empty">{t('ui.connecting')}</p> : null;
}
