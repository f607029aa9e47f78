import { useSignal } from '@preact/signals';
import { placeText, readPlace } from '../../places.ts';
import { distanceText } from '../../strings/format.ts';
import { t } from '../../strings/index.ts';
import { field } from '../dom.ts';
import { Button } from '../ui/button.tsx';
import type { SosStore } from './store.ts';

/** Where help is to come: where the phone is, how well that is known, or somewhere else. */
export function Place({ store }: { readonly store: SosStore }) {
  const isAsked = useSignal(false);
  const { elsewhere } = store;
  return (
    <section class="panel" aria-labelledby="where-title">
      <h2 id="where-title">{t('sos.where')}</h2>
      {elsewhere.value ? (
        <p>{t('sos.where_set', { place: placeText(elsewhere.value) })}</p>
      ) : (
        <PhonePlace store={store} />
      )}
      {elsewhere.value ? (
        <Button onPress={() => (elsewhere.value = null)}>{t('sos.where_back')}</Button>
      ) : isAsked.value ? (
        <TypedPlace
          onPlace={(place) => {
            elsewhere.value = place;
            isAsked.value = false;
          }}
        />
      ) : (
        <Button onPress={() => (isAsked.value = true)}>{t('sos.where_else')}</Button>
      )}
    </section>
  );
}

function PhonePlace({ store: { position } }: { readonly store: SosStore }) {
  const here = position.here.value;
  const problem = position.problem.value;
  if (here)
    return (
      <p role="status">
        {t('sos.where_here')}: {placeText(here)},{' '}
        {t('phone.accuracy', { distance: distanceText(here.accuracyM) })}
      </p>
    );
  return problem ? (
    <p class="notice" data-tone="warning" role="status">
      {t(`phone.position_${problem}`)}
    </p>
  ) : (
    <p class="soft" role="status">
      {t('phone.position_searching')}
    </p>
  );
}

function TypedPlace({ onPlace }: { readonly onPlace: (place: { lat: number; lng: number }) => void }) {
  const problem = useSignal('');
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const place = readPlace(field(event.currentTarget as HTMLFormElement, 'place'));
    problem.value = place ? '' : t('sos.where_bad');
    if (place) onPlace(place);
  };
  return (
    <form onSubmit={submit}>
      <label class="field">
        <span>{t('sos.where_typed')}</span>
        <input name="place" autocomplete="off" required aria-describedby="where-help" />
      </label>
      <p id="where-help" class="soft small">
        {t('sos.where_typed_help')}
      </p>
      <p class="problem" role="alert">
        {problem.value}
      </p>
      <button type="submit" class="button primary">
        {t('sos.where_use')}
      </button>
    </form>
  );
}
