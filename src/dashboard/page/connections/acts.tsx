import type { ConnectionView } from '../../../client/index.ts';
import { canBeActivated } from '../../connections.ts';
import { t } from '../../strings/index.ts';
import { Button } from '../ui/button.tsx';
import { confirmed } from '../ui/dialog.tsx';
import type { Session } from '../ui/open-session.ts';
import { toast } from '../ui/toast.tsx';

interface ActsProps {
  readonly session: Session;
  readonly connection: ConnectionView;
  readonly title: string;
  readonly isShown: boolean;
  readonly onHistory: () => void;
  readonly onChanged: () => Promise<void>;
}

/** What its person can do about a connection as it stands. */
export function ConnectionActs({ session, connection, title, isShown, onHistory, onChanged }: ActsProps) {
  const { http } = session;
  const { id, isActive } = connection;
  const change = (work: (token: string) => Promise<unknown>, done?: string) => async () => {
    await session.act(work);
    if (done !== undefined) toast(done);
    await onChanged();
  };
  const setActive = (wanted: boolean) =>
    change((token) => http.connections.change(token, id, { isActive: wanted }));
  const disconnect = async () => {
    const question = {
      title: t('connections.disconnect_title', { title }),
      text: t('connections.disconnect_text'),
    };
    if (!(await confirmed({ ...question, action: t('connections.disconnect'), danger: true }))) return;
    await change(
      (token) => http.connections.disconnect(token, id),
      t('connections.disconnected_done', { title }),
    )();
  };
  const label = (what: string) => `${what}: ${title}`;
  const readNow = change(
    (token) => http.connections.syncNow(token, id),
    t('connections.read_now_done', { title }),
  );
  return (
    <span class="acts">
      {isActive ? (
        <>
          <Button label={label(t('connections.read_now'))} onPress={readNow}>
            {t('connections.read_now')}
          </Button>
          <Button label={label(t('connections.pause'))} onPress={setActive(false)}>
            {t('connections.pause')}
          </Button>
        </>
      ) : null}
      {canBeActivated(connection) ? (
        <Button label={label(t('connections.activate'))} onPress={setActive(true)}>
          {t('connections.activate')}
        </Button>
      ) : null}
      <Button label={label(t('connections.history'))} expanded={isShown} onPress={onHistory}>
        {t('connections.history')}
      </Button>
      <Button look="quiet" label={label(t('connections.disconnect'))} onPress={disconnect}>
        {t('connections.disconnect')}
      </Button>
    </span>
  );
}
