import { roleOf, stateOf } from '../../../fleet.ts';
import { t } from '../../../strings/index.ts';
import { shortId } from '../../../words.ts';
import { Badge, type Tone } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Age } from '../../ui/times.tsx';
import type { DispatchStore } from '../store.ts';
import type { MapState } from './map-state.ts';

const TONES = {
  available: 'good',
  busy: 'busy',
  off: 'plain',
  unverified: 'medium',
  away: 'plain',
} as const satisfies Record<string, Tone>;
const STALE_AFTER_MS = 120_000;

interface CardProps {
  readonly store: DispatchStore;
  readonly state: MapState;
}

/** The responder who was pointed at: how they are, how old that is, and what they hold. */
export function ResponderCard({ store, state }: CardProps) {
  const id = state.pickedId.value;
  store.respondersChanged.value;
  const flags = id === null ? null : store.board.fleet.flagsOf(id);
  if (id === null || flags === null) return null;
  const is = stateOf(flags);
  const held = store.openSos.value.find(({ slots }) => slots.some(({ holderId }) => holderId === id));
  return (
    <section class="responder-card panel" aria-label={t('map.responder')}>
      <header>
        <h2>{t(`map.${roleOf(flags)}`)}</h2>
        <Badge tone={TONES[is]}>{t(`map.state_${is}`)}</Badge>
        <Button look="quiet" label={t('ui.close')} onPress={() => pick(state, null)}>
          ×
        </Button>
      </header>
      <p class="soft small">
        {shortId(id)} · {t('map.fix')}{' '}
        <Age sinceMs={store.board.fleet.fixAtMsOf(id) ?? 0} staleAfterMs={STALE_AFTER_MS} ago />
      </p>
      <footer>
        <Button
          pressed={state.isFollowing.value}
          onPress={() => {
            state.isFollowing.value = !state.isFollowing.value;
          }}
        >
          {t('map.follow')}
        </Button>
        {held ? (
          <Button
            onPress={() => {
              store.selectedSosId.value = held.sosId;
            }}
          >
            {t('map.their_sos')}
          </Button>
        ) : null}
      </footer>
    </section>
  );
}

function pick(state: MapState, id: string | null): void {
  state.pickedId.value = id;
  state.isFollowing.value = false;
}
