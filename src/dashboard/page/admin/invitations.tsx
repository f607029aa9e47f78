import { useState } from 'preact/hooks';
import type { Grant, SentInvitation } from '../../../client/index.ts';
import { invitationState } from '../../admin.ts';
import { durationText, momentText } from '../../strings/format.ts';
import { t } from '../../strings/index.ts';
import { field } from '../dom.ts';
import { problemWords } from '../session.ts';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { confirmed } from '../ui/dialog.tsx';
import { nowMs } from '../ui/now.ts';
import type { Session } from '../ui/open-session.ts';
import { type Column, Table } from '../ui/table.tsx';
import { toast } from '../ui/toast.tsx';
import { LoadState, useLoad } from '../ui/use-load.tsx';
import { GRANTS, GrantList } from './grants.tsx';

const MOST = 200;

/** Whom one wants to join, and what became of it. */
export function Invitations({ session }: { readonly session: Session }) {
  const { http } = session;
  const sent = useLoad(session, (token) => http.admin.invitations(token, { limit: MOST }), []);
  const revoke = async ({ id, email }: SentInvitation) => {
    const question = {
      title: t('admin.invitation_revoke_title', { email }),
      text: t('admin.invitation_revoke_text'),
      action: t('admin.invitation_revoke'),
      danger: true,
    };
    if (!(await confirmed(question))) return;
    await session.act((token) => http.admin.revokeInvitation(token, id));
    toast(t('admin.invitation_revoked_done'));
    await sent.reload();
  };
  const columns: readonly Column<SentInvitation>[] = [
    { label: t('admin.email'), cell: ({ email }) => email },
    { label: t('admin.grants'), cell: ({ grants }) => <GrantList grants={grants} /> },
    { label: t('admin.when'), cell: ({ invitedAtMs }) => momentText(invitedAtMs) },
    { label: t('admin.status'), cell: (one) => <State one={one} /> },
    {
      label: t('admin.invitation_revoke'),
      cell: (one) =>
        invitationState(one, nowMs.value) === 'open' ? (
          <Button onPress={() => revoke(one)}>{t('admin.invitation_revoke')}</Button>
        ) : null,
    },
  ];
  return (
    <section aria-labelledby="invitations-title">
      <h2 id="invitations-title">{t('admin.tab_invitations')}</h2>
      <InviteForm session={session} onSent={() => void sent.reload()} />
      <LoadState of={sent} />
      {sent.value ? (
        <Table
          label={t('admin.tab_invitations')}
          columns={columns}
          rows={sent.value}
          keyOf={({ id }) => id}
          empty={t('admin.invitations_none')}
        />
      ) : null}
    </section>
  );
}

function State({ one }: { readonly one: SentInvitation }) {
  const state = invitationState(one, nowMs.value);
  if (state === 'accepted') return <Badge tone="good">{t('admin.invitation_accepted')}</Badge>;
  if (state === 'over') return <Badge>{t('admin.invitation_over')}</Badge>;
  return (
    <Badge tone="busy">
      {t('admin.invitation_open', { age: durationText(one.expiresAtMs - nowMs.value) })}
    </Badge>
  );
}

function InviteForm({ session, onSent }: { readonly session: Session; readonly onSent: () => void }) {
  const [problem, setProblem] = useState('');
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget;
    if (!(form instanceof HTMLFormElement)) return;
    const email = field(form, 'email');
    const grants = new FormData(form).getAll('grant') as Grant[];
    if (grants.length === 0) return setProblem(t('admin.invite_grants_missing'));
    try {
      await session.act((token) => session.http.people.invite(token, { email, grants }));
      setProblem('');
      form.reset();
      toast(t('admin.invite_done', { email }));
      onSent();
    } catch (error) {
      setProblem(problemWords(error));
    }
  };
  return (
    <form class="panel row" onSubmit={submit} aria-label={t('admin.invite')}>
      <label class="field grow">
        <span>{t('admin.email')}</span>
        <input name="email" type="email" required maxLength={254} autocomplete="off" />
      </label>
      <fieldset class="checks">
        <legend>{t('admin.invite_grants')}</legend>
        {GRANTS.map((grant) => (
          <label key={grant}>
            <input type="checkbox" name="grant" value={grant} /> {t(`ui.grant_${grant}`)}
          </label>
        ))}
      </fieldset>
      <Button type="submit" look="primary">
        {t('admin.invite_send')}
      </Button>
      <p class="problem" role="alert">
        {problem}
      </p>
    </form>
  );
}
