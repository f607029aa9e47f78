import {
  type Credentials,
  type Grant,
  MusterError,
  type MusterHttp,
  type SignedIn,
  type TokenSource,
} from '../../../client/index.ts';
import { forgetSession, keepSession, keptToken, typedToken } from '../session.ts';

/** Somebody who is signed in on this page. */
export interface Session {
  readonly http: MusterHttp;
  readonly userId: string;
  readonly grants: readonly Grant[];
  readonly token: TokenSource;
  /** Does something in their name. Rejects with a `MusterError`; when the session is over, the page asks to sign in. */
  act<T>(work: (accessToken: string) => Promise<T>): Promise<T>;
  /** The page asks to sign in again; `why` is said there. */
  end(why: string): void;
  signOut(): Promise<void>;
}

interface Parts {
  readonly http: MusterHttp;
  readonly signedIn: SignedIn;
  /** What was typed, kept in memory only: a page that stays up for days signs in again by itself. */
  readonly typed: Credentials | null;
  readonly onEnd: (why: unknown) => void;
}

export function openSession({ http, signedIn, typed, onEnd }: Parts): Session {
  keepSession(signedIn);
  const token = typed ? typedToken(http, typed, signedIn) : keptToken(http, signedIn);
  const end = (why: unknown) => {
    forgetSession();
    onEnd(why);
  };
  const underWay = new Set<Promise<unknown>>();
  let isLeaving = false;
  const attempt = async <T>(work: (accessToken: string) => Promise<T>): Promise<T> => {
    try {
      return await work(await token({ refused: false })).catch(async (error: unknown) => {
        if (!(error instanceof MusterError && error.code === 'token_expired')) throw error;
        return work(await token({ refused: true }));
      });
    } catch (error) {
      if (isOver(error)) end(error);
      throw error;
    }
  };
  const act = async <T>(work: (accessToken: string) => Promise<T>): Promise<T> => {
    if (isLeaving) throw new Error('signing out');
    const attempted = attempt(work);
    underWay.add(attempted);
    try {
      return await attempted;
    } finally {
      underWay.delete(attempted);
    }
  };
  return {
    http,
    userId: signedIn.userId,
    grants: signedIn.grants,
    token,
    act,
    end,
    signOut: async () => {
      isLeaving = true;
      // What is asked for in somebody's name while their session ends is refused, and the page would seem to be broken.
      await Promise.race([
        Promise.allSettled(underWay),
        new Promise((resolve) => setTimeout(resolve, ANSWERS_WITHIN_MS)),
      ]);
      // When it can't be ended on the server it is forgotten here all the same.
      await token({ refused: false })
        .then((accessToken) => http.signOut(accessToken, 'current'))
        .catch(() => {});
      end(null);
    },
  };
}

/** Answers under way are waited for so long. */
const ANSWERS_WITHIN_MS = 2_000;

const isOver = (error: unknown) => error instanceof MusterError && /^(token_|account_)/.test(error.code);
