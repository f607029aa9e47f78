import { useState } from 'preact/hooks';
import type { AuditEntry } from '../../../client/index.ts';
import { actionWords } from '../../admin.ts';
import { momentText } from '../../strings/format.ts';
import { t, tFor } from '../../strings/index.ts';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import type { Session } from '../ui/open-session.ts';
import { type Column, Table } from '../ui/table.tsx';
import { LoadState, useLoad } from '../ui/use-load.tsx';
import { AuditFilters, asked } from './audit-filters.tsx';
import { Others, Somebody } from './audit-people.tsx';
import { AuditVerification } from './audit-verification.tsx';

const PAGE = 50;
const TONES = { allowed: 'good', refused: 'high', failed: 'medium' } as const;

const columnsOf = (session: Session): readonly Column<AuditEntry>[] => [
  { label: t('admin.when'), cell: ({ atMs }) => <span class="moment">{momentText(atMs)}</span> },
  {
    label: t('admin.audit_actor'),
    cell: ({ actorId, actorName, address }) => <Somebody id={actorId} name={actorName} fallback={address} />,
  },
  { label: t('admin.audit_what'), cell: (entry) => <b>{actionWords(entry)}</b> },
  {
    label: t('admin.audit_subject'),
    cell: (entry) => (
      <>
        <Somebody id={entry.subjectUserId} name={entry.subjectName} fallback={null} />{' '}
        <Others session={session} entry={entry} />
      </>
    ),
  },
  {
    label: t('admin.audit_outcome'),
    cell: ({ outcome }) => <Badge tone={TONES[outcome]}>{tFor('admin', `outcome_${outcome}`)}</Badge>,
  },
  {
    label: t('admin.audit_why'),
    cell: ({ reason, purpose }) => (
      <span class="soft small">{[reason, purpose].filter((one) => one !== null).join(' · ')}</span>
    ),
  },
];

/** Who did what, searched by person, act, outcome and time; and whether anything of it was changed. */
export function Audit({ session }: { readonly session: Session }) {
  const [pages, setPages] = useState(1);
  const filter = asked();
  const entries = useLoad(
    session,
    async (token) => {
      const all: AuditEntry[] = [];
      for (let page = 0; page < pages; page++) {
        const before = all.at(-1)?.id;
        const read = await session.http.access.audit(token, { ...filter, before, limit: PAGE });
        all.push(...read);
        if (read.length < PAGE) break;
      }
      return all;
    },
    [JSON.stringify(filter), pages],
  );
  return (
    <section aria-labelledby="audit-title">
      <h2 id="audit-title">{t('admin.tab_audit')}</h2>
      <p class="soft">{t('admin.audit_help')}</p>
      <AuditVerification session={session} />
      <AuditFilters session={session} onChanged={() => setPages(1)} />
      <LoadState of={entries} />
      {entries.value ? (
        <Table
          label={t('admin.tab_audit')}
          columns={columnsOf(session)}
          rows={entries.value}
          keyOf={({ id }) => id}
          empty={t('admin.audit_none')}
        />
      ) : null}
      {entries.value?.length === pages * PAGE ? (
        <Button onPress={() => setPages(pages + 1)}>{t('admin.more')}</Button>
      ) : null}
    </section>
  );
}
