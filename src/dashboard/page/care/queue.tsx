import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { actionsFor } from '../../alert-queue.ts';
import type { CareAlert } from '../../care-wall.ts';
import { t } from '../../strings/index.ts';
import { Button } from '../ui/button.tsx';
import { useHold } from '../ui/hold.ts';
import { AlertCard } from './alert-card.tsx';
import { AssignDialog, ResolveDialog } from './alert-dialogs.tsx';
import { isSoundOn, setSound } from './beep.ts';
import { type AlertCommands, alertCommands } from './commands.ts';
import { OverAlerts } from './over-alerts.tsx';
import type { CareStore } from './store.ts';

type Asking = { readonly kind: 'assign' | 'resolve'; readonly alertId: string } | null;

/** What needs somebody, the most urgent first; every step by one key. */
export function AlertQueue({ store }: { readonly store: CareStore }) {
  const hold = useHold();
  const commands = useMemo(() => alertCommands(store), [store]);
  const [asking, setAsking] = useState<Asking>(null);
  const [isOver, setOver] = useState(false);
  const alerts = store.alerts.value;
  store.names.changed.value;
  const byId = new Map(alerts.map((alert) => [alert.alertId, alert]));
  const { ids, moved } = hold.order(alerts.map(({ alertId }) => alertId));
  const asked = asking ? (byId.get(asking.alertId) ?? null) : null;
  const keys: Keys = { store, commands, ids, byId, ask: setAsking, isOff: asking !== null || isOver };
  useKeys(keys);
  return (
    <section class="queue" aria-labelledby="queue-title">
      <header>
        <h2 id="queue-title">{t('care.alerts')}</h2>
        <div class="tabs">
          <Button pressed={!isOver} onPress={() => setOver(false)}>
            {t('care.alerts_open')} {alerts.length}
          </Button>
          <Button pressed={isOver} onPress={() => setOver(true)}>
            {t('care.alerts_over')}
          </Button>
        </div>
      </header>
      <div class="queue-tools">
        <p class="soft small" role="status">
          {moved > 0 && !isOver ? t('care.held', { n: moved }) : ''}
        </p>
        <Button look="quiet" title={t('care.sound_help')} onPress={() => setSound(!isSoundOn.value)}>
          {isSoundOn.value ? t('care.sound_on') : t('care.sound_off')}
        </Button>
      </div>
      {isOver ? (
        <OverAlerts store={store} />
      ) : (
        <>
          {store.isLoaded.value && alerts.length === 0 ? <p class="empty">{t('care.alerts_none')}</p> : null}
          <ol class="alerts" {...hold.at}>
            {ids.map((id) => {
              const alert = byId.get(id);
              return alert ? (
                <AlertCard
                  key={id}
                  alert={alert}
                  names={store.names}
                  viewerId={store.session.userId}
                  isSelected={store.selected.value === id}
                  commands={commands}
                  onSelect={() => {
                    store.selected.value = id;
                  }}
                  onOpen={() => {
                    store.patient.value = alert.personId;
                  }}
                  onAssign={() => setAsking({ kind: 'assign', alertId: id })}
                  onResolve={() => setAsking({ kind: 'resolve', alertId: id })}
                />
              ) : null;
            })}
          </ol>
          <p class="keys soft small">{t('care.alerts_help')}</p>
        </>
      )}
      <AssignDialog
        store={store}
        commands={commands}
        alert={asking?.kind === 'assign' ? asked : null}
        onClose={() => setAsking(null)}
      />
      <ResolveDialog
        store={store}
        commands={commands}
        alert={asking?.kind === 'resolve' ? asked : null}
        onClose={() => setAsking(null)}
      />
    </section>
  );
}

interface Keys {
  readonly store: CareStore;
  readonly commands: AlertCommands;
  readonly ids: readonly string[];
  readonly byId: ReadonlyMap<string, CareAlert>;
  readonly ask: (asking: Asking) => void;
  readonly isOff: boolean;
}

function useKeys(keys: Keys): void {
  const newest = useRef(keys);
  newest.current = keys;
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      if (!newest.current.isOff && onKey(event.key.toLowerCase(), newest.current)) event.preventDefault();
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, []);
}

/** True: the key meant something here. */
function onKey(key: string, { store, commands, ids, byId, ask }: Keys): boolean {
  const { selected } = store;
  if (key === 'j' || key === 'k') {
    const at = ids.indexOf(selected.value ?? '');
    const next = at < 0 ? 0 : at + (key === 'j' ? 1 : -1);
    selected.value = ids[Math.max(0, Math.min(ids.length - 1, next))] ?? null;
    document.querySelector<HTMLElement>(`[data-alert="${selected.value}"] .who`)?.focus();
    return true;
  }
  const alert = byId.get(selected.value ?? '');
  if (!alert) return false;
  const may = actionsFor(alert, alert.personId === store.session.userId);
  if (key === 'a' && may.acknowledge) void commands.acknowledge(alert);
  else if (key === 's' && may.assign) ask({ kind: 'assign', alertId: alert.alertId });
  else if (key === 'r' && may.resolve) ask({ kind: 'resolve', alertId: alert.alertId });
  else if (key === 'c' && may.cancelSos) void commands.cancelSos(alert);
  else return false;
  return true;
}

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement && target.closest('input, textarea, select, dialog') !== null;
