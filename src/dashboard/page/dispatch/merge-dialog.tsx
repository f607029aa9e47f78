import type { SosView } from '../../../client/index.ts';
import { t } from '../../strings/index.ts';
import { shortId } from '../../words.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Age } from '../ui/times.tsx';
import { act } from './act.ts';
import type { Desk } from './desk.ts';

/** Which other open SOS this one is the same emergency as; those that were near when it was raised come first. */
export function MergeDialog({ desk }: { readonly desk: Desk }) {
  const asking = desk.asking.value;
  const sos = asking?.what === 'merge' ? asking.sos : null;
  const close = () => {
    desk.asking.value = null;
  };
  const merge = async (from: SosView, intoId: string) => {
    close();
    await act(desk, from, { kind: 'sos.merge', intoId });
  };
  const others = sos ? othersOf(sos, desk.store.openSos.value) : [];
  return (
    <Dialog title={t('incident.merge_title')} open={sos !== null} onClose={close}>
      {others.length === 0 ? <p class="empty">{t('incident.merge_none')}</p> : null}
      <ul class="people">
        {others.map((other) => (
          <li key={other.sosId}>
            <span>
              <strong>{t(`work.type_${other.emergencyType}`)}</strong>{' '}
              <span class="soft">
                {shortId(other.sosId)} · <Age sinceMs={other.createdAtMs} ago />
                {other.addressText ? ` · ${other.addressText}` : ''}
              </span>
            </span>
            <Button onPress={() => (sos ? merge(sos, other.sosId) : undefined)}>
              {t('incident.merge_into')}
            </Button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

const MOST = 30;

function othersOf(sos: SosView, open: readonly SosView[]): SosView[] {
  const near = new Set(sos.duplicates ?? []);
  const isNear = (other: SosView) =>
    Number(near.has(other.sosId) || (other.duplicates ?? []).includes(sos.sosId));
  return open
    .filter((other) => other.sosId !== sos.sosId && other.isDrill === sos.isDrill)
    .sort((a, b) => isNear(b) - isNear(a) || b.createdAtMs - a.createdAtMs)
    .slice(0, MOST);
}
