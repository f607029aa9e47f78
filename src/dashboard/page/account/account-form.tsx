import './account.css';
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../../strings/index.ts';
import { problemWords } from '../session.ts';
import { ThemeSwitch } from '../ui/theme.tsx';

interface AccountFormProps {
  readonly title: string;
  readonly help?: string;
  /** It follows another step: a screen reader goes on at its title. */
  readonly isNext?: boolean;
  /** What the button says. */
  readonly action: string;
  /** Said before anything was tried, such as that the link is missing. */
  readonly problem?: string;
  /** The form is gone for what it led to once this has ended. */
  readonly onSubmit: (form: HTMLFormElement) => Promise<void>;
  /** The fields. */
  readonly children: ComponentChildren;
  readonly done: ComponentChildren;
}

/** One form on a page of its own, and what it led to in its place. */
export function AccountForm(props: AccountFormProps) {
  const { title, help, isNext = false, action, problem = '', onSubmit, children, done } = props;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (isNext) heading.current?.focus();
  }, [isNext]);
  const isDone = useSignal(false);
  const busy = useSignal(false);
  const failed = useSignal(problem);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget;
    if (busy.value || !(form instanceof HTMLFormElement)) return;
    busy.value = true;
    failed.value = '';
    try {
      await onSubmit(form);
      isDone.value = true;
    } catch (error) {
      failed.value = problemWords(error);
    } finally {
      busy.value = false;
    }
  };
  if (isDone.value) return <Done>{done}</Done>;
  return (
    <AccountPage>
      <form class="panel" onSubmit={submit} aria-labelledby="account-title">
        <header>
          <p class="brand">{t('ui.brand')}</p>
          <h1 ref={heading} id="account-title" tabIndex={isNext ? -1 : undefined}>
            {title}
          </h1>
          {help ? <p class="soft">{help}</p> : null}
        </header>
        {children}
        <p class="problem" role="alert">
          {failed.value}
        </p>
        <button type="submit" class="button primary" aria-busy={busy.value}>
          {action}
        </button>
      </form>
    </AccountPage>
  );
}

export const AccountPage = ({ children }: { readonly children: ComponentChildren }) => (
  <main class="gate">
    {children}
    <ThemeSwitch />
  </main>
);

/** What a form led to. A screen reader goes on there. */
function Done({ children }: { readonly children: ComponentChildren }) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => place.current?.focus(), []);
  return (
    <AccountPage>
      <div ref={place} class="panel outcome" role="status" tabIndex={-1}>
        <h1 class="brand">{t('ui.brand')}</h1>
        {children}
      </div>
    </AccountPage>
  );
}

/** The account is there: where people go from here. */
export const Ready = () => (
  <>
    <p>{t('account.ready')}</p>
    <nav class="outcome" aria-label={t('ui.views')}>
      <a class="button primary" href="/responder">
        {t('account.to_responder')}
      </a>
      <a class="button" href="/sos">
        {t('account.to_sos')}
      </a>
      <a class="button" href="/devices">
        {t('account.to_devices')}
      </a>
    </nav>
  </>
);
