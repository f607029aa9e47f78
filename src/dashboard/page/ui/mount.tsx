import '../no-eval.ts';
import './kit.css';
import { type ComponentType, render } from 'preact';
import { LOCALE } from '../../strings/index.ts';
import { Confirmations } from './dialog.tsx';
import { Announcer } from './live-region.tsx';
import { applyTheme } from './theme.tsx';
import { Toasts } from './toast.tsx';

/** Puts a view on its page, with what every page has: toasts, confirmations and a voice for screen readers. */
export function mount(View: ComponentType): void {
  const root = document.getElementById('app');
  if (!root) throw new Error('the page has no #app');
  document.documentElement.lang = LOCALE;
  applyTheme();
  render(
    <>
      <View />
      <Toasts />
      <Confirmations />
      <Announcer />
    </>,
    root,
  );
}
