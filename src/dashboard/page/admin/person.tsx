import type { Grant, Profile } from '../../../client/index.ts';
import { momentText } from '../../strings/format.ts';
import { t } from '../../strings/index.ts';
import { Button } from '../ui/button.tsx';
import { confirmed } from '../ui/dialog.tsx';
import type { Session } from '../ui/open-session.ts';
import { toast } from '../ui/toast.tsx';
import { LoadState, useLoad } from '../ui/use-load.tsx';
import { GRANTS } from './grants.tsx';
import { StatusBadge } from './people-search.tsx';
import { PersonDevices } from './person-devices.tsx';

interface PersonProps {
  readonly session: Session;
  readonly userId: string;
}

/** One person: who they are, whether they may sign in, what they may do, and their devices. */
export function PersonView({ session, userId }: PersonProps) {
  const { http } = session;
  const profile = useLoad(session, (token) => http.people.profile(token, userId), [userId]);
  const known = profile.value;
  if (!known) return <LoadState of={profile} />;
  const name = known.name ?? known.email;
  const setSuspended = async (isSuspended: boolean) => {
    if (isSuspended) {
      const question = { title: t('admin.suspend_title', { name }), text: t('admin.suspend_text') };
      if (!(await confirmed({ ...question, action: t('admin.suspend'), danger: true }))) return;
      await session.act((token) => http.people.suspend(token, userId));
      toast(t('admin.suspended_done', { name }), { undo: () => setSuspended(false) });
    } else {
      await session.act((token) => http.people.reactivate(token, userId));
      toast(t('admin.reactivated_done', { name }));
    }
    await profile.reload();
  };
  return (
    <article class="panel person" aria-label={name}>
      <header class="row">
        <h3 class="grow">{name}</h3>
        <StatusBadge status={known.status} />
        <a href={`#tab=audit&subject=${userId}`}>{t('admin.person_audit')}</a>
        {userId === session.userId ? null : (
          <Button
            look={known.status === 'suspended' ? 'plain' : 'danger'}
            onPress={() => setSuspended(known.status !== 'suspended')}
          >
            {known.status === 'suspended' ? t('admin.reactivate') : t('admin.suspend')}
          </Button>
        )}
      </header>
      <p>
        {known.email} {known.phone ? `· ${known.phone}` : ''}
      </p>
      <p class="soft small">{momentText(known.createdAtMs)}</p>
      <Grants session={session} profile={known} onChanged={profile.reload} />
      <PersonDevices session={session} userId={userId} />
    </article>
  );
}

interface GrantsProps {
  readonly session: Session;
  readonly profile: Profile;
  readonly onChanged: () => Promise<void>;
}

function Grants({ session, profile, onChanged }: GrantsProps) {
  const { userId } = profile;
  const name = profile.name ?? profile.email;
  const held = new Set(profile.grants.filter(({ scopeId }) => scopeId === null).map(({ grant }) => grant));
  const change = async (grant: Grant, isGiven: boolean) => {
    const words = { name, grant: t(`ui.grant_${grant}`) };
    const title = isGiven ? t('admin.grant_give', words) : t('admin.grant_take', words);
    const question = { title, text: t('admin.grant_text'), action: t('admin.grant_change') };
    if (!(await confirmed({ ...question, danger: !isGiven }))) return;
    await session.act((token) => session.http.setGrant(token, userId, grant, isGiven));
    toast(t('admin.grant_done', { name }));
    await onChanged();
  };
  return (
    <fieldset class="checks">
      <legend>{t('admin.grants')}</legend>
      {GRANTS.map((grant) => (
        <Button key={grant} pressed={held.has(grant)} onPress={() => change(grant, !held.has(grant))}>
          {t(`ui.grant_${grant}`)}
        </Button>
      ))}
    </fieldset>
  );
}
