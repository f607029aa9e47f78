import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { givenUp, type Hold, heldPart, IDLE, pressed, released, ticked } from '../../hold.ts';
import { t } from '../../strings/index.ts';
import { vibrate } from '../phone/alarm.ts';
import { Ring } from '../phone/ring.tsx';
import { announce } from '../ui/live-region.tsx';

const KEYS = new Set([' ', 'Enter']);

/** Held for a second, by finger or key, or tapped twice. A single touch does nothing. */
export function HoldButton({ onHeld }: { readonly onHeld: () => void }) {
  const hold = useSignal<Hold>(IDLE);
  const part = useSignal(0);
  const go = (next: Hold) => {
    const was = hold.value.state;
    hold.value = next;
    part.value = heldPart(next, Date.now());
    if (next.state === 'armed' && was !== 'armed') announce(t('sos.tap_again'));
    if (next.state !== 'fired') return;
    hold.value = IDLE;
    part.value = 0;
    vibrate(80);
    onHeld();
  };
  const isWaiting = hold.value.state === 'holding' || hold.value.state === 'armed';
  useEffect(() => {
    if (!isWaiting) return;
    let frame = requestAnimationFrame(function tick() {
      go(ticked(hold.value, Date.now()));
      frame = requestAnimationFrame(tick);
    });
    return () => cancelAnimationFrame(frame);
  }, [isWaiting]);
  const press = () => go(pressed(hold.value, Date.now()));
  const release = () => go(released(hold.value, Date.now()));
  const giveUp = () => go(givenUp(hold.value));
  const { state } = hold.value;
  return (
    <button
      type="button"
      class="hold"
      data-state={state}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        press();
      }}
      onPointerUp={release}
      onPointerCancel={giveUp}
      onContextMenu={(event) => event.preventDefault()}
      onKeyDown={(event) => {
        if (!KEYS.has(event.key)) return;
        event.preventDefault();
        press();
      }}
      onKeyUp={(event) => {
        if (KEYS.has(event.key)) release();
      }}
      onBlur={giveUp}
      onClick={(event) => {
        // A screen reader or a switch presses without a pointer or a key: that is a tap.
        if (event.detail !== 0 || state === 'holding') return;
        press();
        release();
      }}
    >
      <Ring part={part.value}>
        <strong>{t('sos.hold')}</strong>
        <span>
          {t(state === 'holding' ? 'sos.hold_more' : state === 'armed' ? 'sos.tap_again' : 'sos.hold_hint')}
        </span>
      </Ring>
    </button>
  );
}
