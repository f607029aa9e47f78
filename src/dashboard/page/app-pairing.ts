import type { MusterHttp, PairedApp } from '../../client/index.ts';
import { qrSvg } from '../../client/qr.ts';
import { setupOf } from '../apps.ts';
import { byId, field, onSubmit, setText } from './dom.ts';
import { problemWords } from './session.ts';

/** Does something in the name of whoever is signed in; null when that failed and was said. */
export type AsMe = <T>(act: (accessToken: string) => Promise<T>) => Promise<T | null>;

/** Connecting an app from a store. What it has to be told is on the screen only, and only until something else is shown. */
export class AppPairing {
  readonly #form = byId('connect-app', HTMLFormElement);
  readonly #shown = byId('app-setup', HTMLElement);
  readonly #qr = byId('app-qr', HTMLImageElement);
  readonly #link = byId('app-link', HTMLElement);
  readonly #fields = byId('app-fields', HTMLElement);

  constructor(http: MusterHttp, asMe: AsMe, onPaired: () => void) {
    const connect = async () => {
      this.hide();
      const app = field(this.#form, 'app') === 'osmand' ? 'osmand' : 'owntracks';
      const paired = await asMe((token) => http.apps.pair(token, { app, name: field(this.#form, 'name') }));
      if (!paired) return;
      this.#form.reset();
      this.#show(paired);
      onPaired();
    };
    onSubmit(this.#form, byId('connect-problem', HTMLElement), connect, problemWords);
    byId('app-done', HTMLButtonElement).addEventListener('click', () => this.hide());
  }

  hide(): void {
    this.#shown.hidden = true;
    this.#qr.removeAttribute('src');
    this.#link.replaceChildren();
    this.#fields.replaceChildren();
  }

  #show(paired: PairedApp): void {
    const setup = setupOf(location.origin, paired);
    if (!setup) return;
    this.#qr.src = `data:image/svg+xml,${encodeURIComponent(qrSvg(setup.link))}`;
    this.#link.replaceChildren(linkTo(setup.link));
    this.#fields.replaceChildren(...setup.fields.flatMap(([label, value]) => termOf(label, value)));
    this.#shown.hidden = false;
    byId('app-setup-title', HTMLElement).focus();
  }
}

function linkTo(href: string): HTMLAnchorElement {
  const link = document.createElement('a');
  link.href = href;
  link.textContent = 'Set up the app on this device';
  return link;
}

function termOf(label: string, value: string): HTMLElement[] {
  const term = document.createElement('dt');
  const text = document.createElement('dd');
  setText(term, label);
  setText(text, value);
  return [term, text];
}
