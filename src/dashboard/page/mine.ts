import { MusterError, type MusterHttp, type TokenSource } from '../../client/index.ts';
import { byId, field, onSubmit, setText } from './dom.ts';
import { forgetSession, keepSession, keptSession, keptToken, problemWords } from './session.ts';

interface Parts {
  readonly http: MusterHttp;
  /** What is shown to whoever is signed in. */
  readonly mine: HTMLElement;
  /** Where it is said what went wrong there. */
  readonly problem: HTMLElement;
  /** Somebody is signed in now. */
  readonly onMine: () => void;
}

/**
 * A page of one's own things: the form `#sign-in` (with `#sign-in-problem`) or, once somebody is signed in, what is theirs,
 * with the button `#sign-out`.
 */
export class Mine {
  readonly #parts: Parts;
  readonly #form = byId('sign-in', HTMLFormElement);
  readonly #signOut = byId('sign-out', HTMLButtonElement);
  #token: TokenSource | null = null;

  constructor(parts: Parts) {
    this.#parts = parts;
    onSubmit(this.#form, byId('sign-in-problem', HTMLElement), () => this.#signIn(), problemWords);
    this.#signOut.addEventListener('click', async () => {
      // When it can't be ended on the server it is forgotten here all the same.
      await this.asMe((token) => parts.http.signOut(token, 'current'));
      this.#showForm('');
    });
  }

  /** Goes on with the session of this tab, or asks to sign in. */
  open(): void {
    const kept = keptSession();
    if (kept) this.#show(keptToken(this.#parts.http, kept));
    else this.#showForm('');
  }

  /** Does something in the name of whoever is signed in; once the session is over somebody has to sign in again. */
  async asMe<T>(act: (accessToken: string) => Promise<T>): Promise<T | null> {
    if (!this.#token) return null;
    const source = this.#token;
    try {
      const done = await act(await source({ refused: false })).catch(async (error: unknown) => {
        if (!(error instanceof MusterError && error.code === 'token_expired')) throw error;
        return act(await source({ refused: true }));
      });
      setText(this.#parts.problem, '');
      return done;
    } catch (error) {
      const isOver = error instanceof MusterError && /^(token_|account_)/.test(error.code);
      if (isOver) this.#showForm(problemWords(error));
      else setText(this.#parts.problem, problemWords(error));
      return null;
    }
  }

  async #signIn(): Promise<void> {
    const { http } = this.#parts;
    const credentials = { email: field(this.#form, 'email'), password: field(this.#form, 'password') };
    const signedIn = await http.signIn({ ...credentials, code: field(this.#form, 'code') || undefined });
    keepSession(signedIn);
    this.#show(keptToken(http, signedIn));
  }

  #showForm(why: string): void {
    forgetSession();
    this.#token = null;
    this.#parts.mine.hidden = true;
    this.#signOut.hidden = true;
    this.#form.hidden = false;
    setText(byId('sign-in-problem', HTMLElement), why);
  }

  #show(source: TokenSource): void {
    this.#token = source;
    this.#form.reset();
    this.#form.hidden = true;
    this.#parts.mine.hidden = false;
    this.#signOut.hidden = false;
    this.#parts.onMine();
  }
}
