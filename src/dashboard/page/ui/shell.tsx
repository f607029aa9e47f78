import type { ComponentChildren } from 'preact';
import { t } from '../../strings/index.ts';
import { Button } from './button.tsx';
import type { Session } from './open-session.ts';
import { ThemeSwitch } from './theme.tsx';
import { VIEWS } from './views.ts';

interface ShellProps {
  readonly session: Session;
  /** The path of this page, as {@link VIEWS} has it. */
  readonly path: string;
  readonly title: string;
  /** What stands in the bar between the pages and the person: how the connection does. */
  readonly strip?: ComponentChildren;
  /** What must be seen before everything else, below the bar. */
  readonly notice?: ComponentChildren;
  /** Fills the screen and scrolls inside, as a board does, instead of growing downwards. */
  readonly full?: boolean;
  readonly children: ComponentChildren;
}

/** A page of somebody who is signed in: the bar at the top, and what it is about. */
export function Shell({ session, path, title, strip, notice, full = false, children }: ShellProps) {
  const views = VIEWS.filter((view) => !view.for || view.for.some((grant) => session.grants.includes(grant)));
  return (
    <div class="shell" data-full={String(full)}>
      <header class="bar">
        <p class="brand">{t('ui.brand')}</p>
        <nav aria-label={t('ui.views')}>
          {views.map((view) => (
            <a key={view.path} href={view.path} aria-current={view.path === path ? 'page' : undefined}>
              {t(view.name)}
            </a>
          ))}
        </nav>
        <div class="strip">{strip}</div>
        <ThemeSwitch />
        <Button look="quiet" onPress={() => session.signOut()}>
          {t('ui.sign_out')}
        </Button>
      </header>
      <div>{notice}</div>
      <main>
        <h1 class="for-readers">{title}</h1>
        {children}
      </main>
    </div>
  );
}
