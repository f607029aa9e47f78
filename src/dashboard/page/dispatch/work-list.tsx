import type { SosView } from '../../../client/index.ts';
import { t } from '../../strings/index.ts';
import { plainWords, slotsWords, statusWords } from '../../words.ts';
import { type Column, Table } from '../ui/table.tsx';
import { Age } from '../ui/times.tsx';
import type { DispatchStore } from './store.ts';

const COLUMNS: readonly Column<SosView>[] = [
  { label: 'SOS', cell: ({ emergencyType }) => plainWords(emergencyType) },
  { label: 'Status', cell: statusWords },
  { label: 'Who comes', cell: slotsWords },
  { label: 'Age', cell: ({ createdAtMs }) => <Age sinceMs={createdAtMs} /> },
];

export function WorkList({ store }: { readonly store: DispatchStore }) {
  return (
    <>
      <h2>{t('dispatch.open_sos', { n: store.openSos.value.length })}</h2>
      <Table
        label={t('dispatch.title')}
        columns={COLUMNS}
        rows={store.openSos.value}
        keyOf={({ sosId }) => sosId}
        isUrgent={({ priority, isDrill }) => priority === 'CRITICAL' && !isDrill}
        empty={t('dispatch.nothing_open')}
      />
    </>
  );
}
