/** What a key does on the dispatchers' page, in the order in which they are listed. */
export const SHORTCUTS = [
  { key: 'j', does: 'next' },
  { key: 'k', does: 'previous' },
  { key: 'Enter', does: 'open' },
  { key: 'Escape', does: 'close' },
  { key: 'a', does: 'assign' },
  { key: 'e', does: 'escalate' },
  { key: 't', does: 'take_over' },
  { key: 'o', does: 'hold' },
  { key: 'n', does: 'phone_caller' },
  { key: '/', does: 'search' },
  { key: 'u', does: 'show_new' },
  { key: 'm', does: 'mute' },
  { key: 'p', does: 'past' },
  { key: '?', does: 'keys' },
] as const;

export type Shortcut = (typeof SHORTCUTS)[number]['does'];

interface Pressed {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly isTyping: boolean;
}

/** What a key press asks for; null: nothing of ours. While somebody types only Escape does. */
export function shortcutOf({ key, ctrlKey, metaKey, altKey, isTyping }: Pressed): Shortcut | null {
  if (ctrlKey || metaKey || altKey) return null;
  const wanted = key.length === 1 ? key.toLowerCase() : key;
  const found = SHORTCUTS.find((one) => one.key === wanted)?.does ?? null;
  return isTyping && found !== 'close' ? null : found;
}

/** Where a selection goes by j or k; the first from nowhere. */
export function moved(ids: readonly string[], from: string | null, by: 1 | -1): string | null {
  const at = from === null ? -1 : ids.indexOf(from);
  if (at === -1) return ids[by === 1 ? 0 : ids.length - 1] ?? null;
  return ids[Math.min(ids.length - 1, Math.max(0, at + by))] ?? null;
}
