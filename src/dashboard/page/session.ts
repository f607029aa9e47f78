import {
  type Credentials,
  MusterError,
  type MusterHttp,
  type SignedIn,
  signedInToken,
  type TokenSource,
} from '../../client/index.ts';

const KEY = 'muster.session';

type Kept = Pick<SignedIn, 'accessToken' | 'expiresAtMs' | 'grants'>;

/** Keeps the session for this tab only; it goes when the tab does. */
export function keepSession({ accessToken, expiresAtMs, grants }: SignedIn): void {
  sessionStorage.setItem(KEY, JSON.stringify({ accessToken, expiresAtMs, grants }));
}

export function forgetSession(): void {
  sessionStorage.removeItem(KEY);
}

/** The session of this tab, if it still holds. */
export function keptSession(nowMs: number): Kept | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? 'null') as Kept | null;
    return kept && typeof kept.accessToken === 'string' && kept.expiresAtMs > nowMs ? kept : null;
  } catch {
    return null;
  }
}

const sessionEnded = () =>
  new MusterError({
    code: 'token_expired',
    text: 'The session has ended.',
    retryable: false,
    advice: 'Sign in again.',
  });

/** Serves a kept session as long as it lasts; then somebody has to sign in. */
export function keptToken(kept: Kept): TokenSource {
  return async ({ refused }) => {
    if (refused || kept.expiresAtMs <= Date.now()) throw sessionEnded();
    return kept.accessToken;
  };
}

/** Signs in with what was typed, kept in memory only, whenever the token runs out; a board stays up for days. */
export function typedToken(http: MusterHttp, credentials: Credentials): TokenSource {
  const signIn = async (typed: Credentials) => {
    const signedIn = await http.signIn(typed);
    keepSession(signedIn);
    return signedIn;
  };
  return signedInToken({ signIn }, credentials);
}

export function problemWords(error: unknown): string {
  return error instanceof MusterError ? `${error.message} ${error.advice}` : 'Something failed on this page.';
}
