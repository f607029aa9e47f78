import { effect } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { t } from '../../strings/index.ts';
import { alarming, type WorkItem, workItems } from '../../work-list.ts';
import { announce } from '../ui/live-region.tsx';
import { awaitGesture, flashTitle, soundAlarm } from './sound.ts';
import type { DispatchStore } from './store.ts';

/** Makes what is new and critical heard, said, and seen in the title of the page until somebody is there. */
export function useAlarm(store: DispatchStore): void {
  useEffect(() => {
    const stopWaiting = awaitGesture();
    let known: Set<string> | null = null;
    let unseen = 0;
    let stopFlashing: (() => void) | null = null;
    const seen = () => {
      unseen = 0;
      stopFlashing?.();
      stopFlashing = null;
    };
    const alarm = (fresh: readonly WorkItem[]) => {
      soundAlarm();
      for (const item of fresh) announce(t('work.new_critical', { what: wordsOf(item) }));
      unseen += fresh.length;
      stopFlashing?.();
      stopFlashing = flashTitle(t('work.flash', { n: unseen }));
    };
    const stop = effect(() => {
      if (!store.isLoaded.value) return;
      const items = workItems(store.openSos.value, store.openAlerts.value);
      // Lists follow a frame after the first snapshot; what was open then is news to nobody.
      if (known === null) {
        known = new Set(items.map(({ id }) => id));
        return;
      }
      const fresh = alarming(items, known);
      for (const { id } of items) known.add(id);
      if (fresh.length > 0) alarm(fresh);
    });
    addEventListener('pointerdown', seen);
    addEventListener('keydown', seen);
    return () => {
      stop();
      seen();
      stopWaiting();
      removeEventListener('pointerdown', seen);
      removeEventListener('keydown', seen);
    };
  }, [store]);
}

const wordsOf = (item: WorkItem): string =>
  item.kind === 'sos' ? t(`work.type_${item.sos.emergencyType}`) : item.alert.title;
