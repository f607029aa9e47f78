import { MusterClient, type Status, type TokenSource } from '../../client/index.ts';
import { Board } from '../board.ts';
import {
  ageWords,
  alertWords,
  connectionWords,
  plainWords,
  responderWords,
  shortId,
  slotsWords,
  statusWords,
} from '../words.ts';
import { byId, setText } from './dom.ts';
import { LiveTable } from './table.ts';

/** More lines than anybody reads would only slow the page down. */
const MAX_LINES = 200;

const connection = byId('connection', HTMLElement);
const sosSummary = byId('sos-summary', HTMLElement);
const respondersSummary = byId('responders-summary', HTMLElement);
const sosTable = new LiveTable(byId('sos', HTMLTableElement), [
  'Priority',
  'Type',
  'Status',
  'Age',
  'Wave',
  'Open offers',
  'Who comes',
  'SOS',
]);
const alertsSummary = byId('alerts-summary', HTMLElement);
const alertTable = new LiveTable(byId('alerts', HTMLTableElement), [
  'Severity',
  'What',
  'How it stands',
  'Age',
  'Seen',
  'Person',
]);
const responderTable = new LiveTable(byId('responders', HTMLTableElement), [
  'Responder',
  'State',
  'Last fix',
]);

/** Shows the board until the connection ends for good. The answer to `stop` comes when it has. */
export function showLive(
  url: string,
  token: TokenSource,
  onEnd: (reason: string) => void,
): { stop: () => Promise<void> } {
  const board = new Board();
  let status: Status = { state: 'connecting' };
  let isDue = false;
  let whyEnded: string | null = null;
  const draw = () => {
    isDue = false;
    drawConnection(status);
    drawBoard(board);
  };
  const drawSoon = () => {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(draw);
  };
  const ticking = setInterval(drawSoon, 1_000);
  const client = new MusterClient({
    url,
    token,
    program: 'muster-page',
    onStatus: (now) => {
      status = now;
      drawSoon();
      if (now.state !== 'closed') return;
      clearInterval(ticking);
      onEnd(whyEnded ?? now.reason);
    },
  });
  client.watchDispatch({
    onFeed: (feed) => {
      board.replace(feed, Date.now());
      drawSoon();
    },
    onEvent: (event) => {
      board.apply(event);
      drawSoon();
    },
    onState: (state) => {
      board.update(state, Date.now());
      drawSoon();
    },
    onEnd: (reason) => {
      whyEnded = reason;
      void client.close();
    },
  });
  client.connect();
  draw();
  return { stop: () => client.close() };
}

function drawConnection(status: Status): void {
  connection.dataset.state = status.state;
  setText(connection, connectionWords(status, Date.now()));
}

function drawBoard(board: Board): void {
  const nowMs = Date.now();
  const open = board.openSos;
  setText(sosSummary, summary(open.length, 'open SOS', 'No open SOS.'));
  sosTable.show(
    open.slice(0, MAX_LINES).map((sos) => ({
      id: sos.sosId,
      urgent: !sos.isDrill && (sos.priority === 'CRITICAL' || sos.status === 'ESCALATED'),
      cells: [
        plainWords(sos.priority),
        plainWords(sos.emergencyType),
        statusWords(sos),
        ageWords(nowMs - sos.createdAtMs),
        String(sos.wave),
        String(sos.openOffers),
        slotsWords(sos),
        shortId(sos.sosId),
      ],
    })),
  );
  const alerts = board.openAlerts;
  setText(alertsSummary, summary(alerts.length, 'alerts', 'No alerts.'));
  alertTable.show(
    alerts.slice(0, MAX_LINES).map((alert) => ({
      id: alert.alertId,
      urgent: alert.severity === 'CRITICAL' && alert.state === 'open',
      cells: [
        plainWords(alert.severity),
        alert.title,
        alertWords(alert, nowMs),
        ageWords(nowMs - alert.openedAtMs),
        `${alert.count} times`,
        shortId(alert.personId),
      ],
    })),
  );
  const responders = board.connectedResponders;
  setText(respondersSummary, summary(responders.length, 'connected', 'Nobody is connected.'));
  responderTable.show(
    responders.slice(0, MAX_LINES).map((responder) => ({
      id: responder.id,
      cells: [shortId(responder.id), responderWords(responder), `${ageWords(nowMs - responder.fixAtMs)} ago`],
    })),
  );
}

function summary(count: number, what: string, none: string): string {
  if (count === 0) return none;
  return count > MAX_LINES ? `${count} ${what}; the first ${MAX_LINES} are shown.` : `${count} ${what}.`;
}
