import './no-eval.ts';
import { type ConnectionView, MusterHttp } from '../../client/index.ts';
import {
  CONNECTION_COLUMNS,
  canBeActivated,
  connectionCells,
  LOG_COLUMNS,
  logCells,
  needsSomebody,
} from '../connections.ts';
import { byId, setText } from './dom.ts';
import { Mine } from './mine.ts';
import { LiveTable } from './table.ts';

const REFRESH_MS = 5_000;
const LOGS_SHOWN = 10;
const ACTIONS_COLUMN = CONNECTION_COLUMNS.length;

const http = new MusterHttp(location.origin);
const table = new LiveTable(byId('connections', HTMLTableElement), [...CONNECTION_COLUMNS, 'Actions']);
const logs = new LiveTable(byId('logs', HTMLTableElement), LOG_COLUMNS);
const logsSection = byId('logs-section', HTMLElement);
const providers = byId('providers', HTMLElement);
const titles = new Map<string, string>();
let shownLogs: string | null = null;

const mine = new Mine({
  http,
  mine: byId('mine', HTMLElement),
  problem: byId('connections-problem', HTMLElement),
  onMine: () => void showProviders().then(refresh),
});

async function showProviders(): Promise<void> {
  const offered = await mine.asMe((token) => http.connections.providers(token));
  if (!offered) return;
  providers.replaceChildren();
  for (const { provider, title } of offered) {
    titles.set(provider, title);
    providers.append(
      button(title, `Connect ${title}`, async () => {
        const begun = await mine.asMe((token) => http.connections.begin(token, provider));
        if (begun) location.assign(begun.authorizationUrl);
      }),
    );
  }
  if (offered.length === 0) setText(providers, 'The operator of this server has not set any up.');
}

async function refresh(): Promise<void> {
  const connections = await mine.asMe((token) => http.connections.list(token));
  if (!connections) return;
  const nowMs = Date.now();
  table.show(
    connections.map((connection) => ({
      id: connection.id,
      cells: connectionCells(connection, titleOf(connection), nowMs),
      urgent: needsSomebody(connection),
    })),
  );
  for (const connection of connections) showActions(connection);
  const count = connections.length === 1 ? 'One is connected.' : `${connections.length} are connected.`;
  const summary = connections.length === 0 ? 'None is connected yet.' : count;
  setText(byId('connections-summary', HTMLElement), summary);
  await showLogs(connections);
}

const titleOf = ({ provider }: ConnectionView) => titles.get(provider) ?? provider;

/** Made anew only when others can be done, so that nobody's focus is lost every few seconds. */
function showActions(connection: ConnectionView): void {
  const cell = table.cell(connection.id, ACTIONS_COLUMN);
  const kind = connection.isActive ? 'active' : canBeActivated(connection) ? 'stopped' : 'over';
  if (!cell || cell.dataset.kind === kind) return;
  cell.dataset.kind = kind;
  const { id } = connection;
  const of = ` ${titleOf(connection)}`;
  const act = (label: string, change: (token: string) => Promise<unknown>) =>
    button(label, label + of, async () => {
      await mine.asMe(change);
      await refresh();
    });
  const setActive = (isActive: boolean) => (token: string) =>
    http.connections.change(token, id, { isActive });
  const actions = document.createElement('div');
  actions.className = 'actions';
  actions.append(
    ...(kind === 'active' ? [act('Read now', (token) => http.connections.syncNow(token, id))] : []),
    ...(kind === 'active' ? [act('Pause', setActive(false))] : []),
    ...(kind === 'stopped' ? [act('Activate', setActive(true))] : []),
    button('History', `History of${of}`, async () => {
      shownLogs = shownLogs === id ? null : id;
      await refresh();
    }),
    button('Disconnect', `Disconnect${of}`, async () => {
      if (!confirm(`Nothing is read of${of} any more. What was read stays. Disconnect it?`)) return;
      await mine.asMe((token) => http.connections.disconnect(token, id));
      await refresh();
    }),
  );
  cell.replaceChildren(actions);
}

async function showLogs(connections: readonly ConnectionView[]): Promise<void> {
  const id = connections.some((one) => one.id === shownLogs) ? shownLogs : null;
  logsSection.hidden = id === null;
  if (id === null) return;
  const rows = await mine.asMe((token) => http.connections.logs(token, id, { limit: LOGS_SHOWN }));
  if (!rows) return;
  const nowMs = Date.now();
  logs.show(
    rows.map((log) => ({ id: log.id, cells: logCells(log, nowMs), urgent: log.status === 'failed' })),
  );
}

function button(label: string, spoken: string, act: () => Promise<void>): HTMLButtonElement {
  const made = document.createElement('button');
  made.type = 'button';
  made.textContent = label;
  made.setAttribute('aria-label', spoken);
  made.addEventListener('click', async () => {
    made.disabled = true;
    await act();
    made.disabled = false;
  });
  return made;
}

setInterval(() => void refresh(), REFRESH_MS);
mine.open();
