import { SHORTCUTS } from '../../shortcuts.ts';
import { t } from '../../strings/index.ts';
import { Dialog } from '../ui/dialog.tsx';
import type { Desk } from './desk.ts';
import { areKeysOn, setKeys } from './use-keys.ts';

/** What every key does, and a switch for those of a single letter. */
export function KeysDialog({ desk }: { readonly desk: Desk }) {
  return (
    <Dialog
      title={t('work.keys_title')}
      open={desk.areKeysShown.value}
      onClose={() => {
        desk.areKeysShown.value = false;
      }}
    >
      <label class="switch">
        <input
          type="checkbox"
          checked={areKeysOn.value}
          onChange={({ currentTarget }) => setKeys(currentTarget.checked)}
        />
        <span>
          <strong>{t('work.keys_use')}</strong> <span class="soft">{t('work.keys_use_hint')}</span>
        </span>
      </label>
      <dl class="keys">
        {SHORTCUTS.map(({ key, does }) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{t(`work.key_${does}`)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
