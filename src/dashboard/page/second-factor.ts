import './no-eval.ts';
import { MusterHttp } from '../../client/index.ts';
import { qrSvg } from '../../client/qr.ts';
import { secretOf } from '../second-factor.ts';
import { byId, field, onSubmit, setText } from './dom.ts';
import { problemWords } from './session.ts';

const http = new MusterHttp(location.origin);
const enrol = byId('enrol', HTMLFormElement);
const confirm = byId('confirm', HTMLFormElement);
const done = byId('done', HTMLElement);

/** Shows the next step in place of this one, and lets a screen reader go on there. */
function goOn(from: HTMLElement, to: HTMLElement, title: string): void {
  from.hidden = true;
  to.hidden = false;
  byId(title, HTMLElement).focus();
}

const typed = () => ({ email: field(enrol, 'email'), password: field(enrol, 'password') });

async function showSecret(): Promise<void> {
  const { uri } = await http.enrolSecondFactor({ ...typed(), code: field(enrol, 'code') || undefined });
  byId('secret-qr', HTMLImageElement).src = `data:image/svg+xml,${encodeURIComponent(qrSvg(uri))}`;
  setText(byId('secret', HTMLElement), secretOf(uri));
  goOn(enrol, confirm, 'confirm-title');
}

async function useIt(): Promise<void> {
  const { recoveryCodes } = await http.confirmSecondFactor({ ...typed(), code: field(confirm, 'code') });
  byId('secret-qr', HTMLImageElement).removeAttribute('src');
  setText(byId('secret', HTMLElement), '');
  byId('recovery-codes', HTMLElement).replaceChildren(...recoveryCodes.map(lineOf));
  enrol.reset();
  confirm.reset();
  goOn(confirm, done, 'done-title');
}

function lineOf(code: string): HTMLLIElement {
  const line = document.createElement('li');
  line.textContent = code;
  return line;
}

onSubmit(enrol, byId('enrol-problem', HTMLElement), showSecret, problemWords);
onSubmit(confirm, byId('confirm-problem', HTMLElement), useIt, problemWords);
