import { useEffect } from 'preact/hooks';
import { type Call, standingOf } from '../../calling.ts';
import { durationText } from '../../strings/format.ts';
import { t } from '../../strings/index.ts';
import { about } from '../phone/about.ts';
import { CallNumber } from '../phone/call-number.tsx';
import { Ring } from '../phone/ring.tsx';
import { Button } from '../ui/button.tsx';
import { announce } from '../ui/live-region.tsx';
import { nowMs } from '../ui/now.ts';
import type { SosStore } from './store.ts';

interface CallingProps {
  readonly store: SosStore;
  readonly call: Call;
}

/** A call that the server does not have: it can be taken back, is on its way, or was forgotten long ago. */
export function CallingView({ store, call }: CallingProps) {
  // The page's clock ticks once a second and may lag behind the touch that began this.
  const standing = standingOf(call, Math.max(nowMs.value, Date.now()));
  if (standing.state === 'counting') return <Counting store={store} leftMs={standing.leftMs} />;
  if (standing.state === 'stale') return <Stale store={store} call={call} />;
  const isOpen = store.live.status.value.state === 'open';
  const number = about.value.emergencyNumber;
  return (
    <section class="panel calling" role="status">
      {call.isDrill ? (
        <p class="notice" data-tone="drill">
          {t('phone.drill_long')}
        </p>
      ) : null}
      <h2>{t(isOpen ? 'sos.sending' : 'sos.not_sent')}</h2>
      {isOpen ? null : <p>{t('sos.not_sent_help', { number })}</p>}
      {isOpen ? null : <CallNumber />}
      <Button onPress={store.takeBack}>{t('sos.counting_cancel')}</Button>
    </section>
  );
}

function Counting({ store, leftMs }: { readonly store: SosStore; readonly leftMs: number }) {
  const seconds = Math.ceil(leftMs / 1_000);
  useEffect(() => {
    announce(t('sos.counting_spoken', { n: seconds }));
  }, []);
  return (
    <section class="panel calling" aria-labelledby="counting-title">
      <h2 id="counting-title">{t('sos.counting')}</h2>
      <Ring part={leftMs / Math.max(1, about.value.sosCancelWindowMs)}>
        <strong>{seconds}</strong>
      </Ring>
      <button type="button" class="button big" onClick={store.takeBack}>
        {t('sos.counting_cancel')}
      </button>
      <button type="button" class="button danger big" onClick={store.sendNow}>
        {t('sos.counting_now')}
      </button>
    </section>
  );
}

function Stale({ store, call }: CallingProps) {
  return (
    <section class="panel calling" role="alert">
      <h2>{t('sos.stale', { age: durationText(nowMs.value - call.sendAtMs) })}</h2>
      <button type="button" class="button danger big" onClick={store.sendNow}>
        {t('sos.stale_send')}
      </button>
      <button type="button" class="button big" onClick={store.takeBack}>
        {t('sos.stale_drop')}
      </button>
    </section>
  );
}
