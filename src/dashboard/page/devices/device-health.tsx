import { useEffect, useRef } from 'preact/hooks';
import type { DeviceView, DeviceHealth as Health } from '../../../client/index.ts';
import { healthCells, healthWords } from '../../apps.ts';
import { t } from '../../strings/index.ts';
import { Button } from '../ui/button.tsx';
import { nowMs } from '../ui/now.ts';
import type { Session } from '../ui/open-session.ts';
import { type Column, Table } from '../ui/table.tsx';
import { LoadState, useLoad } from '../ui/use-load.tsx';

type Day = Health['days'][number];

const EVERY_MS = 5_000;
const cell = (at: number) => (day: Day) => healthCells(day)[at];
const COLUMNS: readonly Column<Day>[] = [
  { label: t('devices.day'), cell: cell(0) },
  { label: t('devices.accepted'), cell: cell(1), right: true },
  { label: t('devices.late'), cell: cell(2), right: true },
  { label: t('devices.not_used'), cell: cell(3) },
];

interface HealthProps {
  readonly session: Session;
  readonly device: DeviceView;
  readonly onClose: () => void;
}

/** What came of one device in the last days, and what went wrong. */
export function DeviceHealth({ session, device: { id, name }, onClose }: HealthProps) {
  const title = useRef<HTMLHeadingElement>(null);
  const health = useLoad(session, (token) => session.http.apps.health(token, id), [id], EVERY_MS);
  useEffect(() => title.current?.focus(), []);
  return (
    <section class="panel" aria-labelledby="health-title">
      <header class="head">
        <h2 id="health-title" ref={title} tabIndex={-1}>
          {t('devices.health_of', { name })}
        </h2>
        <Button look="quiet" onPress={onClose}>
          {t('devices.health_hide')}
        </Button>
      </header>
      <LoadState of={health} />
      {health.value ? (
        <>
          <p role="status">{healthWords(health.value, nowMs.value)}</p>
          <Table
            label={t('devices.health_of', { name })}
            columns={COLUMNS}
            rows={health.value.days}
            keyOf={({ day }) => day}
            empty={t('devices.day_none')}
          />
        </>
      ) : null}
    </section>
  );
}
