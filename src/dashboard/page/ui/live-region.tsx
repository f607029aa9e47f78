import { signal } from '@preact/signals';

const said = signal('');

/** Says something to whoever listens to the page instead of looking at it. The same twice is said twice. */
export function announce(text: string): void {
  said.value = said.value === text ? `${text}\u00a0` : text;
}

export const Announcer = () => (
  <p class="for-readers" role="status" aria-live="polite">
    {said.value}
  </p>
);
