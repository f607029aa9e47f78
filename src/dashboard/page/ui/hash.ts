import { type Signal, signal } from '@preact/signals';

/**
 * A value that a reload finds again: it stands in the address behind the `#`, which no server sees. Ids of what is shown
 * belong there, never what is known about anybody.
 */
export function hashSignal(name: string): Signal<string | null> {
  const read = () => new URLSearchParams(location.hash.slice(1)).get(name);
  const value = signal(read());
  value.subscribe((now) => {
    if (now === read()) return;
    const all = new URLSearchParams(location.hash.slice(1));
    if (now === null) all.delete(name);
    else all.set(name, now);
    const hash = all.toString();
    history.replaceState(null, '', hash === '' ? location.pathname : `#${hash}`);
  });
  addEventListener('hashchange', () => {
    value.value = read();
  });
  return value;
}
