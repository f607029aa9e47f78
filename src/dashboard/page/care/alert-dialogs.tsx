import { useEffect, useState } from 'preact/hooks';
import type { CareTie } from '../../../client/index.ts';
import type { CareAlert } from '../../care-wall.ts';
import { t } from '../../strings/index.ts';
import { plainWords } from '../../words.ts';
import { problemWords } from '../session.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { toast } from '../ui/toast.tsx';
import type { AlertCommands } from './commands.ts';
import type { CareStore } from './store.ts';

interface DialogProps {
  readonly store: CareStore;
  readonly commands: AlertCommands;
  /** Null: closed. */
  readonly alert: CareAlert | null;
  readonly onClose: () => void;
}

export function AssignDialog({ store, commands, alert, onClose }: DialogProps) {
  const [team, setTeam] = useState<readonly CareTie[] | null>(null);
  const personId = alert?.personId ?? null;
  useEffect(() => {
    setTeam(null);
    if (personId === null) return;
    store.names.teamOf(personId).then(setTeam, (error: unknown) => {
      toast(problemWords(error), { tone: 'problem' });
      onClose();
    });
  }, [personId]);
  const others = team?.filter(({ userId }) => userId !== alert?.assignedTo && userId !== personId) ?? [];
  return (
    <Dialog title={t('care.assign_title')} open={alert !== null} onClose={onClose}>
      {team !== null && others.length === 0 ? <p class="empty">{t('care.assign_nobody')}</p> : null}
      <ul class="choices">
        {others.map(({ userId, role }) => (
          <li key={userId}>
            <Button
              onPress={async () => {
                onClose();
                if (alert) await commands.assign(alert, userId);
              }}
            >
              <span>{store.names.of(userId)}</span>
              <span class="soft">{plainWords(role)}</span>
            </Button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

export function ResolveDialog({ store, commands, alert, onClose }: DialogProps) {
  const [note, setNote] = useState('');
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (alert) commands.resolve(alert, note.trim());
    setNote('');
    onClose();
  };
  return (
    <Dialog title={t('care.resolve_title')} open={alert !== null} onClose={onClose}>
      <form onSubmit={submit}>
        <p>
          <b>{alert ? store.names.of(alert.personId) : ''}</b> {alert?.title}
        </p>
        <label class="field">
          <span>{t('care.resolve_note')}</span>
          <textarea
            rows={3}
            maxLength={2_000}
            value={note}
            aria-describedby="resolve-help"
            onInput={({ currentTarget }) => setNote(currentTarget.value)}
          />
        </label>
        <p id="resolve-help" class="soft small">
          {t('care.resolve_note_help')}
        </p>
        <footer>
          <Button onPress={onClose}>{t('ui.cancel')}</Button>
          <Button type="submit" look="primary">
            {t('care.resolve')}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
