import { actionsFor } from '../../alert-queue.ts';
import type { CareAlert } from '../../care-wall.ts';
import { t, tFor } from '../../strings/index.ts';
import { toneOfSeverity } from '../../vital-signs.ts';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { Age, Countdown } from '../ui/times.tsx';
import type { AlertCommands } from './commands.ts';
import type { Names } from './names.ts';

interface CardProps {
  readonly alert: CareAlert;
  readonly names: Names;
  readonly viewerId: string;
  readonly isSelected: boolean;
  readonly commands: AlertCommands;
  readonly onSelect: () => void;
  readonly onOpen: () => void;
  readonly onAssign: () => void;
  readonly onResolve: () => void;
}

/** One alert: what it is, who looks after it, what happens next by itself, and what can be done. */
export function AlertCard(props: CardProps) {
  const { alert, names, isSelected, onSelect, onOpen } = props;
  const isResolving = props.commands.resolving.value.has(alert.alertId);
  return (
    <li
      class="alert"
      data-tone={toneOfSeverity(alert.severity)}
      data-state={alert.state}
      data-alert={alert.alertId}
      aria-current={isSelected ? 'true' : undefined}
      onFocusIn={onSelect}
      onPointerDown={onSelect}
    >
      <header>
        <Badge tone={toneOfSeverity(alert.severity)} strong={alert.state === 'open'}>
          {tFor('care', `severity_${alert.severity}`) ?? alert.severity}
        </Badge>
        <button type="button" class="who" onClick={onOpen}>
          {names.of(alert.personId)}
        </button>
        <Age sinceMs={alert.openedAtMs} />
      </header>
      <p class="what">{alert.message ?? alert.title}</p>
      <p class="state">{stateWords(alert, names)}</p>
      <Next alert={alert} />
      {isResolving ? null : <Actions {...props} />}
    </li>
  );
}

export function stateWords(alert: CareAlert, names: Pick<Names, 'of'>): string {
  const { state, acknowledgedBy, assignedTo, resolvedBy, count } = alert;
  const who = state === 'acknowledged' ? acknowledgedBy : state === 'assigned' ? assignedTo : resolvedBy;
  const words = tFor('care', `state_${state}`, { who: who === null ? t('care.somebody') : names.of(who) });
  return `${words ?? state} · ${t('care.seen', { n: count })}`;
}

/** What happens by itself, and when: who is told next, and whether a machine calls for help. */
function Next({ alert: { escalatesAtMs, escalationLevel, sos, state } }: { readonly alert: CareAlert }) {
  return (
    <div class="next">
      {sos.state === 'pending' && sos.untilMs !== null ? (
        <p class="sos">
          {t('care.sos_in')} <Countdown untilMs={sos.untilMs} />
        </p>
      ) : null}
      {sos.state !== 'none' && sos.state !== 'pending' ? (
        <p class="sos">{tFor('care', `sos_${sos.state}`)}</p>
      ) : null}
      {escalationLevel > 0 ? <p>{tFor('care', `escalated_${escalationLevel}`)}</p> : null}
      {state === 'open' && escalatesAtMs ? (
        <p>
          {t('care.escalates')} <Countdown untilMs={escalatesAtMs} />
        </p>
      ) : null}
    </div>
  );
}

function Actions({ alert, viewerId, isSelected, commands, onAssign, onResolve }: CardProps) {
  const may = actionsFor(alert, alert.personId === viewerId);
  const shortcut = (key: string) => (isSelected ? key : undefined);
  return (
    <div class="actions">
      {may.cancelSos ? (
        <Button look="danger" shortcut={shortcut('C')} onPress={() => commands.cancelSos(alert)}>
          {t('care.cancel_sos')}
        </Button>
      ) : null}
      {may.acknowledge ? (
        <Button look="primary" shortcut={shortcut('A')} onPress={() => commands.acknowledge(alert)}>
          {t('care.acknowledge')}
        </Button>
      ) : null}
      {may.assign ? (
        <Button shortcut={shortcut('S')} onPress={onAssign}>
          {t('care.assign')}
        </Button>
      ) : null}
      {may.resolve ? (
        <Button shortcut={shortcut('R')} onPress={onResolve}>
          {t('care.resolve')}
        </Button>
      ) : null}
      {may.falseAlarm ? (
        <Button look="quiet" onPress={() => commands.falseAlarm(alert)}>
          {t('care.false_alarm')}
        </Button>
      ) : null}
    </div>
  );
}
