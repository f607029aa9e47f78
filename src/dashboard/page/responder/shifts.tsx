import { useSignal } from '@preact/signals';
import type { Duty } from '../../../client/index.ts';
import {
  lengthMin,
  minutesOf,
  type Shift,
  timeOf,
  WEEKDAYS,
  withoutShift,
  withShifts,
} from '../../shifts.ts';
import { LOCALE, t } from '../../strings/index.ts';
import { field } from '../dom.ts';
import { Button } from '../ui/button.tsx';
import { toast } from '../ui/toast.tsx';
import type { ResponderStore } from './store.ts';

interface ShiftsProps {
  readonly store: ResponderStore;
  readonly duty: Duty;
}

/** A Monday, for the names of days. */
const MONDAY = Date.UTC(2024, 0, 1);
const dayNames = new Intl.DateTimeFormat(LOCALE, { weekday: 'long', timeZone: 'UTC' });
const dayName = (weekday: number) => dayNames.format(MONDAY + (weekday - 1) * 86_400_000);

/** When somebody who is on duty is asked. Everything is kept at once. */
export function ShiftsPanel({ store, duty }: ShiftsProps) {
  const save = async (change: Partial<Duty>) => {
    const { session, papers } = store;
    const next = await session.act((token) => session.http.me.setDuty(token, { ...duty, ...change }));
    if (papers.value) papers.value = { ...papers.value, duty: next };
    toast(t('responder.saved'));
  };
  return (
    <details class="panel" open={duty.shifts.length > 0 || duty.quietHours !== null}>
      <summary>{t('responder.shifts')}</summary>
      <div class="inside">
        {duty.shifts.length === 0 ? <p class="soft">{t('responder.shifts_none')}</p> : null}
        <ul class="plain-list">
          {duty.shifts.map((shift) => (
            <li key={JSON.stringify(shift)}>
              <span>{shiftWords(shift)}</span>
              <Button
                look="quiet"
                label={t('responder.shift_remove', { shift: shiftWords(shift) })}
                onPress={() => save({ shifts: withoutShift(duty.shifts, shift) })}
              >
                ×
              </Button>
            </li>
          ))}
        </ul>
        <AddShift onAdd={(days, times) => save({ shifts: withShifts(duty.shifts, days, times) })} />
        <QuietHours duty={duty} onSave={save} />
      </div>
    </details>
  );
}

function shiftWords(shift: Shift): string {
  const { weekday, fromMin, toMin } = shift;
  const words = t('responder.shift_line', {
    day: dayName(weekday),
    from: timeOf(fromMin),
    to: timeOf(toMin),
  });
  return fromMin + lengthMin(shift) > 1_440 ? `${words} ${t('responder.shift_next_day')}` : words;
}

type OnAdd = (days: number[], times: Omit<Shift, 'weekday'>) => Promise<void>;

function AddShift({ onAdd }: { readonly onAdd: OnAdd }) {
  const problem = useSignal('');
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const days = new FormData(form).getAll('day').map(Number);
    const [fromMin, toMin] = [minutesOf(field(form, 'from')), minutesOf(field(form, 'to'))];
    problem.value = days.length === 0 ? t('responder.day_needed') : '';
    if (days.length === 0 || fromMin === null || toMin === null) return;
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    await onAdd(days, { fromMin, toMin, timezone: timeZone });
  };
  return (
    <form class="panel" onSubmit={submit} aria-label={t('responder.shift_add')}>
      <fieldset>
        <legend>{t('responder.shift_days')}</legend>
        <div class="checks">
          {WEEKDAYS.map((weekday) => (
            <label key={weekday} class="check">
              <input type="checkbox" name="day" value={weekday} />
              {dayName(weekday)}
            </label>
          ))}
        </div>
      </fieldset>
      <div class="row">
        <label class="field">
          <span>{t('responder.shift_from')}</span>
          <input type="time" name="from" value="08:00" required />
        </label>
        <label class="field">
          <span>{t('responder.shift_to')}</span>
          <input type="time" name="to" value="17:00" required />
        </label>
      </div>
      <p class="problem" role="alert">
        {problem.value}
      </p>
      <button type="submit" class="button">
        {t('responder.shift_add')}
      </button>
    </form>
  );
}

interface QuietProps {
  readonly duty: Duty;
  readonly onSave: (change: Partial<Duty>) => Promise<void>;
}

function QuietHours({ duty, onSave }: QuietProps) {
  const isOn = useSignal(duty.quietHours !== null);
  const { fromMin, toMin } = duty.quietHours ?? { fromMin: 1_320, toMin: 420 };
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const [from, to] = [minutesOf(field(form, 'from')), minutesOf(field(form, 'to'))];
    const quietHours = isOn.value && from !== null && to !== null ? { fromMin: from, toMin: to } : null;
    await onSave({ quietHours, restAfterAlertMin: Number(field(form, 'rest')) || 0 });
  };
  return (
    <form class="panel" onSubmit={submit} aria-label={t('responder.quiet_hours')}>
      <h3>{t('responder.quiet_hours')}</h3>
      <label class="check">
        <input type="checkbox" checked={isOn.value} onChange={() => (isOn.value = !isOn.value)} />
        {t('responder.quiet_on')}
      </label>
      {isOn.value ? (
        <div class="row">
          <label class="field">
            <span>{t('responder.shift_from')}</span>
            <input type="time" name="from" defaultValue={timeOf(fromMin)} required />
          </label>
          <label class="field">
            <span>{t('responder.shift_to')}</span>
            <input type="time" name="to" defaultValue={timeOf(toMin)} required />
          </label>
        </div>
      ) : null}
      <label class="field">
        <span>{t('responder.rest')}</span>
        <input type="number" name="rest" min={0} max={10_080} defaultValue={String(duty.restAfterAlertMin)} />
      </label>
      <button type="submit" class="button">
        {t('responder.save')}
      </button>
    </form>
  );
}
