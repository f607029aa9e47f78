import {
  type Credentials,
  MusterError,
  type MusterHttp,
  refreshedToken,
  type SignedIn,
  signedInToken,
  type TokenSource,
} from '../../client/index.ts';

import { systemClock } from '../../lib/clock.ts';

let storage: Storage = sessionStorage;
let key = 'muster.session';

/**
 * For a page that is an app on a phone: its session stays when the page is closed, until somebody signs out. Each such
 * page has one of its own. Called before anything is shown.
 */
export function keepOnDevice(page: string): void {
  storage = localStorage;
  key = `muster.session.${page}`;
}

/** Keeps the session for this tab only, and it goes when the tab does; unless {@link keepOnDevice} was called. */
export function keepSession(signedIn: SignedIn): void {
  storage.setItem(key, JSON.stringify(signedIn));
}

export function forgetSession(): void {
  storage.removeItem(key);
}

/** The session of this tab or page. Whether it still holds, the server says. */
export function keptSession(): SignedIn | null {
  try {
    const kept = JSON.parse(storage.getItem(key) ?? 'null') as SignedIn | null;
    return kept && typeof kept.accessToken === 'string' && typeof kept.refreshToken === 'string'
      ? kept
      : null;
  } catch {
    return null;
  }
}

const keeping = (http: MusterHttp) => ({
  signIn: async (typed: Credentials) => kept(await http.signIn(typed)),
  refresh: (refreshToken: string) =>
    alone(async () => {
      // Another tab may have exchanged it meanwhile: the one kept last is good, an older one ends the session.
      const newest = storage === localStorage ? keptSession() : null;
      return kept(await http.refresh(newest?.refreshToken ?? refreshToken));
    }),
});

const alone = <T>(work: () => Promise<T>): Promise<T> =>
  navigator.locks ? navigator.locks.request(key, work) : work();

function kept(signedIn: SignedIn): SignedIn {
  keepSession(signedIn);
  return signedIn;
}

/** Continues the session of this tab as long as it lasts; then somebody has to sign in. */
export const keptToken = (http: MusterHttp, session: SignedIn): TokenSource =>
  refreshedToken(keeping(http), session);

/** Signs in with what was typed, kept in memory only, and again should the session end; a board stays up for days. */
export const typedToken = (http: MusterHttp, credentials: Credentials, signedIn: SignedIn): TokenSource =>
  signedInToken(keeping(http), credentials, systemClock, signedIn);

export function problemWords(error: unknown): string {
  return error instanceof MusterError ? `${error.message} ${error.advice}` : 'Something failed on this page.';
}
