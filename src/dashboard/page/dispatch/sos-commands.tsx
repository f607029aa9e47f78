import type { SosView } from '../../../client/index.ts';
import { type DispatcherCommand, mayCommand } from '../../sos-commands.ts';
import { refusalWords } from '../../story.ts';
import { t } from '../../strings/index.ts';
import { Button } from '../ui/button.tsx';
import { Age } from '../ui/times.tsx';
import { act, commandWords, forgive } from './act.ts';
import type { Asking, Desk } from './desk.ts';

interface CommandsProps {
  readonly desk: Desk;
  readonly sos: SosView;
}

const HOLD_MS = 300_000;

interface OneProps extends CommandsProps {
  readonly command: DispatcherCommand;
  readonly look?: 'primary' | 'danger' | 'plain';
  readonly shortcut?: string;
}

/** A button that is there when it makes sense. */
function One({ desk, sos, command, look = 'plain', shortcut }: OneProps) {
  if (!mayCommand(command.kind, sos, desk.me)) return null;
  return (
    <Button look={look} onPress={() => act(desk, sos, command)} {...(shortcut ? { shortcut } : {})}>
      {commandWords(command.kind)}
    </Button>
  );
}

/** What can be done about an SOS now, and what was refused last and why. */
export function SosCommands({ desk, sos }: CommandsProps) {
  const ask = (what: Asking) => () => {
    desk.asking.value = { what, sos };
  };
  const isOpen = sos.closedAtMs === null;
  const both = { desk, sos };
  return (
    <section class="sos-commands" aria-label={t('incident.commands')}>
      <div class="row">
        {isOpen ? (
          <Button look="primary" shortcut="a" onPress={ask('assign')}>
            {t('incident.cmd_assign')}
          </Button>
        ) : null}
        <One {...both} command={{ kind: 'sos.take_over' }} shortcut="t" />
        <One {...both} command={{ kind: 'sos.escalate' }} shortcut="e" />
        <One {...both} command={{ kind: 'sos.hold', forMs: HOLD_MS }} shortcut="o" />
        <One {...both} command={{ kind: 'sos.unhold' }} shortcut="o" />
        <One {...both} command={{ kind: 'sos.resolve' }} />
        <One {...both} command={{ kind: 'sos.reopen' }} look="primary" />
        {isOpen ? <Button onPress={ask('hand_off')}>{t('incident.cmd_hand_off')}</Button> : null}
        {mayCommand('sos.merge', sos, desk.me) ? (
          <Button onPress={ask('merge')}>{t('incident.cmd_merge')}</Button>
        ) : null}
        <One {...both} command={{ kind: 'sos.cancel' }} />
      </div>
      <Refusal {...both} />
    </section>
  );
}

function Refusal({ desk, sos }: CommandsProps) {
  const refused = desk.refused.value.get(sos.sosId);
  return (
    <div role="alert" class="refusal">
      {refused ? (
        <div class="problem">
          <p>
            <strong>{t('incident.refused_title', { command: commandWords(refused.command) })}</strong>{' '}
            <Age sinceMs={refused.atMs} ago />
          </p>
          <p>{refusalWords(refused.code, refused.message, refused.advice)}</p>
          <Button look="quiet" onPress={() => forgive(desk, sos.sosId)}>
            {t('incident.refused_again')}
          </Button>
        </div>
      ) : null}
    </div>
  );
}
