import type { ConnectionView, SyncLogView } from '../../../client/index.ts';
import { logCells } from '../../connections.ts';
import { t } from '../../strings/index.ts';
import { nowMs } from '../ui/now.ts';
import type { Session } from '../ui/open-session.ts';
import { type Column, Table } from '../ui/table.tsx';
import { LoadState, useLoad } from '../ui/use-load.tsx';

const EVERY_MS = 5_000;
const MOST = 10;
const cell = (at: number) => (log: SyncLogView) => logCells(log, nowMs.value)[at];
const COLUMNS: readonly Column<SyncLogView>[] = [
  { label: t('connections.began'), cell: cell(0) },
  { label: t('connections.outcome'), cell: cell(1) },
  { label: t('connections.records'), cell: cell(2), right: true },
  { label: t('connections.samples'), cell: cell(3), right: true },
];

interface LogsProps {
  readonly session: Session;
  readonly connection: ConnectionView;
  readonly title: string;
}

/** How reading it went, newest first. */
export function ConnectionLogs({ session, connection: { id }, title }: LogsProps) {
  const logs = useLoad(
    session,
    (token) => session.http.connections.logs(token, id, { limit: MOST }),
    [id],
    EVERY_MS,
  );
  return (
    <section class="panel" aria-labelledby="logs-title">
      <h2 id="logs-title">{t('connections.history_of', { title })}</h2>
      <LoadState of={logs} />
      {logs.value ? (
        <Table
          label={t('connections.history_of', { title })}
          columns={COLUMNS}
          rows={logs.value}
          keyOf={({ id }) => id}
          isUrgent={({ status }) => status === 'failed'}
          empty={t('connections.history_none')}
        />
      ) : null}
    </section>
  );
}
