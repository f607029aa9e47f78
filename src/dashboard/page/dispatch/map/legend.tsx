import { useComputed } from '@preact/signals';
import { type ResponderState, STATES, stateOf } from '../../../fleet.ts';
import { t } from '../../../strings/index.ts';
import { nowMs } from '../../ui/now.ts';
import type { DispatchStore } from '../store.ts';
import type { MapState } from './map-state.ts';

interface LegendProps {
  readonly store: DispatchStore;
  readonly state: MapState;
}

/** What the signs mean, how many of each there are, and which of them are drawn. */
export function Legend({ store, state }: LegendProps) {
  const counts = useComputed(() => {
    // Counted once a second, however often somebody moves.
    nowMs.value;
    const count = new Map<ResponderState, number>();
    for (const { flags } of store.board.fleet.each()) {
      const is = stateOf(flags);
      count.set(is, (count.get(is) ?? 0) + 1);
    }
    return count;
  });
  const { hidden } = state;
  const toggle = (one: ResponderState) => {
    hidden.value = hidden.value.includes(one)
      ? hidden.value.filter((other) => other !== one)
      : [...hidden.value, one];
  };
  return (
    <details class="map-legend" open={innerWidth > 1_100}>
      <summary>{t('map.legend')}</summary>
      <fieldset>
        <legend>{t('map.responders')}</legend>
        {STATES.map((one) => (
          <label key={one}>
            <input type="checkbox" checked={!hidden.value.includes(one)} onChange={() => toggle(one)} />
            <i class="sign" data-state={one} />
            <span>{t(`map.state_${one}`)}</span>
            <b>{t('map.count', { n: counts.value.get(one) ?? 0 })}</b>
          </label>
        ))}
      </fieldset>
      <ul>
        <li>
          <i class="sign" data-state="available" />
          {t('map.volunteer')}
        </li>
        <li>
          <i class="sign diamond" data-state="available" />
          {t('map.professional')}
        </li>
        {(['asked', 'accepted', 'under_way', 'there'] as const).map((what) => (
          <li key={what}>
            <i class="line" data-what={what} />
            {t(`map.line_${what}`)}
          </li>
        ))}
        {(['CRITICAL', 'HIGH', 'MEDIUM', 'LOW'] as const).map((priority) => (
          <li key={priority}>
            <i class="sos-sign" data-priority={priority} />
            {t(`map.sos_${priority}`)}
          </li>
        ))}
      </ul>
    </details>
  );
}
