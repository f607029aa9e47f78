import { effect, signal } from '@preact/signals';
import { t } from '../../strings/index.ts';

const KEY = 'muster.theme';
const THEMES = ['auto', 'light', 'dark'] as const;
type Theme = (typeof THEMES)[number];

/** What this browser was set to; `auto` follows the device. */
export const theme = signal<Theme>(THEMES.find((one) => one === localStorage.getItem(KEY)) ?? 'auto');

const prefersDark = matchMedia('(prefers-color-scheme: dark)');
const deviceIsDark = signal(prefersDark.matches);
prefersDark.addEventListener('change', ({ matches }) => {
  deviceIsDark.value = matches;
});

/** Whether the page is dark now, for what can't be styled by CSS. */
export const isDark = (): boolean => (theme.value === 'auto' ? deviceIsDark.value : theme.value === 'dark');

export function applyTheme(): void {
  effect(() => {
    const root = document.documentElement;
    if (theme.value === 'auto') root.removeAttribute('data-theme');
    else root.dataset.theme = theme.value;
  });
}

export function ThemeSwitch() {
  return (
    <label class="theme">
      <span class="for-readers">{t('ui.theme')}</span>
      <select
        value={theme.value}
        onChange={({ currentTarget }) => {
          theme.value = THEMES.find((one) => one === currentTarget.value) ?? 'auto';
          localStorage.setItem(KEY, theme.value);
        }}
      >
        {THEMES.map((one) => (
          <option key={one} value={one}>
            {t(`ui.theme_${one}`)}
          </option>
        ))}
      </select>
    </label>
  );
}
