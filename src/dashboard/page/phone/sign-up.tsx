import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { MusterHttp, type Registration } from '../../../client/index.ts';
import { t } from '../../strings/index.ts';
import { field } from '../dom.ts';
import { keepSession, problemWords } from '../session.ts';
import { lookAgain } from '../ui/session-gate.tsx';
import { CallNumber } from './call-number.tsx';

interface SignUpProps {
  readonly title: string;
  readonly purpose: string;
  /** What is asked besides, and what becomes of it. */
  readonly children?: ComponentChildren;
  readonly volunteerOf?: (form: HTMLFormElement) => Registration['volunteer'];
  /** Somebody has an account now, or had one: the page asks to sign in, or opens at once. */
  readonly onDone: () => void;
}

/** Making an account. Where the node has mail, the link in it finishes it; else it is there at once. */
export function SignUp({ title, purpose, children, volunteerOf, onDone }: SignUpProps) {
  const problem = useSignal('');
  const busy = useSignal(false);
  const hasMail = useSignal(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget;
    if (busy.value || !(form instanceof HTMLFormElement)) return;
    busy.value = true;
    problem.value = '';
    try {
      hasMail.value = !(await register(form, volunteerOf?.(form)));
      if (!hasMail.value) onDone();
    } catch (error) {
      problem.value = problemWords(error);
    } finally {
      busy.value = false;
    }
  };
  if (hasMail.value)
    return (
      <main class="gate">
        <h1 class="brand">{t('ui.brand')}</h1>
        <div class="panel" role="status">
          <p>{t('phone.look_into_mail')}</p>
        </div>
        <button type="button" class="button primary" onClick={onDone}>
          {t('ui.sign_in')}
        </button>
      </main>
    );
  return (
    <main class="gate">
      <form class="panel" onSubmit={submit} aria-labelledby="sign-up-title">
        <header>
          <p class="brand">{t('ui.brand')}</p>
          <h1 id="sign-up-title">{title}</h1>
          <p class="soft">{purpose}</p>
        </header>
        <label class="field">
          <span>{t('phone.name')}</span>
          <input name="name" autocomplete="name" required maxLength={120} />
        </label>
        <label class="field">
          <span>{t('ui.email')}</span>
          <input name="email" type="email" autocomplete="username" required maxLength={254} />
        </label>
        <label class="field">
          <span>{t('phone.phone_number')}</span>
          <input name="phone" type="tel" autocomplete="tel" maxLength={32} aria-describedby="phone-help" />
        </label>
        <p id="phone-help" class="soft small">
          {t('phone.phone_help')}
        </p>
        <label class="field">
          <span>{t('phone.new_password')}</span>
          <input
            name="password"
            type="password"
            autocomplete="new-password"
            required
            minLength={8}
            maxLength={128}
            aria-describedby="password-help"
          />
        </label>
        <p id="password-help" class="soft small">
          {t('phone.password_help')}
        </p>
        {children}
        <p class="problem" role="alert">
          {problem.value}
        </p>
        <button type="submit" class="button primary" aria-busy={busy.value}>
          {t('phone.sign_up')}
        </button>
        <button type="button" class="button quiet" onClick={onDone}>
          {t('phone.have_account')}
        </button>
      </form>
      <CallNumber />
    </main>
  );
}

/** True: the account is there and signed in. False: the mail has to be read first. */
async function register(form: HTMLFormElement, volunteer: Registration['volunteer']): Promise<boolean> {
  const http = new MusterHttp(location.origin);
  const credentials = { email: field(form, 'email'), password: field(form, 'password') };
  const phone = field(form, 'phone').trim();
  const { userId } = await http.register({
    ...credentials,
    name: field(form, 'name').trim(),
    ...(phone === '' ? {} : { phone }),
    ...(volunteer ? { volunteer } : {}),
  });
  if (userId === null) return false;
  keepSession(await http.signIn(credentials));
  lookAgain();
  return true;
}
