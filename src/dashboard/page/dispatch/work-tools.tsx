import { t } from '../../strings/index.ts';
import { Button } from '../ui/button.tsx';
import type { Desk } from './desk.ts';
import { isSoundOn, isSoundReady, setSound } from './sound.ts';

/** What the work list begins with: raising one for a caller, the past, sound and the list of keys. */
export function WorkTools({ desk }: { readonly desk: Desk }) {
  // Said in the title: words of another length would move what is under the pointer with the first touch.
  const sound = !isSoundOn.value
    ? t('work.sound_off')
    : isSoundReady.value
      ? t('work.sound_on')
      : t('work.sound_blocked');
  return (
    <div class="work-tools">
      <Button
        look="primary"
        shortcut="n"
        onPress={() => {
          desk.isRaising.value = true;
        }}
      >
        {t('work.raise')}
      </Button>
      <Button
        look="quiet"
        onPress={() => {
          desk.past.value = '';
        }}
      >
        {t('work.past')}
      </Button>
      <Button look="quiet" pressed={isSoundOn.value} title={sound} onPress={() => setSound(!isSoundOn.value)}>
        {t('work.sound')}
      </Button>
      <Button
        look="quiet"
        label={t('work.keys_title')}
        title={t('work.keys_title')}
        onPress={() => {
          desk.areKeysShown.value = true;
        }}
      >
        <kbd>?</kbd>
      </Button>
    </div>
  );
}
