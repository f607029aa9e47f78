import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { t } from '../../strings/index.ts';

interface DialogProps {
  readonly title: string;
  readonly open: boolean;
  /** Escape, or the button that closes it. */
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** A modal dialog: focus stays inside, Escape closes it, and focus goes back to where it came from. */
export function Dialog({ title, open, onClose, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  // At once: after the next frame, the event of a dialog that just closed would be told of one that has not opened yet.
  useLayoutEffect(() => {
    const element = dialog.current;
    if (!element || element.open === open) return;
    if (open) element.showModal();
    else element.close();
  }, [open]);
  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClose={() => {
        // It comes with the next frame: by then the next question may have opened the dialog again.
        if (open && !dialog.current?.open) onClose();
      }}
    >
      {open ? (
        <>
          <header>
            <h2 id={titleId}>{title}</h2>
            <button type="button" class="button quiet" aria-label={t('ui.close')} onClick={onClose}>
              ×
            </button>
          </header>
          {children}
        </>
      ) : null}
    </dialog>
  );
}

interface Question {
  readonly title: string;
  readonly text: string;
  /** What the button that goes on says. */
  readonly action: string;
  readonly danger?: boolean;
}

const asked = signal<(Question & { answer: (yes: boolean) => void }) | null>(null);

/** Asks before something that can't be taken back. One question at a time; a second one answers the first with no. */
export function confirmed(question: Question): Promise<boolean> {
  asked.value?.answer(false);
  return new Promise((resolve) => {
    const answer = (yes: boolean) => {
      asked.value = null;
      resolve(yes);
    };
    asked.value = { ...question, answer };
  });
}

export function Confirmations() {
  const question = asked.value;
  const answer = question?.answer ?? (() => {});
  return (
    <Dialog title={question?.title ?? ''} open={question !== null} onClose={() => answer(false)}>
      <p>{question?.text}</p>
      <footer>
        <button type="button" class="button plain" onClick={() => answer(false)}>
          {t('ui.cancel')}
        </button>
        <button
          type="button"
          class={`button ${question?.danger ? 'danger' : 'primary'}`}
          onClick={() => answer(true)}
        >
          {question?.action}
        </button>
      </footer>
    </Dialog>
  );
}
