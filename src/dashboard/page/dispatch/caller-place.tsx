import { type Signal, useSignal } from '@preact/signals';
import { useEffect, useId } from 'preact/hooks';
import { MusterError, type PlaceView } from '../../../client/index.ts';
import type { LatLng } from '../../../geo/lat-lng.ts';
import { coordinatesIn, coordinateText } from '../../place-words.ts';
import { t } from '../../strings/index.ts';
import { problemWords } from '../session.ts';
import { Button } from '../ui/button.tsx';
import type { Desk } from './desk.ts';
import { chosenPlace, pickPlace, placePick } from './place-pick.ts';

/** Where the caller is: by coordinates, by words that a list of places knows, or by a click on the map. */
export interface CallerPlaceState {
  readonly words: Signal<string>;
  readonly point: Signal<LatLng | null>;
}

interface PlaceProps extends CallerPlaceState {
  readonly desk: Desk;
}

export function CallerPlace({ desk, words, point }: PlaceProps) {
  const found = useSignal<readonly PlaceView[] | null>(null);
  const problem = useSignal('');
  const hintId = useId();
  useEffect(() => {
    chosenPlace.value = point.value;
  }, [point.value]);
  useEffect(
    () => () => {
      chosenPlace.value = null;
      placePick.value = null;
    },
    [],
  );
  const choose = (at: LatLng, text: string | null) => {
    point.value = at;
    if (text !== null) words.value = text;
    found.value = null;
    problem.value = '';
  };
  const find = async () => {
    problem.value = '';
    const typed = coordinatesIn(words.value);
    if (typed) return choose(typed, null);
    if (words.value.trim() === '') return;
    try {
      const { act, http } = desk.store.session;
      found.value = await act((token) => http.area.places(token, words.value.trim(), 6));
      if (found.value.length === 0) problem.value = t('work.caller_none');
    } catch (error) {
      const isOff = error instanceof MusterError && error.code === 'places_off';
      problem.value = isOff ? t('work.caller_places_off') : problemWords(error);
    }
  };
  const isPicking = placePick.value !== null;
  return (
    <fieldset class="caller-place">
      <label class="field">
        {t('work.caller_place')}
        <input
          name="place"
          value={words.value}
          aria-describedby={hintId}
          maxLength={500}
          autocomplete="off"
          onInput={({ currentTarget }) => {
            words.value = currentTarget.value;
            point.value = coordinatesIn(currentTarget.value);
            found.value = null;
          }}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || point.value !== null) return;
            event.preventDefault();
            void find();
          }}
        />
      </label>
      <p id={hintId} class="soft small">
        {t('work.caller_place_hint')}
      </p>
      <div class="row">
        <Button onPress={find}>{t('work.caller_find')}</Button>
        <Button
          pressed={isPicking}
          onPress={() => {
            if (isPicking) placePick.value = null;
            else pickPlace((at) => choose(at, words.value === '' ? coordinateText(at) : null));
          }}
        >
          {isPicking ? t('work.caller_on_map_now') : t('work.caller_on_map')}
        </Button>
      </div>
      {found.value && found.value.length > 0 ? (
        <ul class="found" aria-label={t('work.caller_matches')}>
          {found.value.map((place) => (
            <li key={`${place.name} ${coordinateText(place.point)}`}>
              <button
                type="button"
                class="button quiet"
                onClick={() =>
                  choose(
                    place.point,
                    place.address && place.address !== place.name
                      ? `${place.name}, ${place.address}`
                      : place.name,
                  )
                }
              >
                <strong>{place.name}</strong> <span class="soft">{place.address}</span>
              </button>
            </li>
          ))}
        </ul>
      ) : null}
      <p class="small" aria-live="polite">
        {problem.value !== ''
          ? problem.value
          : point.value
            ? t('work.caller_chosen', { where: coordinateText(point.value) })
            : ''}
      </p>
    </fieldset>
  );
}
