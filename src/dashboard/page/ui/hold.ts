import { type ReadonlySignal, signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { heldOrder } from '../../held-order.ts';

/** A pointer that rests this long has been forgotten there. */
const POINTER_MS = 30_000;
/** After a key or a touch somebody reads on for so long. */
const TOUCH_MS = 8_000;

export interface Hold {
  readonly isHeld: ReadonlySignal<boolean>;
  /** For the element whose order is held while somebody is at it. */
  readonly at: {
    readonly onPointerMove: (event: PointerEvent) => void;
    readonly onPointerDown: (event: PointerEvent) => void;
    readonly onPointerLeave: (event: PointerEvent) => void;
    readonly onKeyDown: () => void;
  };
  /** The order to show for the wanted one. */
  order(wanted: readonly string[]): { readonly ids: readonly string[]; readonly moved: number };
}

/** Holds an order still while somebody points at a list, touches it or uses its keys, so that nothing jumps under them. */
export function useHold(): Hold {
  const hold = useMemo(makeHold, []);
  useEffect(() => hold.stop, [hold]);
  return hold;
}

function makeHold(): Hold & { readonly stop: () => void } {
  const isHeld = signal(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let shown: readonly string[] = [];
  const release = () => {
    clearTimeout(timer);
    isHeld.value = false;
  };
  const keep = (ms: number) => {
    clearTimeout(timer);
    isHeld.value = true;
    timer = setTimeout(release, ms);
  };
  return {
    isHeld,
    at: {
      onPointerMove: ({ pointerType }) => keep(pointerType === 'mouse' ? POINTER_MS : TOUCH_MS),
      onPointerDown: ({ pointerType }) => keep(pointerType === 'mouse' ? POINTER_MS : TOUCH_MS),
      onPointerLeave: ({ pointerType }) => {
        if (pointerType === 'mouse') release();
      },
      onKeyDown: () => keep(TOUCH_MS),
    },
    order: (wanted) => {
      const held = heldOrder(shown, wanted, isHeld.value);
      shown = held.ids;
      return held;
    },
    stop: release,
  };
}
