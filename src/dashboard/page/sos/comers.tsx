import type { SosView } from '../../../protocol/down.ts';
import { approachTo, etaMinutes } from '../../approach.ts';
import { distanceText } from '../../strings/format.ts';
import { t } from '../../strings/index.ts';
import { ScopePicture } from '../phone/scope.tsx';
import { Badge } from '../ui/badge.tsx';
import { nowMs } from '../ui/now.ts';
import type { Comer, SosStore } from './store.ts';

type Slot = SosView['slots'][number];

interface ComersProps {
  readonly store: SosStore;
  readonly sos: SosView;
}

/** Where somebody was longer ago than this is not shown as where they are. */
const KNOWN_FOR_MS = 3 * 60_000;

/** Who comes, how far they are, and when they will be there. */
export function Comers({ store, sos }: ComersProps) {
  const held = sos.slots.filter(({ holderId }) => holderId !== null);
  const seen = new Map(
    store.comers.value
      .filter(({ at }) => at !== null && nowMs.value - at.atMs < KNOWN_FOR_MS)
      .map((comer) => [comer.userId, comer]),
  );
  const around = held.flatMap(({ holderId }) => {
    const at = seen.get(holderId ?? '')?.at;
    return at
      ? [{ id: holderId ?? '', at, label: helperName(store, sos, holderId), tone: 'helper' as const }]
      : [];
  });
  return (
    <section class="panel" aria-labelledby="comers-title">
      <h2 id="comers-title">{t('sos.coming')}</h2>
      {held.length === 0 ? <p class="soft">{t('sos.coming_none')}</p> : null}
      <ul class="plain-list comers" aria-live="polite">
        {held.map((slot) => (
          <ComerLine
            key={slot.slot}
            slot={slot}
            name={helperName(store, sos, slot.holderId)}
            comer={seen.get(slot.holderId ?? '') ?? null}
            sos={sos}
          />
        ))}
      </ul>
      {around.length > 0 ? (
        <ScopePicture middle={sos.point} middleLabel={t('phone.scope_you')} around={around} />
      ) : null}
    </section>
  );
}

/** The first name of somebody who comes. A snapshot has it, and so has the list of who comes; an event has not. */
export function helperName(store: SosStore, sos: SosView, id: string | null): string {
  const slot = sos.slots.find(({ holderId }) => holderId === id);
  const name = slot?.holderName ?? store.comers.value.find(({ userId }) => userId === id)?.name;
  return name?.split(' ')[0] ?? t('phone.helper');
}

interface LineProps {
  readonly slot: Slot;
  readonly name: string;
  readonly comer: Comer | null;
  readonly sos: SosView;
}

function ComerLine({ slot, name, comer, sos }: LineProps) {
  const approach = comer ? approachTo(sos.point, comer.seen) : null;
  const eta = approach && etaMinutes(approach.etaMs);
  const stage = slot.arrivedAtMs !== null ? 'there' : slot.departedAtMs !== null ? 'on_the_way' : 'accepted';
  return (
    <li>
      <span>
        <strong>{name}</strong>{' '}
        <span class="soft">{t(slot.role === 'PRIMARY' ? 'sos.is_primary' : 'sos.is_support')}</span>
      </span>
      <Badge tone={stage === 'there' ? 'good' : 'busy'}>{t(`sos.helper_${stage}`)}</Badge>
      {stage === 'there' ? null : (
        <span class="far">
          {approach && eta !== null
            ? `${t('phone.eta', { n: eta })} · ${t('phone.away', { distance: distanceText(approach.distanceM) })}`
            : t('sos.helper_unknown')}
        </span>
      )}
    </li>
  );
}
