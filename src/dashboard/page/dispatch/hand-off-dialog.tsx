import { t } from '../../strings/index.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { act } from './act.ts';
import type { Desk } from './desk.ts';

/** Records that an external service was told. */
export function HandOffDialog({ desk }: { readonly desk: Desk }) {
  const asking = desk.asking.value;
  const sos = asking?.what === 'hand_off' ? asking.sos : null;
  const close = () => {
    desk.asking.value = null;
  };
  const record = async (fields: FormData) => {
    if (!sos) return;
    const text = (name: string) => String(fields.get(name) ?? '').trim();
    const [service, reference, note] = [text('service'), text('reference'), text('note')];
    close();
    await act(desk, sos, {
      kind: 'sos.hand_off',
      service,
      ...(reference ? { reference } : {}),
      ...(note ? { note } : {}),
    });
  };
  return (
    <Dialog title={t('incident.hand_off_title')} open={sos !== null} onClose={close}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void record(new FormData(event.currentTarget));
        }}
      >
        <label class="field">
          {t('incident.hand_off_service')}
          <input name="service" required maxLength={100} autocomplete="off" />
        </label>
        <label class="field">
          {t('incident.hand_off_reference')}
          <input name="reference" maxLength={200} autocomplete="off" />
        </label>
        <label class="field">
          {t('incident.hand_off_note')}
          <textarea name="note" rows={3} maxLength={1_000} />
        </label>
        <footer>
          <Button onPress={close}>{t('ui.cancel')}</Button>
          <Button look="primary" type="submit">
            {t('incident.cmd_hand_off')}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
