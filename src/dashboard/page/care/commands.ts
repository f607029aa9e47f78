import { type ReadonlySignal, signal } from '@preact/signals';
import { MusterError } from '../../../client/index.ts';
import type { CareAlert } from '../../care-wall.ts';
import { t } from '../../strings/index.ts';
import { problemWords } from '../session.ts';
import { confirmed } from '../ui/dialog.tsx';
import { toast } from '../ui/toast.tsx';
import type { CareStore } from './store.ts';

/** Long enough to see what one did, short enough that nobody looks twice at an alert that is over. */
const UNDO_MS = 6_000;

type Kind = 'alert.acknowledge' | 'alert.assign' | 'alert.resolve' | 'alert.cancel_sos';

/** What somebody does about alerts. Every method says in a toast how it went. */
export interface AlertCommands {
  /** Alerts that are resolved in a moment, unless it is undone. */
  readonly resolving: ReadonlySignal<ReadonlySet<string>>;
  acknowledge(alert: CareAlert): Promise<void>;
  falseAlarm(alert: CareAlert): Promise<void>;
  assign(alert: CareAlert, toId: string): Promise<void>;
  resolve(alert: CareAlert, actionTaken: string): void;
  cancelSos(alert: CareAlert): Promise<void>;
}

export function alertCommands(store: CareStore): AlertCommands {
  const resolving = signal<ReadonlySet<string>>(new Set());
  const nameOf = ({ personId }: CareAlert) => store.names.of(personId);

  const send = async (kind: Kind, body: { readonly alertId: string }, done: string) => {
    try {
      const answer = await store.client.command(kind, body as never);
      if (answer.alert) store.answered(answer.alert);
      toast(done);
    } catch (error) {
      // Somebody else was first: how it stands now comes with the refusal.
      if (error instanceof MusterError && error.alert) store.answered(error.alert as CareAlert);
      toast(problemWords(error), { tone: 'problem' });
    }
  };
  const mark = (alertId: string, isPending: boolean) => {
    const next = new Set(resolving.value);
    if (isPending) next.add(alertId);
    else next.delete(alertId);
    resolving.value = next;
  };

  return {
    resolving,
    acknowledge: (alert) =>
      send(
        'alert.acknowledge',
        { alertId: alert.alertId },
        t('care.acknowledged_done', { name: nameOf(alert) }),
      ),
    falseAlarm: async (alert) => {
      const name = nameOf(alert);
      const question = { title: t('care.false_alarm_title'), text: t('care.false_alarm_text', { name }) };
      if (!(await confirmed({ ...question, action: t('care.false_alarm'), danger: true }))) return;
      const body = { alertId: alert.alertId, isFalseAlarm: true };
      await send('alert.acknowledge', body, t('care.acknowledged_done', { name }));
    },
    assign: async (alert, toId) => {
      const body = { alertId: alert.alertId, toId };
      await send('alert.assign', body, t('care.assigned_done', { who: store.names.of(toId) }));
    },
    resolve: (alert, actionTaken) => {
      const { alertId } = alert;
      const name = nameOf(alert);
      const body = actionTaken === '' ? { alertId } : { alertId, actionTaken };
      const now = () => {
        clearTimeout(timer);
        removeEventListener('pagehide', now);
        mark(alertId, false);
        void send('alert.resolve', body, t('care.resolved_done', { name }));
      };
      const undo = () => {
        clearTimeout(timer);
        removeEventListener('pagehide', now);
        mark(alertId, false);
      };
      const timer = setTimeout(now, UNDO_MS);
      // Whoever closes the page has not undone it.
      addEventListener('pagehide', now);
      mark(alertId, true);
      toast(t('care.resolve_in', { name }), { undo, staysMs: UNDO_MS });
    },
    cancelSos: (alert) =>
      send('alert.cancel_sos', { alertId: alert.alertId }, t('care.cancelled_done', { name: nameOf(alert) })),
  };
}
