import './no-eval.ts';
import { MusterHttp, type TokenSource } from '../../client/index.ts';
import { plainWords } from '../words.ts';
import { byId, field, onSubmit, setText } from './dom.ts';
import { showLive } from './live.ts';
import { forgetSession, keepSession, keptSession, keptToken, problemWords, typedToken } from './session.ts';

const form = byId('sign-in', HTMLFormElement);
const problem = byId('sign-in-problem', HTMLElement);
const live = byId('live', HTMLElement);
const signOut = byId('sign-out', HTMLButtonElement);
const http = new MusterHttp(location.origin);

let board: { stop: () => Promise<void> } | null = null;

function showForm(why: string): void {
  forgetSession();
  board = null;
  live.hidden = true;
  signOut.hidden = true;
  form.hidden = false;
  setText(problem, why);
  byId('email', HTMLInputElement).focus();
}

function showBoard(token: TokenSource): void {
  form.reset();
  form.hidden = true;
  live.hidden = false;
  signOut.hidden = false;
  board = showLive(location.origin, token, (reason) => {
    showForm(reason === 'asked' ? '' : `The connection has ended: ${plainWords(reason)}.`);
  });
}

async function signIn(): Promise<void> {
  const credentials = { email: field(form, 'email'), password: field(form, 'password') };
  const signedIn = await http.signIn({ ...credentials, code: field(form, 'code') || undefined });
  if (!signedIn.grants.includes('dispatcher')) {
    setText(problem, 'This account is not a dispatcher. Ask an administrator for the right.');
    return;
  }
  keepSession(signedIn);
  showBoard(typedToken(http, credentials, signedIn));
}

onSubmit(form, problem, signIn, problemWords);
signOut.addEventListener('click', () => {
  const session = keptSession();
  // When it can't be ended on the server it is forgotten here all the same.
  if (session) http.signOut(session.accessToken, 'current').catch(() => {});
  void board?.stop();
});

const kept = keptSession();
if (kept?.grants.includes('dispatcher')) showBoard(keptToken(http, kept));
else showForm('');
