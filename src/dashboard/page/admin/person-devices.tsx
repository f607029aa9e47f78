import type { DeviceView } from '../../../client/index.ts';
import { alarmWords } from '../../devices.ts';
import { t } from '../../strings/index.ts';
import { plainWords } from '../../words.ts';
import { Button } from '../ui/button.tsx';
import { confirmed } from '../ui/dialog.tsx';
import type { Session } from '../ui/open-session.ts';
import { type Column, Table } from '../ui/table.tsx';
import { Age } from '../ui/times.tsx';
import { toast } from '../ui/toast.tsx';
import { LoadState, useLoad } from '../ui/use-load.tsx';

/** What somebody's positions and vital signs come from. */
export function PersonDevices({ session, userId }: { readonly session: Session; readonly userId: string }) {
  const { http } = session;
  const devices = useLoad(session, (token) => http.admin.devicesOf(token, userId), [userId]);
  const revoke = async ({ id, name }: DeviceView) => {
    const question = {
      title: t('admin.device_revoke_title', { name }),
      text: t('admin.device_revoke_text'),
      action: t('admin.device_revoke', { name }),
      danger: true,
    };
    if (!(await confirmed(question))) return;
    await session.act((token) => http.revokeDevice(token, id));
    toast(t('admin.device_revoked_done'));
    await devices.reload();
  };
  const columns: readonly Column<DeviceView>[] = [
    {
      label: t('admin.device'),
      cell: ({ name, kind, app }) => `${name} (${plainWords(app ?? kind)})`,
    },
    {
      label: t('admin.device_contact'),
      cell: ({ lastContactAtMs }) =>
        lastContactAtMs === null ? t('admin.never') : <Age sinceMs={lastContactAtMs} ago />,
    },
    {
      label: t('admin.device_battery'),
      cell: ({ batteryPct }) => (batteryPct === null ? '–' : `${Math.round(batteryPct)} %`),
      right: true,
    },
    { label: t('admin.device_alarm'), cell: (device) => alarmWords(device) },
    {
      label: t('admin.devices'),
      cell: (device) => (
        <Button look="quiet" onPress={() => revoke(device)}>
          {t('admin.device_revoke', { name: device.name })}
        </Button>
      ),
    },
  ];
  return (
    <section aria-labelledby="person-devices">
      <h3 id="person-devices">{t('admin.devices')}</h3>
      <LoadState of={devices} />
      {devices.value ? (
        <Table
          label={t('admin.devices')}
          columns={columns}
          rows={devices.value}
          keyOf={({ id }) => id}
          empty={t('admin.devices_none')}
        />
      ) : null}
      <p class="soft small">
        <a href="/devices">{t('admin.devices_own', { path: '/devices' })}</a>
      </p>
    </section>
  );
}
