import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { type Shortcut, shortcutOf } from '../../shortcuts.ts';

const KEY = 'muster.keys';

/** Whether single keys do something. Whoever speaks to their device, or hits keys by mistake, turns them off. */
export const areKeysOn = signal(localStorage.getItem(KEY) !== 'off');

export function setKeys(on: boolean): void {
  areKeysOn.value = on;
  localStorage.setItem(KEY, on ? 'on' : 'off');
}

const NEEDS_NO_SWITCH: ReadonlySet<Shortcut> = new Set(['open', 'close']);

/** Calls `onShortcut` for the keys of the page. True: it was taken. A dialog that is open has its keys for itself. */
export function useKeys(onShortcut: (shortcut: Shortcut) => boolean): void {
  const latest = useRef(onShortcut);
  latest.current = onShortcut;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing || document.querySelector('dialog[open]')) return;
      const shortcut = shortcutOf({
        key: event.key,
        ctrlKey: event.ctrlKey,
        metaKey: event.metaKey,
        altKey: event.altKey,
        isTyping: isTyping(event.target),
      });
      if (!shortcut || (!areKeysOn.value && !NEEDS_NO_SWITCH.has(shortcut))) return;
      if (latest.current(shortcut)) event.preventDefault();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) &&
  !(target instanceof HTMLInputElement && /^(checkbox|radio|button|range)$/.test(target.type));
