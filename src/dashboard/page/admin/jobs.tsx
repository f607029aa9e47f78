import type { JobView } from '../../../client/index.ts';
import { jobLook } from '../../admin.ts';
import { durationText } from '../../strings/format.ts';
import { t } from '../../strings/index.ts';
import { plainWords } from '../../words.ts';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { nowMs } from '../ui/now.ts';
import type { Session } from '../ui/open-session.ts';
import { type Column, Table } from '../ui/table.tsx';
import { Age, Countdown } from '../ui/times.tsx';
import { toast } from '../ui/toast.tsx';
import { LoadState, useLoad } from '../ui/use-load.tsx';

const EVERY_MS = 3_000;

/** What nodes do by themselves, how it went last, and when it is due. */
export function Jobs({ session }: { readonly session: Session }) {
  const jobs = useLoad(session, (token) => session.http.admin.jobs(token), [], EVERY_MS);
  const run = async ({ name }: JobView) => {
    await session.act((token) => session.http.admin.runJob(token, name));
    toast(t('admin.job_run_done', { name: plainWords(name) }));
    await jobs.reload();
  };
  const columns: readonly Column<JobView>[] = [
    { label: t('admin.job'), cell: ({ name }) => <b>{plainWords(name)}</b> },
    { label: t('admin.job_state'), cell: (job) => <State job={job} /> },
    {
      label: t('admin.job_last'),
      cell: ({ lastOkAtMs }) => (lastOkAtMs === null ? t('admin.never') : <Age sinceMs={lastOkAtMs} ago />),
    },
    {
      label: t('admin.job_next'),
      cell: ({ running, dueAtMs }) =>
        running ? '' : <Countdown untilMs={dueAtMs} urgentBelowMs={-60_000} />,
    },
    {
      label: t('admin.job_every'),
      cell: ({ everyMs }) => (everyMs === null ? t('admin.job_unknown') : durationText(everyMs)),
    },
    {
      label: t('admin.job_run'),
      cell: (job) => (
        <Button
          disabled={job.running}
          label={t('admin.job_run_label', { name: plainWords(job.name) })}
          onPress={() => run(job)}
        >
          {t('admin.job_run')}
        </Button>
      ),
    },
  ];
  return (
    <section aria-labelledby="jobs-title">
      <h2 id="jobs-title">{t('admin.tab_jobs')}</h2>
      <p class="soft">{t('admin.jobs_help')}</p>
      <LoadState of={jobs} />
      <Table
        label={t('admin.tab_jobs')}
        columns={columns}
        rows={jobs.value ?? []}
        keyOf={({ name }) => name}
        isUrgent={({ failures }) => failures > 0}
        empty=""
      />
    </section>
  );
}

function State({ job }: { readonly job: JobView }) {
  const { tone, words } = jobLook(job, nowMs.value);
  return <Badge tone={tone}>{words}</Badge>;
}
