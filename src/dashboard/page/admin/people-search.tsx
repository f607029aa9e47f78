import { useState } from 'preact/hooks';
import type { FoundUser } from '../../../client/index.ts';
import { t } from '../../strings/index.ts';
import { field } from '../dom.ts';
import { problemWords } from '../session.ts';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import type { Session } from '../ui/open-session.ts';
import { type Column, Table } from '../ui/table.tsx';
import { GrantList } from './grants.tsx';

interface SearchProps {
  readonly session: Session;
  readonly onChoose: (user: FoundUser) => void;
}

/** Somebody is found by a part of the name, the beginning of the address, or the id. */
export function PeopleSearch({ session, onChoose }: SearchProps) {
  const [found, setFound] = useState<readonly FoundUser[] | null>(null);
  const [problem, setProblem] = useState('');
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget;
    if (!(form instanceof HTMLFormElement)) return;
    try {
      setFound(await session.act((token) => session.http.admin.findUsers(token, field(form, 'text'), 50)));
      setProblem('');
    } catch (error) {
      setProblem(problemWords(error));
    }
  };
  const columns: readonly Column<FoundUser>[] = [
    {
      label: t('admin.name'),
      cell: (user) => (
        <Button
          look="quiet"
          label={t('admin.person_open', { name: user.name ?? user.email })}
          onPress={() => onChoose(user)}
        >
          {user.name ?? t('admin.no_name')}
        </Button>
      ),
    },
    { label: t('admin.email'), cell: ({ email }) => email },
    { label: t('admin.grants'), cell: ({ grants }) => <GrantList grants={grants} /> },
    { label: t('admin.status'), cell: ({ status }) => <StatusBadge status={status} /> },
  ];
  return (
    <>
      <form class="row" onSubmit={submit}>
        <label class="field grow">
          <span>{t('admin.search_label')}</span>
          <input name="text" type="search" required maxLength={120} aria-describedby="search-help" />
        </label>
        <Button type="submit" look="primary">
          {t('admin.search')}
        </Button>
      </form>
      <p id="search-help" class="soft small">
        {t('admin.search_help')}
      </p>
      <p class="problem" role="alert">
        {problem}
      </p>
      {found ? (
        <Table
          label={t('admin.tab_people')}
          columns={columns}
          rows={found}
          keyOf={({ userId }) => userId}
          empty={t('admin.search_none')}
        />
      ) : null}
    </>
  );
}

export const StatusBadge = ({ status }: { readonly status: FoundUser['status'] }) => (
  <Badge tone={status === 'active' ? 'good' : status === 'suspended' ? 'high' : 'plain'}>
    {t(`admin.status_${status}`)}
  </Badge>
);
