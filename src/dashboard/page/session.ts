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

const KEY = 'muster.session';

/** Keeps the session for this tab only; it goes when the tab does. */
export function keepSession(signedIn: SignedIn): void {
  sessionStorage.setItem(KEY, JSON.stringify(signedIn));
}

export function forgetSession(): void {
  sessionStorage.removeItem(KEY);
}

/** The session of this tab. Whether it still holds, the server says. */
export function keptSession(): SignedIn | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as SignedIn | null;
    return kept && typeof kept.accessToken === 'string' && typeof kept.refreshToken === 'string'
      ? kept
      : null;
  } catch {
    return null;
  }
}

const keeping = (http: MusterHttp) => ({
  signIn: async (typed: Credentials) => kept(await http.signIn(typed)),
  refresh: async (refreshToken: string) => kept(await http.refresh(refreshToken)),
});

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
