import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { NearResponder, SosView } from '../../../client/index.ts';
import { distanceText } from '../../strings/format.ts';
import { t } from '../../strings/index.ts';
import { plainWords } from '../../words.ts';
import { problemWords } from '../session.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { act } from './act.ts';
import type { Desk } from './desk.ts';

const FIRST_RADIUS_M = 5_000;
const WIDEST_M = 100_000;

/** Who could be sent to an SOS now, the nearest first. */
export function AssignDialog({ desk }: { readonly desk: Desk }) {
  const asking = desk.asking.value;
  const sos = asking?.what === 'assign' ? asking.sos : null;
  const close = () => {
    desk.asking.value = null;
  };
  return (
    <Dialog title={t('incident.assign_title')} open={sos !== null} onClose={close}>
      {sos ? <Nearest key={sos.sosId} desk={desk} sos={sos} onDone={close} /> : null}
    </Dialog>
  );
}

interface NearestProps {
  readonly desk: Desk;
  readonly sos: SosView;
  readonly onDone: () => void;
}

function Nearest({ desk, sos, onDone }: NearestProps) {
  const radiusM = useSignal(FIRST_RADIUS_M);
  const near = useSignal<readonly NearResponder[] | null>(null);
  const problem = useSignal('');
  useEffect(() => {
    const { act: inName, http } = desk.store.session;
    let isCurrent = true;
    inName((token) => http.sos.nearest(token, { point: sos.point, radiusM: radiusM.value, limit: 20 })).then(
      (found) => {
        if (isCurrent) near.value = found;
      },
      (error: unknown) => {
        if (isCurrent) problem.value = problemWords(error);
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [radiusM.value]);
  const holders = new Set(sos.slots.map(({ holderId }) => holderId));
  const free = near.value?.filter(({ userId }) => !holders.has(userId)) ?? [];
  const distance = distanceText(radiusM.value);
  return (
    <>
      <p class="soft small">{t('incident.assign_near')}</p>
      <p class="problem" role="alert">
        {problem.value}
      </p>
      {near.value === null && problem.value === '' ? <p class="empty">{t('incident.loading')}</p> : null}
      {near.value !== null && free.length === 0 ? (
        <p class="empty">{t('incident.assign_none', { distance })}</p>
      ) : null}
      <ul class="people">
        {free.map((person, i) => (
          <li key={person.userId}>
            <span>
              <strong>{person.name ?? desk.names.nameOf(person.userId)}</strong>{' '}
              <span class="soft">
                {t('incident.assign_away', { distance: distanceText(person.distanceM) })}
                {person.skills.length > 0 ? ` · ${person.skills.map(plainWords).join(', ')}` : ''}
              </span>
            </span>
            <Button
              look={i === 0 ? 'primary' : 'plain'}
              label={`${t('incident.assign_send')} ${person.name ?? ''}`.trim()}
              onPress={async () => {
                onDone();
                await act(desk, sos, { kind: 'sos.assign', responderId: person.userId });
              }}
            >
              {t('incident.assign_send')}
            </Button>
          </li>
        ))}
      </ul>
      {radiusM.value < WIDEST_M ? (
        <footer>
          <Button
            look="quiet"
            onPress={() => {
              radiusM.value = Math.min(WIDEST_M, radiusM.value * 4);
            }}
          >
            {t('incident.assign_wider', { distance: distanceText(Math.min(WIDEST_M, radiusM.value * 4)) })}
          </Button>
        </footer>
      ) : null}
    </>
  );
}
