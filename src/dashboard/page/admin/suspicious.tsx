import { useState } from 'preact/hooks';
import type { SuspiciousActivity } from '../../../client/index.ts';
import { activityWords } from '../../admin.ts';
import { momentText } from '../../strings/format.ts';
import { t, tFor } from '../../strings/index.ts';
import { plainWords } from '../../words.ts';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import type { Session } from '../ui/open-session.ts';
import { type Column, Table } from '../ui/table.tsx';
import { LoadState, useLoad } from '../ui/use-load.tsx';

const TYPES = [
  'LOCATION_MISMATCH',
  'RATE_LIMIT_EXCEEDED',
  'MULTIPLE_FAILED_LOGINS',
  'SPAM_MESSAGES',
  'REFRESH_TOKEN_REUSED',
  'BREAK_GLASS',
  'UNUSUAL_READING',
] as const;
const PAGE = 50;

const COLUMNS: readonly Column<SuspiciousActivity>[] = [
  { label: t('admin.suspicious_kind'), cell: (one) => <b>{activityWords(one).title}</b> },
  { label: t('admin.suspicious_who'), cell: (one) => <Who one={one} /> },
  { label: t('admin.suspicious_what'), cell: (one) => activityWords(one).detail },
  { label: t('admin.suspicious_address'), cell: ({ address }) => address ?? '' },
  { label: t('admin.when'), cell: ({ atMs }) => momentText(atMs) },
];

/** What looks wrong, newest first; what happened to whom leads to the person. */
export function Suspicious({ session }: { readonly session: Session }) {
  const [type, setType] = useState<(typeof TYPES)[number] | undefined>();
  const [pages, setPages] = useState(1);
  const found = useLoad(
    session,
    async (token) => {
      const first = await session.http.access.suspicious(token, { type, limit: PAGE });
      const all = [...first.activities];
      for (let page = 1; page < pages && all.length === page * PAGE; page++) {
        const asked = { type, limit: PAGE, after: all.at(-1)?.activityId };
        all.push(...(await session.http.access.suspicious(token, asked)).activities);
      }
      return { activities: all, off: first.off };
    },
    [type, pages],
  );
  const off = found.value?.off ?? [];
  return (
    <section aria-labelledby="suspicious-title">
      <header class="row">
        <h2 id="suspicious-title" class="grow">
          {t('admin.tab_suspicious')}
        </h2>
        <label class="inline">
          {t('admin.suspicious_kind')}{' '}
          <select
            value={type ?? ''}
            onChange={({ currentTarget }) => {
              setPages(1);
              setType(TYPES.find((one) => one === currentTarget.value));
            }}
          >
            <option value="">{t('admin.suspicious_all')}</option>
            {TYPES.map((one) => (
              <option key={one} value={one}>
                {t(`admin.activity_${one}`)}
              </option>
            ))}
          </select>
        </label>
        <a href="#tab=audit&outcome=refused">{t('admin.suspicious_refused')}</a>
        <a href="#tab=audit&action=suspend">{t('admin.suspicious_suspensions')}</a>
      </header>
      {off.length > 0 ? (
        <p class="soft">
          {t('admin.suspicious_off', {
            what: off.map((one) => tFor('admin', `activity_${one}`) ?? plainWords(one)).join(', '),
          })}
        </p>
      ) : null}
      <LoadState of={found} />
      {found.value ? (
        <Table
          label={t('admin.tab_suspicious')}
          columns={COLUMNS}
          rows={found.value.activities}
          keyOf={({ activityId }) => activityId}
          empty={t('admin.suspicious_none')}
        />
      ) : null}
      {found.value && found.value.activities.length === pages * PAGE ? (
        <Button onPress={() => setPages(pages + 1)}>{t('admin.more')}</Button>
      ) : null}
    </section>
  );
}

function Who({ one: { userId, userName, userStatus } }: { readonly one: SuspiciousActivity }) {
  if (userId === null) return <span class="soft">{t('admin.nobody_known')}</span>;
  return (
    <>
      <a href={`#tab=people&person=${userId}`}>{userName ?? t('admin.no_name')}</a>{' '}
      {userStatus === 'suspended' ? <Badge tone="high">{t('admin.status_suspended')}</Badge> : null}
    </>
  );
}
