import { useSignal } from '@preact/signals';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import type { LatLng } from '../../../geo/lat-lng.ts';
import { coordinatesIn } from '../../place-words.ts';
import { t } from '../../strings/index.ts';
import { PRIORITIES, TYPES } from '../../work-list.ts';
import { problemWords } from '../session.ts';
import { Button } from '../ui/button.tsx';
import { toast } from '../ui/toast.tsx';
import { CallerPlace } from './caller-place.tsx';
import type { Desk } from './desk.ts';

/** Raises an SOS for somebody on the phone. Beside the map and not over it, because the place may be clicked there. */
export function PhoneCaller({ desk }: { readonly desk: Desk }) {
  return desk.isRaising.value ? <CallerForm desk={desk} /> : null;
}

function CallerForm({ desk }: { readonly desk: Desk }) {
  const form = useRef<HTMLFormElement>(null);
  const titleId = useId();
  const words = useSignal('');
  const point = useSignal<LatLng | null>(null);
  const problem = useSignal('');
  const isSending = useSignal(false);
  const close = () => {
    desk.isRaising.value = false;
  };
  useLayoutEffect(() => {
    const before = document.activeElement;
    form.current?.querySelector('input')?.focus();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  const raise = async (fields: FormData) => {
    const at = point.value ?? coordinatesIn(words.value);
    if (!at) {
      problem.value = t('work.caller_needs_place');
      form.current?.querySelector<HTMLInputElement>('[name="place"]')?.focus();
      return;
    }
    const text = (name: string) => String(fields.get(name) ?? '').trim() || undefined;
    const [emergencyType, priority] = [
      TYPES.find((one) => one === text('type')) ?? 'MEDICAL',
      PRIORITIES.find((one) => one === text('priority')) ?? 'HIGH',
    ];
    isSending.value = true;
    problem.value = '';
    try {
      const { sosId } = await desk.store.client.command('sos.raise', {
        emergencyType,
        priority,
        point: at,
        description: text('what'),
        addressText: coordinatesIn(words.value) ? undefined : words.value.trim() || undefined,
        callbackNumber: text('number'),
        isDrill: fields.get('drill') !== null,
      });
      toast(
        t('work.caller_raised', {
          type: t(`work.type_${emergencyType}`),
          priority: t(`work.priority_${priority}`),
        }),
      );
      if (sosId) desk.store.selectedSosId.value = sosId;
      close();
    } catch (error) {
      problem.value = problemWords(error);
    } finally {
      isSending.value = false;
    }
  };
  return (
    <form
      ref={form}
      class="caller"
      aria-labelledby={titleId}
      onSubmit={(event) => {
        event.preventDefault();
        if (!isSending.value) void raise(new FormData(event.currentTarget));
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.preventDefault();
        close();
      }}
    >
      <header>
        <h2 id={titleId}>{t('work.caller_title')}</h2>
        <button type="button" class="button quiet" aria-label={t('ui.close')} onClick={close}>
          ×
        </button>
      </header>
      <label class="field">
        {t('work.caller_number')}
        <input name="number" type="tel" maxLength={40} autocomplete="off" />
      </label>
      <CallerPlace desk={desk} words={words} point={point} />
      <div class="row">
        <label class="field">
          {t('work.type')}
          <select name="type">
            {TYPES.map((one) => (
              <option key={one} value={one}>
                {t(`work.type_${one}`)}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          {t('work.priority')}
          <select name="priority" defaultValue="HIGH">
            {PRIORITIES.map((one) => (
              <option key={one} value={one} selected={one === 'HIGH'}>
                {t(`work.priority_${one}`)}
              </option>
            ))}
          </select>
        </label>
      </div>
      <label class="field">
        {t('work.caller_what')}
        <textarea name="what" rows={3} maxLength={2_000} />
      </label>
      <label class="switch">
        <input name="drill" type="checkbox" /> {t('work.caller_drill')}
      </label>
      <p class="problem" role="alert">
        {problem.value}
      </p>
      <footer>
        <Button onPress={close}>{t('ui.cancel')}</Button>
        <Button look="danger" type="submit" disabled={isSending.value}>
          {t('work.caller_raise')}
        </Button>
      </footer>
    </form>
  );
}
