import { useSignal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import { problemWords } from '../session.ts';
import { toast } from './toast.tsx';

interface ButtonProps {
  readonly children: ComponentChildren;
  /** What it does; while that has not ended it can't be pressed again, and its failure is said in a toast. */
  readonly onPress?: () => unknown;
  readonly look?: 'plain' | 'primary' | 'danger' | 'quiet';
  readonly type?: 'button' | 'submit';
  readonly disabled?: boolean;
  /** What a screen reader says instead of the children. */
  readonly label?: string;
  /** A key that does the same, shown beside. */
  readonly shortcut?: string | undefined;
  readonly pressed?: boolean;
  readonly expanded?: boolean;
  readonly title?: string;
  readonly id?: string;
}

export function Button(props: ButtonProps): JSX.Element {
  const { children, onPress, look = 'plain', type = 'button', disabled = false, shortcut } = props;
  const busy = useSignal(false);
  const press = async () => {
    if (!onPress || busy.value) return;
    busy.value = true;
    try {
      await onPress();
    } catch (error) {
      toast(problemWords(error), { tone: 'problem' });
    } finally {
      busy.value = false;
    }
  };
  return (
    <button
      id={props.id}
      class={`button ${look}`}
      type={type}
      disabled={disabled}
      aria-disabled={busy.value ? 'true' : undefined}
      aria-busy={busy.value ? 'true' : undefined}
      aria-label={props.label}
      aria-pressed={props.pressed}
      aria-expanded={props.expanded}
      aria-keyshortcuts={shortcut}
      title={props.title}
      onClick={type === 'button' ? press : undefined}
    >
      {children}
      {shortcut ? <kbd>{shortcut}</kbd> : null}
    </button>
  );
}
