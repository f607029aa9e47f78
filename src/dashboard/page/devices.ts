import './no-eval.ts';
import { type DeviceView, MusterError, MusterHttp, type TokenSource } from '../../client/index.ts';
import { pairingQrSvg } from '../../client/qr.ts';
import { codeWords, DEVICE_COLUMNS, deviceCells, spokenCode, wouldNotRing } from '../devices.ts';
import { AppPairing } from './app-pairing.ts';
import { DeviceHealthView } from './device-health.ts';
import { byId, field, onSubmit, setText } from './dom.ts';
import { forgetSession, keepSession, keptSession, keptToken, problemWords } from './session.ts';
import { LiveTable } from './table.ts';

const REFRESH_MS = 5_000;
const SECOND_MS = 1_000;
const HEALTH_COLUMN = DEVICE_COLUMNS.length;
const ACCESS_COLUMN = HEALTH_COLUMN + 1;

const http = new MusterHttp(location.origin);
const form = byId('sign-in', HTMLFormElement);
const mine = byId('mine', HTMLElement);
const signOut = byId('sign-out', HTMLButtonElement);
const problem = byId('devices-problem', HTMLElement);
const table = new LiveTable(byId('devices', HTMLTableElement), [...DEVICE_COLUMNS, 'Health', 'Access']);
const pair = byId('pair', HTMLButtonElement);
const pairing = byId('pairing', HTMLElement);

const health = new DeviceHealthView(http, asMe);
const apps = new AppPairing(http, asMe, () => void refresh());

let token: TokenSource | null = null;
/** While a code is shown: when it runs out. */
let codeUntilMs = 0;

function showForm(why: string): void {
  forgetSession();
  token = null;
  hideCode();
  apps.hide();
  health.hide();
  mine.hidden = true;
  signOut.hidden = true;
  form.hidden = false;
  setText(byId('sign-in-problem', HTMLElement), why);
}

function showMine(source: TokenSource): void {
  token = source;
  form.reset();
  form.hidden = true;
  mine.hidden = false;
  signOut.hidden = false;
  void refresh();
}

/** Does something in the name of whoever is signed in; once the session is over somebody has to sign in again. */
async function asMe<T>(act: (accessToken: string) => Promise<T>): Promise<T | null> {
  if (!token) return null;
  const source = token;
  try {
    const done = await act(await source({ refused: false })).catch(async (error: unknown) => {
      if (!(error instanceof MusterError && error.code === 'token_expired')) throw error;
      return act(await source({ refused: true }));
    });
    setText(problem, '');
    return done;
  } catch (error) {
    const isOver = error instanceof MusterError && /^(token_|account_)/.test(error.code);
    if (isOver) showForm(problemWords(error));
    else setText(problem, problemWords(error));
    return null;
  }
}

async function refresh(): Promise<void> {
  const devices = await asMe((accessToken) => http.devices(accessToken));
  if (!devices) return;
  const nowMs = Date.now();
  table.show(
    devices.map((device) => ({
      id: device.id,
      cells: deviceCells(device, nowMs),
      urgent: wouldNotRing(device),
    })),
  );
  for (const device of devices) addButtons(device);
  void health.refresh();
  const count = devices.length === 1 ? 'One device is paired.' : `${devices.length} devices are paired.`;
  setText(byId('devices-summary', HTMLElement), devices.length === 0 ? 'No device is paired yet.' : count);
}

function addButtons({ id, name }: DeviceView): void {
  addButton(id, HEALTH_COLUMN, { text: 'Show', label: `Show how ${name} does` }, () =>
    health.open({ id, name }),
  );
  addButton(id, ACCESS_COLUMN, { text: 'Revoke', label: `Revoke ${name}` }, async () => {
    if (!confirm(`“${name}” is signed out at once and can't come back without a new code. Revoke it?`))
      return;
    await asMe((accessToken) => http.revokeDevice(accessToken, id));
    await refresh();
  });
}

function addButton(
  id: string,
  column: number,
  { text, label }: { readonly text: string; readonly label: string },
  act: () => Promise<void>,
): void {
  const cell = table.cell(id, column);
  if (!cell || cell.querySelector('button')) return;
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = text;
  button.setAttribute('aria-label', label);
  button.addEventListener('click', () => void act());
  cell.append(button);
}

async function showCode(): Promise<void> {
  const made = await asMe((accessToken) => http.pairingCode(accessToken));
  if (!made) return;
  const { code, expiresAtMs } = made;
  const svg = pairingQrSvg({ serverUrl: location.origin, code });
  byId('pairing-qr', HTMLImageElement).src = `data:image/svg+xml,${encodeURIComponent(svg)}`;
  setText(byId('pairing-code', HTMLElement), spokenCode(code));
  codeUntilMs = expiresAtMs;
  pairing.hidden = false;
  countDown();
}

function hideCode(): void {
  codeUntilMs = 0;
  pairing.hidden = true;
  byId('pairing-qr', HTMLImageElement).removeAttribute('src');
  setText(byId('pairing-code', HTMLElement), '');
}

function countDown(): void {
  if (codeUntilMs === 0) return;
  const words = codeWords(codeUntilMs, Date.now());
  if (words === null) hideCode();
  else setText(byId('pairing-left', HTMLElement), words);
}

async function signIn(): Promise<void> {
  const credentials = { email: field(form, 'email'), password: field(form, 'password') };
  const signedIn = await http.signIn({ ...credentials, code: field(form, 'code') || undefined });
  keepSession(signedIn);
  showMine(keptToken(http, signedIn));
}

onSubmit(form, byId('sign-in-problem', HTMLElement), signIn, problemWords);
signOut.addEventListener('click', async () => {
  // When it can't be ended on the server it is forgotten here all the same.
  await asMe((accessToken) => http.signOut(accessToken, 'current'));
  showForm('');
});
pair.addEventListener('click', showCode);
setInterval(countDown, SECOND_MS);
setInterval(() => void refresh(), REFRESH_MS);

const kept = keptSession();
if (kept) showMine(keptToken(http, kept));
else showForm('');
