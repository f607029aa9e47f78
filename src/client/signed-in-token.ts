import { type Clock, systemClock } from '../lib/clock.ts';
import { MusterError } from './errors.ts';
import type { Credentials, SignedIn } from './http.ts';
import type { TokenSource } from './types.ts';

/** Renewed when less than this is left. */
const SPARE_MS = 60_000;

export interface Refreshing {
  refresh(refreshToken: string): Promise<SignedIn>;
}

export interface SigningIn extends Refreshing {
  signIn(credentials: Credentials): Promise<SignedIn>;
}

type Hinted = (hint?: Parameters<TokenSource>[0]) => Promise<string>;

/**
 * A token source that signs in once, keeps the session and renews its token shortly before it expires, or when the
 * server says that it has: the device's clock may be wrong. When the session has ended it signs in again. Calls made
 * meanwhile share one renewal. `first`: from a sign-in just now.
 */
export function signedInToken(
  http: SigningIn,
  credentials: Credentials,
  clock: Clock = systemClock,
  first: SignedIn | null = null,
): Hinted {
  return renewing(first, clock, async (kept) => {
    if (!kept) return http.signIn(credentials);
    try {
      return await http.refresh(kept.refreshToken);
    } catch (error) {
      if (hasEnded(error)) return http.signIn(credentials);
      throw error;
    }
  });
}

/** A token source that continues a session as long as that lasts, without knowing the password. */
export function refreshedToken(http: Refreshing, kept: SignedIn, clock: Clock = systemClock): Hinted {
  return renewing(kept, clock, (last) => http.refresh((last ?? kept).refreshToken));
}

function renewing(
  first: SignedIn | null,
  clock: Clock,
  renew: (kept: SignedIn | null) => Promise<SignedIn>,
): Hinted {
  let kept = first;
  let underWay: Promise<SignedIn> | null = null;
  const renewOnce = async (): Promise<SignedIn> => {
    try {
      kept = await renew(kept);
      return kept;
    } finally {
      underWay = null;
    }
  };
  return async (hint) => {
    const isGood = kept && !hint?.refused && kept.expiresAtMs - clock.nowMs() > SPARE_MS;
    if (kept && isGood) return kept.accessToken;
    underWay ??= renewOnce();
    try {
      return (await underWay).accessToken;
    } catch (error) {
      // While it can renew nothing the server takes the old one, for calls for help.
      if (kept && !hint?.refused && error instanceof MusterError && error.code === 'store_unavailable')
        return kept.accessToken;
      throw error;
    }
  };
}

/** An answer that another try with the same refresh token would get again. */
function hasEnded(error: unknown): boolean {
  return error instanceof MusterError && (error.code === 'token_invalid' || error.code === 'token_expired');
}
