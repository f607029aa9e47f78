import { useSignal } from '@preact/signals';
import { emergencyType } from '../../../protocol/fields.ts';
import { LIMITS } from '../../../protocol/limits.ts';
import { t, tFor } from '../../strings/index.ts';
import { toast } from '../ui/toast.tsx';
import { HoldButton } from './hold-button.tsx';
import { Place } from './place.tsx';
import type { SosStore } from './store.ts';

type Kind = (typeof emergencyType.options)[number];

/** Nothing has happened yet: the button, and what may be said with it. */
export function Idle({ store }: { readonly store: SosStore }) {
  // Most people are asked for it; whoever is in trouble need not choose.
  const kind = useSignal<Kind>('MEDICAL');
  const words = useSignal('');
  const isDrill = useSignal(false);
  const raise = () => {
    const description = words.value.trim() === '' ? null : words.value.trim();
    const isRaised = store.raise({ emergencyType: kind.value, description, isDrill: isDrill.value });
    if (!isRaised) toast(t('sos.no_place'), { tone: 'problem' });
  };
  return (
    <>
      <HoldButton onHeld={raise} />
      <Place store={store} />
      <section class="panel" aria-label={t('sos.what')}>
        <fieldset>
          <legend>{t('sos.what')}</legend>
          <div class="kinds">
            {emergencyType.options.map((one) => (
              <label key={one} class="kind">
                <input
                  type="radio"
                  name="kind"
                  checked={kind.value === one}
                  onChange={() => (kind.value = one)}
                />
                <span>{tFor('phone', `type_${one.toLowerCase()}`)}</span>
              </label>
            ))}
          </div>
        </fieldset>
        <label class="field">
          <span>{t('sos.say_more')}</span>
          <textarea
            rows={2}
            maxLength={LIMITS.descriptionChars}
            value={words.value}
            onInput={({ currentTarget }) => (words.value = currentTarget.value)}
          />
        </label>
        <label class="check">
          <input type="checkbox" checked={isDrill.value} onChange={() => (isDrill.value = !isDrill.value)} />
          {t('sos.drill')}
        </label>
      </section>
    </>
  );
}
