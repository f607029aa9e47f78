import type { LatLng } from '../../../geo/lat-lng.ts';
import { approachTo, arrowDeg, etaMinutes, windOf } from '../../approach.ts';
import { placeText } from '../../places.ts';
import { distanceText } from '../../strings/format.ts';
import { t } from '../../strings/index.ts';
import { compassDeg } from '../phone/device.ts';
import { nowMs } from '../ui/now.ts';
import type { ResponderStore } from './store.ts';

interface WayProps {
  readonly store: ResponderStore;
  readonly place: LatLng;
}

/** Whoever drives goes where the phone says it goes; who stands turns by the compass. */
const MOVING_MPS = 1.5;

/** In which direction, how far, how long: live, by this device's own positions. */
export function Way({ store, place }: WayProps) {
  const approach = approachTo(place, store.seen.value);
  const here = store.position.here.value;
  if (!approach || !here) {
    const problem = store.position.problem.value;
    return (
      <p class="soft">
        {problem ? t(`phone.position_${problem}`) : t('responder.no_way_yet')} {placeText(place)}
      </p>
    );
  }
  const moving = (here.speedMps ?? 0) >= MOVING_MPS ? here.headingDeg : null;
  const heading = moving ?? compassDeg.value;
  const { bearingDeg } = approach;
  const eta = etaMinutes(approach.etaMs);
  const isOld = nowMs.value - here.atMs > 60_000;
  return (
    <div class="way" data-stale={String(isOld)}>
      {bearingDeg === null ? null : (
        <svg viewBox="-50 -50 100 100" aria-hidden="true">
          <circle r={46} />
          <path
            d="M0 -36 L22 26 L0 12 L-22 26 z"
            transform={`rotate(${Math.round(arrowDeg(bearingDeg, heading))})`}
          />
        </svg>
      )}
      <p>
        <strong>{bearingDeg === null ? t('phone.there') : distanceText(approach.distanceM)}</strong>
        {bearingDeg === null ? null : (
          <span>
            {t(`phone.${windOf(bearingDeg)}`)}
            {eta === null ? '' : ` · ${t('phone.eta', { n: eta })}`}
          </span>
        )}
        <span class="soft small">
          {placeText(place)}
          {bearingDeg === null
            ? ''
            : ` · ${t(heading === null ? 'responder.arrow_north' : 'responder.arrow_compass')}`}
        </span>
      </p>
    </div>
  );
}
