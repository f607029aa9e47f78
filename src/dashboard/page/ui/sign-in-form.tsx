import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import type { SignInRequest } from '../../../client/index.ts';
import { t } from '../../strings/index.ts';
import { field } from '../dom.ts';
import { ThemeSwitch } from './theme.tsx';

interface SignInProps {
  readonly title: string;
  readonly purpose: string;
  readonly problem: string;
  readonly below?: ComponentChildren;
  readonly onSignIn: (typed: SignInRequest) => Promise<void>;
}

export function SignInForm({ title, purpose, problem, below, onSignIn }: SignInProps) {
  const busy = useSignal(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget;
    if (busy.value || !(form instanceof HTMLFormElement)) return;
    busy.value = true;
    await onSignIn({
      email: field(form, 'email'),
      password: field(form, 'password'),
      code: field(form, 'code'),
    });
    busy.value = false;
  };
  return (
    <main class="gate">
      <form class="panel" onSubmit={submit} aria-labelledby="sign-in-title">
        <header>
          <p class="brand">{t('ui.brand')}</p>
          <h1 id="sign-in-title">{title}</h1>
          <p class="soft">{purpose}</p>
        </header>
        <p class="problem" role="alert">
          {problem}
        </p>
        <label class="field">
          <span>{t('ui.email')}</span>
          <input name="email" type="email" autocomplete="username" required maxLength={254} />
        </label>
        <label class="field">
          <span>{t('ui.password')}</span>
          <input name="password" type="password" autocomplete="current-password" required maxLength={128} />
        </label>
        <label class="field">
          <span>{t('ui.code')}</span>
          <input name="code" autocomplete="one-time-code" maxLength={32} aria-describedby="code-help" />
        </label>
        <p id="code-help" class="soft small">
          {t('ui.code_help')}
        </p>
        <button type="submit" class="button primary" aria-busy={busy.value}>
          {t('ui.sign_in')}
        </button>
        <nav aria-label={t('ui.sign_in')}>
          <a href="/password-reset">{t('ui.forgotten')}</a>
          <a href="/second-factor">{t('ui.set_up_second_factor')}</a>
        </nav>
      </form>
      {below}
      <ThemeSwitch />
    </main>
  );
}
