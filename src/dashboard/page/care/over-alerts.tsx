import { useEffect, useState } from 'preact/hooks';
import type { AlertPage } from '../../../client/index.ts';
import { momentText } from '../../strings/format.ts';
import { t } from '../../strings/index.ts';
import { toneOfSeverity } from '../../vital-signs.ts';
import { problemWords } from '../session.ts';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { toast } from '../ui/toast.tsx';
import { stateWords } from './alert-card.tsx';
import type { CareStore } from './store.ts';

/** What is over, newest first: who ended it, when, and what was done. */
export function OverAlerts({ store }: { readonly store: CareStore }) {
  const [alerts, setAlerts] = useState<AlertPage['alerts'] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const read = async (before?: string) => {
    const asked = { state: 'closed', before } as const;
    const page = await store.session.act((token) => store.session.http.alerts.list(token, asked));
    setAlerts((known) => [...(before === undefined ? [] : (known ?? [])), ...page.alerts]);
    setNext(page.next);
  };
  useEffect(() => {
    read().catch((error: unknown) => toast(problemWords(error), { tone: 'problem' }));
  }, [store]);
  if (alerts?.length === 0) return <p class="empty">{t('care.alerts_none_over')}</p>;
  return (
    <>
      <ol class="alerts over">
        {alerts?.map((alert) => (
          <li key={alert.alertId} class="alert" data-state={alert.state}>
            <header>
              <Badge tone={toneOfSeverity(alert.severity)}>{alert.title}</Badge>
              <span>{store.names.of(alert.personId)}</span>
              <span class="soft small">{momentText(alert.resolvedAtMs ?? alert.lastAtMs)}</span>
            </header>
            <p class="state">{stateWords(alert, store.names)}</p>
            {alert.actionTaken ? <p class="note">{alert.actionTaken}</p> : null}
          </li>
        ))}
      </ol>
      {next === null ? null : <Button onPress={() => read(next)}>{t('care.more')}</Button>}
    </>
  );
}
