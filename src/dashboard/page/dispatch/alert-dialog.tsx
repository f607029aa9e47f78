import { t } from '../../strings/index.ts';
import { alertWords } from '../../words.ts';
import { problemWords } from '../session.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { nowMs } from '../ui/now.ts';
import { Age } from '../ui/times.tsx';
import { toast } from '../ui/toast.tsx';
import type { Desk } from './desk.ts';

/** An alert that dispatchers were told of: that there is something and what becomes of it, never what was measured. */
export function AlertDialog({ desk }: { readonly desk: Desk }) {
  const alert = desk.store.openAlerts.value.find(({ alertId }) => alertId === desk.alertId.value);
  const close = () => {
    desk.alertId.value = null;
  };
  const command = async (kind: 'alert.acknowledge' | 'alert.resolve' | 'alert.cancel_sos') => {
    if (!alert) return;
    try {
      await desk.store.client.command(kind, { alertId: alert.alertId });
      if (kind === 'alert.resolve') close();
    } catch (error) {
      toast(problemWords(error), { tone: 'problem' });
    }
  };
  const sosId = alert?.sos.sosId ?? null;
  return (
    <Dialog title={alert?.title ?? ''} open={alert !== undefined} onClose={close}>
      {alert ? (
        <>
          <p>
            {desk.names.nameOf(alert.personId)} · <Age sinceMs={alert.openedAtMs} ago />
          </p>
          <p>{alertWords(alert, nowMs.value)}</p>
          <footer>
            {alert.sos.state === 'pending' ? (
              <Button look="danger" onPress={() => command('alert.cancel_sos')}>
                {t('work.alert_cancel_sos')}
              </Button>
            ) : null}
            {sosId ? (
              <Button
                onPress={() => {
                  desk.store.selectedSosId.value = sosId;
                  close();
                }}
              >
                {t('work.alert_open_sos')}
              </Button>
            ) : null}
            <Button onPress={() => command('alert.resolve')}>{t('work.alert_resolve')}</Button>
            <Button
              look="primary"
              disabled={alert.state !== 'open'}
              onPress={() => command('alert.acknowledge')}
            >
              {t('work.alert_acknowledge')}
            </Button>
          </footer>
        </>
      ) : null}
    </Dialog>
  );
}
