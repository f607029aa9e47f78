import './devices.css';
import { useState } from 'preact/hooks';
import type { DeviceView } from '../../../client/index.ts';
import { deviceCells, wouldNotRing } from '../../devices.ts';
import { t } from '../../strings/index.ts';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { confirmed } from '../ui/dialog.tsx';
import { nowMs } from '../ui/now.ts';
import type { Session } from '../ui/open-session.ts';
import { SessionGate } from '../ui/session-gate.tsx';
import { Shell } from '../ui/shell.tsx';
import { type Column, Table } from '../ui/table.tsx';
import { toast } from '../ui/toast.tsx';
import { LoadState, useLoad } from '../ui/use-load.tsx';
import { AppPairing } from './app-pairing.tsx';
import { DeviceHealth } from './device-health.tsx';
import { Pairing } from './pairing.tsx';

const EVERY_MS = 5_000;

export const DevicesPage = () => (
  <SessionGate title={t('devices.title')} purpose={t('devices.sign_in_for')}>
    {(session) => <Devices session={session} />}
  </SessionGate>
);

function Devices({ session }: { readonly session: Session }) {
  const { http } = session;
  const [shownId, setShownId] = useState<string | null>(null);
  const devices = useLoad(session, (token) => http.devices(token), [], EVERY_MS);
  const all = devices.value ?? [];
  const shown = all.find(({ id }) => id === shownId);
  const revoke = async ({ id, name }: DeviceView) => {
    const question = { title: t('devices.revoke_title', { name }), text: t('devices.revoke_text') };
    if (!(await confirmed({ ...question, action: t('devices.revoke'), danger: true }))) return;
    await session.act((token) => http.revokeDevice(token, id));
    toast(t('devices.revoked_done', { name }));
    await devices.reload();
  };
  return (
    <Shell session={session} path="/devices" title={t('devices.title')}>
      <div class="own">
        <section class="panel" aria-labelledby="devices-title">
          <h2 id="devices-title">{t('devices.title')}</h2>
          <p class="soft" role="status">
            {devices.value === null ? '' : summary(all.length)}
          </p>
          <LoadState of={devices} />
          {devices.value ? (
            <Table
              label={t('devices.title')}
              columns={columnsOf({ onRevoke: revoke, onHealth: ({ id }) => setShownId(id) })}
              rows={all}
              keyOf={({ id }) => id}
              isUrgent={wouldNotRing}
              empty={t('devices.none')}
            />
          ) : null}
        </section>
        {shown ? (
          <DeviceHealth key={shown.id} session={session} device={shown} onClose={() => setShownId(null)} />
        ) : null}
        <Pairing session={session} />
        <AppPairing session={session} onPaired={() => void devices.reload()} />
      </div>
    </Shell>
  );
}

const summary = (count: number) =>
  count === 0 ? t('devices.summary_none') : t('devices.summary', { n: count });

interface Acts {
  readonly onRevoke: (device: DeviceView) => Promise<void>;
  readonly onHealth: (device: DeviceView) => void;
}

function columnsOf({ onRevoke, onHealth }: Acts): readonly Column<DeviceView>[] {
  const cell = (at: number) => (device: DeviceView) => deviceCells(device, nowMs.value)[at];
  return [
    { label: t('devices.name'), cell: cell(0) },
    { label: t('devices.kind'), cell: cell(1) },
    { label: t('devices.last_contact'), cell: cell(2) },
    { label: t('devices.battery'), cell: cell(3) },
    {
      label: t('devices.alarm'),
      cell: (device) => (
        <Badge tone={wouldNotRing(device) ? 'critical' : device.canSound ? 'good' : 'plain'}>
          {cell(4)(device)}
        </Badge>
      ),
    },
    {
      label: t('devices.actions'),
      cell: (device) => (
        <span class="acts">
          <Button label={`${t('devices.health')}: ${device.name}`} onPress={() => onHealth(device)}>
            {t('devices.health')}
          </Button>
          <Button
            look="quiet"
            label={`${t('devices.revoke')}: ${device.name}`}
            onPress={() => onRevoke(device)}
          >
            {t('devices.revoke')}
          </Button>
        </span>
      ),
    },
  ];
}
