import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { type Inbox, offerPart, offerToShow } from '../../inbox.ts';
import { distanceText } from '../../strings/format.ts';
import { t, tFor } from '../../strings/index.ts';
import { ring, stopRinging } from '../phone/alarm.ts';
import { Ring } from '../phone/ring.tsx';
import { problemWords } from '../session.ts';
import { announce } from '../ui/live-region.tsx';
import { nowMs } from '../ui/now.ts';
import { toast } from '../ui/toast.tsx';
import type { ResponderStore } from './store.ts';

type Offer = Inbox['offers'][number];

/** An offer takes the whole screen until it is answered or over. */
export function OfferAlarm({ store }: { readonly store: ResponderStore }) {
  // Read so that an offer goes by itself when its time is over.
  const tick = nowMs.value;
  const offer = offerToShow(store.inbox.value, Math.max(tick, store.serverNowMs()));
  return offer ? <OfferScreen key={offer.offerId} store={store} offer={offer} /> : null;
}

function OfferScreen({ store, offer }: { readonly store: ResponderStore; readonly offer: Offer }) {
  const screen = useRef<HTMLDialogElement>(null);
  const kind = tFor('phone', `type_${offer.emergencyType.toLowerCase()}`) ?? offer.emergencyType;
  const words = t('responder.offer_text', { kind, band: bandWords(offer.distanceBandM) });
  useEffect(() => {
    screen.current?.showModal();
    ring(`${t('responder.offer_title')} ${kind}`);
    announce(words);
    store.live.client.seen(offer.sosId, offer.offerId);
    return stopRinging;
  }, []);
  const leftMs = offer.expiresAtMs - store.serverNowMs();
  const more = store.inbox.value.offers.length - 1;
  return (
    <dialog
      ref={screen}
      class="offer"
      data-drill={String(offer.isDrill)}
      aria-labelledby="offer-title"
      aria-describedby="offer-text"
      onCancel={(event) => event.preventDefault()}
    >
      {offer.isDrill ? (
        <p class="notice" data-tone="drill">
          {t('phone.drill_long')}
        </p>
      ) : null}
      <h2 id="offer-title">{t('responder.offer_title')}</h2>
      <p id="offer-text" class="offer-text">
        <strong>{kind}</strong>
        <span>{bandWords(offer.distanceBandM)}</span>
      </p>
      {offer.origin === 'machine' ? <p>{t('responder.offer_machine')}</p> : null}
      <Ring part={offerPart(offer, store.serverNowMs())}>
        <strong>{Math.max(0, Math.ceil(leftMs / 1_000))}</strong>
        <span>{t('responder.offer_left')}</span>
      </Ring>
      <p class="soft small">{t('responder.offer_coarse')}</p>
      <Answers store={store} offer={offer} />
      {more > 0 ? <p class="soft small">{t('responder.offer_more', { n: more })}</p> : null}
    </dialog>
  );
}

function Answers({ store, offer }: { readonly store: ResponderStore; readonly offer: Offer }) {
  const said = useSignal<'accept' | 'decline' | null>(null);
  const { client, status } = store.live;
  const answer = async (kind: 'accept' | 'decline') => {
    if (said.value) return;
    said.value = kind;
    stopRinging();
    const body = { sosId: offer.sosId, offerId: offer.offerId };
    try {
      const done = await client.command(`offer.${kind}`, body, {
        timeoutMs: offer.expiresAtMs - Date.now() + 60_000,
      });
      if (done.as === 'RESERVE') toast(t('responder.reserve'));
    } catch (error) {
      toast(problemWords(error), { tone: 'problem' });
    } finally {
      said.value = null;
    }
  };
  return (
    <>
      {said.value && status.value.state !== 'open' ? (
        <p class="notice" data-tone="warning" role="status">
          {t('responder.accept_offline')}
        </p>
      ) : null}
      <button
        type="button"
        class="button accept"
        aria-busy={said.value === 'accept'}
        onClick={() => void answer('accept')}
      >
        {t(said.value === 'accept' ? 'responder.accepting' : 'responder.accept')}
      </button>
      <button type="button" class="button quiet" onClick={() => void answer('decline')}>
        {t('responder.decline')}
      </button>
    </>
  );
}

const bandWords = (bandM: number | null) =>
  bandM === null ? t('responder.band_far') : t('responder.band_within', { distance: distanceText(bandM) });
