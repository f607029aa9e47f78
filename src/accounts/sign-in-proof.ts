import { errorFields } from '../lib/log.ts';
import { networkOf } from '../lib/networks.ts';
import { ok, type Refused, type Result, refused } from '../lib/result.ts';
import { BoundedLine } from './bounded-line.ts';
import type { Context } from './context.ts';
import { emailOf } from './normal-form.ts';
import { THREAD_COUNT } from './password-threads.ts';
import { checkSecondFactor } from './second-factor-check.ts';
import { addressOf } from './sessions.ts';
import type { Caller, Proving, TooSoon } from './sessions-types.ts';
import { type Attempt, SignInDelays } from './sign-in-delay.ts';
import { KNOWN_FROM } from './sql/sign-in.ts';
import { CREDENTIAL_BY_EMAIL, type CredentialRow } from './sql/users.ts';
import { recordSuspicious } from './suspicious.ts';

/** Who somebody is, by password and, where there is one, by second factor. */
export interface Proved {
  readonly userId: string;
  readonly hasSecondFactor: boolean;
  /** The hash that the password belongs to. */
  readonly provedHash: string;
}

export type Prove = (
  input: Proving,
  from?: Caller,
) => Promise<Result<Proved, 'credentials_wrong' | 'second_factor_required' | 'busy'> | TooSoon>;

type Refusals = Refused<'credentials_wrong' | 'second_factor_required' | 'busy'>;

/**
 * How many are looked at together: enough to keep the threads that hash at work. The others wait before they ask the
 * database anything, so that a storm of sign-ins puts no queue of questions in front of an SOS.
 */
const LINE = { runningMax: THREAD_COUNT + 1, waitingMax: 64 };

/** The one place where passwords are checked, with the delays and the records that go with it. */
export function openProof(context: Context): Prove {
  const { clock, db, log, metrics, passwords } = context;
  const delays = new SignInDelays(context.spending, clock);
  const line = new BoundedLine(LINE);

  const admit = async (account: string, address: string | null): Promise<Attempt | TooSoon> => {
    const network = address === null ? null : networkOf(address);
    const known =
      network !== null &&
      delays.wouldDelayOthers(account, network, clock.monotonicMs()) &&
      (await db.query<{ known: boolean }>(KNOWN_FROM, [account, network]))[0]?.known === true;
    const admission = delays.admit(account, network, known, clock.monotonicMs());
    if (!('waitMs' in admission)) return admission;
    metrics.count('accounts_sign_ins_delayed');
    return { ok: false, code: 'rate_limited', retryAfterMs: Math.ceil(admission.waitMs) };
  };

  /** The record is not waited for: whether an account exists must not show in how long the answer takes. */
  const failed = (attempt: Attempt, userId: string | null, address: string | null): void => {
    const remarkable = attempt.failed();
    if (!remarkable) return;
    const { by, failures } = remarkable;
    const suspicion = { userId, type: 'MULTIPLE_FAILED_LOGINS', details: { by, failures }, address } as const;
    recordSuspicious(context, db, suspicion).catch((error: unknown) => {
      log.error(errorFields(error), 'failed sign-ins could not be recorded');
    });
  };

  const check = async (
    attempt: Attempt,
    { email, password, code }: Proving,
    address: string | null,
  ): Promise<{ ok: true; value: Proved } | Refusals> => {
    const [user] = await db.query<CredentialRow>(CREDENTIAL_BY_EMAIL, [emailOf(email)]);
    const stored = user?.password_hash ?? null;
    const verified = await passwords.verify(stored, password);
    if (!verified.ok) {
      attempt.withdrawn();
      return verified;
    }
    if (!user || stored === null || !verified.value) {
      failed(attempt, user?.id ?? null, address);
      return refused('credentials_wrong');
    }
    const second = await checkSecondFactor(context, user.id, code);
    if (second === 'wrong') {
      failed(attempt, user.id, address);
      return refused('second_factor_required', 'the code is wrong or was used already');
    }
    if (second === 'missing') {
      attempt.withdrawn();
      return refused('second_factor_required');
    }
    attempt.succeeded();
    return ok({ userId: user.id, hasSecondFactor: second === 'right', provedHash: stored });
  };

  return async (input, from = {}) => {
    const address = addressOf(from);
    const attempt = await admit(emailOf(input.email), address);
    if ('ok' in attempt) return attempt;
    try {
      const checked = await line.run(() => check(attempt, input, address));
      if (checked.ok) return checked.value;
      attempt.withdrawn();
      metrics.count('accounts_sign_ins_turned_away');
      return checked;
    } catch (error) {
      attempt.withdrawn();
      throw error;
    }
  };
}
