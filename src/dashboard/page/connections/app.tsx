import '../devices/devices.css';
import { useState } from 'preact/hooks';
import type { ConnectionView, ProviderView } from '../../../client/index.ts';
import { connectionCells, needsSomebody } from '../../connections.ts';
import { t } from '../../strings/index.ts';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { nowMs } from '../ui/now.ts';
import type { Session } from '../ui/open-session.ts';
import { SessionGate } from '../ui/session-gate.tsx';
import { Shell } from '../ui/shell.tsx';
import { type Column, Table } from '../ui/table.tsx';
import { LoadState, useLoad } from '../ui/use-load.tsx';
import { ConnectionActs } from './acts.tsx';
import { ConnectionLogs } from './logs.tsx';

const EVERY_MS = 5_000;

export const ConnectionsPage = () => (
  <SessionGate title={t('connections.title')} purpose={t('connections.sign_in_for')}>
    {(session) => <Connections session={session} />}
  </SessionGate>
);

function Connections({ session }: { readonly session: Session }) {
  const { http } = session;
  const [shownId, setShownId] = useState<string | null>(null);
  const providers = useLoad(session, (token) => http.connections.providers(token), []);
  const connections = useLoad(session, (token) => http.connections.list(token), [], EVERY_MS);
  const all = connections.value ?? [];
  const titleOf = ({ provider }: ConnectionView) =>
    providers.value?.find((one) => one.provider === provider)?.title ?? provider;
  const shown = all.find(({ id }) => id === shownId);
  const cell = (at: number) => (one: ConnectionView) => connectionCells(one, titleOf(one), nowMs.value)[at];
  const columns: readonly Column<ConnectionView>[] = [
    { label: t('connections.wearable'), cell: cell(0) },
    {
      label: t('connections.state'),
      cell: (one) => (
        <Badge tone={needsSomebody(one) ? 'critical' : one.isActive ? 'good' : 'plain'}>{cell(1)(one)}</Badge>
      ),
    },
    { label: t('connections.last_read'), cell: cell(2) },
    { label: t('connections.every'), cell: cell(3) },
    {
      label: t('connections.actions'),
      cell: (one) => (
        <ConnectionActs
          session={session}
          connection={one}
          title={titleOf(one)}
          isShown={one.id === shownId}
          onHistory={() => setShownId(one.id === shownId ? null : one.id)}
          onChanged={connections.reload}
        />
      ),
    },
  ];
  return (
    <Shell session={session} path="/connections" title={t('connections.title')}>
      <div class="own">
        <section class="panel" aria-labelledby="connections-title">
          <h2 id="connections-title">{t('connections.title')}</h2>
          <p class="soft" role="status">
            {connections.value === null ? '' : summary(all.length)}
          </p>
          <LoadState of={connections} />
          {connections.value ? (
            <Table
              label={t('connections.title')}
              columns={columns}
              rows={all}
              keyOf={({ id }) => id}
              isUrgent={needsSomebody}
              empty={t('connections.none')}
            />
          ) : null}
        </section>
        {shown ? (
          <ConnectionLogs key={shown.id} session={session} connection={shown} title={titleOf(shown)} />
        ) : null}
        <Providers session={session} providers={providers.value} />
      </div>
    </Shell>
  );
}

const summary = (count: number) =>
  count === 0 ? t('connections.summary_none') : t('connections.summary', { n: count });

interface ProvidersProps {
  readonly session: Session;
  readonly providers: readonly ProviderView[] | null;
}

/** The makers whose clouds this server can read; agreeing happens on their page. */
function Providers({ session, providers }: ProvidersProps) {
  const connect = async (provider: string) => {
    const begun = await session.act((token) => session.http.connections.begin(token, provider));
    location.assign(begun.authorizationUrl);
  };
  return (
    <section class="panel" aria-labelledby="connect-title">
      <h2 id="connect-title">{t('connections.connect_title')}</h2>
      {providers?.length === 0 ? (
        <p>{t('connections.providers_none')}</p>
      ) : (
        <p class="soft">{t('connections.connect_help')}</p>
      )}
      <div class="acts">
        {providers?.map(({ provider, title }) => (
          <Button key={provider} look="primary" onPress={() => connect(provider)}>
            {t('connections.connect', { title })}
          </Button>
        ))}
      </div>
    </section>
  );
}
