import './phone.css';
import type { ComponentChildren } from 'preact';
import { t } from '../../strings/index.ts';
import { Button } from '../ui/button.tsx';
import { ConnectionStrip } from '../ui/connection-strip.tsx';
import type { Session } from '../ui/open-session.ts';
import { ThemeSwitch } from '../ui/theme.tsx';
import type { Live } from '../ui/use-client.ts';
import { becomeTheOne, isTheOne } from './device.ts';
import { installPrompt, isInstalled, takeUpdate, update } from './install.ts';

interface PhonePageProps {
  readonly session: Session;
  readonly title: string;
  readonly live: Live;
  /** Beside the connection: what has to be in reach at any time. */
  readonly action?: ComponentChildren;
  /** What of this person is to be undone first. Never rejects. */
  readonly beforeSignOut?: () => Promise<void>;
  readonly children: ComponentChildren;
}

/** A page for one hand: one column, what matters first, the account at the end. */
export const PhonePage = ({
  session,
  title,
  live,
  action,
  beforeSignOut = async () => {},
  children,
}: PhonePageProps) => (
  <div class="phone">
    <header class="phone-bar">
      <h1 class="brand">{title}</h1>
      {action}
      <ConnectionStrip live={live} />
    </header>
    <Update />
    <main>{children}</main>
    <footer class="phone-foot">
      <h2 class="for-readers">{t('phone.account')}</h2>
      <Install />
      <a class="button quiet" href="/devices">
        {t('ui.view_devices')}
      </a>
      <ThemeSwitch />
      <Button look="quiet" onPress={() => beforeSignOut().then(() => session.signOut())}>
        {t('ui.sign_out')}
      </Button>
    </footer>
  </div>
);

function Update() {
  if (!update.value) return null;
  return (
    <div class="notice" role="status">
      <p>{t('phone.new_version')}</p>
      <Button look="quiet" onPress={takeUpdate}>
        {t('phone.reload')}
      </Button>
    </div>
  );
}

function Install() {
  const prompt = installPrompt.value;
  if (!prompt || isInstalled.value) return null;
  return <Button onPress={() => prompt.prompt()}>{t('phone.install')}</Button>;
}

/** Works in one tab of a browser at a time; the others say so. */
export function OneTab({
  page,
  children,
}: {
  readonly page: string;
  readonly children: () => ComponentChildren;
}) {
  if (isTheOne.value === null) return null;
  if (isTheOne.value) return <>{children()}</>;
  return (
    <main class="gate">
      <h1 class="brand">{t('ui.brand')}</h1>
      <p>{t('phone.other_tab')}</p>
      <Button look="primary" onPress={() => becomeTheOne(page, true)}>
        {t('phone.use_here')}
      </Button>
    </main>
  );
}
