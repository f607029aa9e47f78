import { signal } from '@preact/signals';
import { t } from '../../strings/index.ts';

interface ToastOptions {
  readonly tone?: 'done' | 'problem';
  /** Takes back what was done, while the toast is there. */
  readonly undo?: () => unknown;
  /** Default 6 s, 12 s where it can be undone or is a problem. */
  readonly staysMs?: number;
}

interface Shown extends ToastOptions {
  readonly id: number;
  readonly text: string;
}

const MOST = 4;
const shown = signal<readonly Shown[]>([]);
let lastId = 0;

/** Says in passing what was done or went wrong. It is said to screen readers too. */
export function toast(text: string, options: ToastOptions = {}): void {
  lastId += 1;
  const id = lastId;
  shown.value = [...shown.value, { ...options, id, text }].slice(-MOST);
  const isSlow = options.undo !== undefined || options.tone === 'problem';
  setTimeout(() => dismiss(id), options.staysMs ?? (isSlow ? 12_000 : 6_000));
}

function dismiss(id: number): void {
  shown.value = shown.value.filter((one) => one.id !== id);
}

export const Toasts = () => (
  <ol class="toasts" aria-live="polite">
    {shown.value.map(({ id, text, tone = 'done', undo }) => (
      <li key={id} class="toast" data-tone={tone}>
        <span>{text}</span>
        {undo ? (
          <button
            type="button"
            class="button quiet"
            onClick={() => {
              dismiss(id);
              void undo();
            }}
          >
            {t('ui.undo')}
          </button>
        ) : null}
        <button type="button" class="button quiet" aria-label={t('ui.dismiss')} onClick={() => dismiss(id)}>
          ×
        </button>
      </li>
    ))}
  </ol>
);
