import { type Clock, systemClock } from '../lib/clock.ts';
import type { Credentials, SignedIn } from './http.ts';

/** Signed in again when less than this is left. */
const SPARE_MS = 60_000;

/**
 * A token source that keeps its token and signs in again shortly before it expires, or when the server says that it
 * has: the device's clock may be wrong. Calls made meanwhile share one sign-in.
 */
export function signedInToken(
  http: { signIn(credentials: Credentials): Promise<SignedIn> },
  credentials: Credentials,
  clock: Clock = systemClock,
): (hint?: { readonly refused: boolean }) => Promise<string> {
  let kept: SignedIn | null = null;
  let signingIn: Promise<SignedIn> | null = null;
  const signIn = async (): Promise<SignedIn> => {
    try {
      kept = await http.signIn(credentials);
      return kept;
    } finally {
      signingIn = null;
    }
  };
  return async (hint) => {
    const isGood = kept && !hint?.refused && kept.expiresAtMs - clock.nowMs() > SPARE_MS;
    if (kept && isGood) return kept.accessToken;
    signingIn ??= signIn();
    return (await signingIn).accessToken;
  };
}
