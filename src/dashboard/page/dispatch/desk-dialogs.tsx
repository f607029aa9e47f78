import { AlertDialog } from './alert-dialog.tsx';
import { AssignDialog } from './assign-dialog.tsx';
import { deskOf } from './desk.ts';
import { HandOffDialog } from './hand-off-dialog.tsx';
import { KeysDialog } from './keys-dialog.tsx';
import { MergeDialog } from './merge-dialog.tsx';
import type { DispatchStore } from './store.ts';
import { useAlarm } from './use-alarm.ts';

/** What is asked for in dialogs and heard, whichever part of the page is in sight. */
export function DeskDialogs({ store }: { readonly store: DispatchStore }) {
  const desk = deskOf(store);
  useAlarm(store);
  return (
    <>
      <AssignDialog desk={desk} />
      <MergeDialog desk={desk} />
      <HandOffDialog desk={desk} />
      <AlertDialog desk={desk} />
      <KeysDialog desk={desk} />
    </>
  );
}
