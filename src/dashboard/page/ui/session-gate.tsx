import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { type Credentials, type Grant, MusterHttp, type SignedIn } from '../../../client/index.ts';
import { t } from '../../strings/index.ts';
import { plainWords } from '../../words.ts';
import { forgetSession, keptSession, problemWords } from '../session.ts';
import { openSession, type Session } from './open-session.ts';
import { SignInForm } from './sign-in-form.tsx';

interface GateProps {
  readonly title: string;
  /** What signing in is for, in a sentence. */
  readonly purpose: string;
  /** Any of these will do; not given: everybody with an account. */
  readonly needs?: readonly Grant[];
  /** What else whoever is not signed in may want, below the form. */
  readonly below?: ComponentChildren;
  readonly children: (session: Session) => ComponentChildren;
}

const http = new MusterHttp(location.origin);
const session = signal<Session | null>(null);
const problem = signal('');
let isLookedAt = false;

/** Shows the page to whoever is signed in and may see it, else a form that says what signing in is for. */
export function SessionGate({ title, purpose, needs, below, children }: GateProps) {
  const open = (signedIn: SignedIn, typed: Credentials | null) => {
    const isEntitled = !needs || needs.some((grant) => signedIn.grants.includes(grant));
    problem.value = isEntitled ? '' : notForYou(needs);
    session.value = isEntitled ? openSession({ http, signedIn, typed, onEnd: closed }) : null;
  };
  if (!isLookedAt) {
    isLookedAt = true;
    const kept = keptSession();
    if (kept) open(kept, null);
  }
  if (session.value) return <>{children(session.value)}</>;
  return (
    <SignInForm
      title={title}
      purpose={purpose}
      problem={problem.value}
      below={below}
      onSignIn={async ({ code, ...credentials }) => {
        problem.value = '';
        try {
          open(await http.signIn({ ...credentials, code: code || undefined }), credentials);
        } catch (error) {
          problem.value = problemWords(error);
        }
      }}
    />
  );
}

/** A session was kept by something else on this page: the gate that is shown next opens with it. */
export function lookAgain(): void {
  isLookedAt = false;
}

function closed(why: unknown): void {
  session.value = null;
  forgetSession();
  if (why === null) problem.value = '';
  else
    problem.value =
      typeof why === 'string' ? t('ui.session_over', { why: plainWords(why) }) : problemWords(why);
}

const notForYou = (needs: readonly Grant[]) =>
  t('ui.not_for_you', { who: needs.map((grant) => t(`ui.grant_${grant}`)).join(', ') });
