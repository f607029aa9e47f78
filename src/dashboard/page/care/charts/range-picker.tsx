import type { Signal } from '@preact/signals';
import { useState } from 'preact/hooks';
import { RANGE_NAMES, rangeName, type Span, spanText } from '../../../ranges.ts';
import { t } from '../../../strings/index.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';

interface PickerProps {
  readonly range: Signal<string | null>;
  readonly span: Span;
}

/** What of the time is shown: up to now, or from one moment to another. */
export function RangePicker({ range, span }: PickerProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <fieldset class="ranges" aria-label={t('care.range')}>
      {RANGE_NAMES.map((name) => (
        <Button
          key={name}
          pressed={span.isLive && rangeName(range.value) === name}
          onPress={() => {
            range.value = name;
          }}
        >
          {t(`care.range_${name}`)}
        </Button>
      ))}
      <Button pressed={!span.isLive} onPress={() => setOpen(true)}>
        {t('care.range_own')}
      </Button>
      <OwnRange
        span={span}
        isOpen={isOpen}
        onClose={() => setOpen(false)}
        onSet={(fromMs, toMs) => {
          range.value = spanText(fromMs, toMs);
          setOpen(false);
        }}
      />
    </fieldset>
  );
}

interface OwnRangeProps {
  readonly span: Span;
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly onSet: (fromMs: number, toMs: number) => void;
}

function OwnRange({ span, isOpen, onClose, onSet }: OwnRangeProps) {
  const [problem, setProblem] = useState('');
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget;
    if (!(form instanceof HTMLFormElement)) return;
    const read = new FormData(form);
    const [fromMs, toMs] = ['from', 'to'].map((name) => Date.parse(String(read.get(name))));
    if (fromMs === undefined || toMs === undefined || !(fromMs < toMs)) setProblem(t('care.range_wrong'));
    else {
      setProblem('');
      onSet(fromMs, toMs);
    }
  };
  return (
    <Dialog title={t('care.range_own')} open={isOpen} onClose={onClose}>
      <form onSubmit={submit}>
        <label class="field">
          <span>{t('care.range_from')}</span>
          <input type="datetime-local" name="from" required value={localText(span.fromMs)} />
        </label>
        <label class="field">
          <span>{t('care.range_to')}</span>
          <input type="datetime-local" name="to" required value={localText(span.toMs)} />
        </label>
        <p class="problem" role="alert">
          {problem}
        </p>
        <footer>
          <Button type="submit" look="primary">
            {t('care.range_set')}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}

/** As the field wants it: by the clock of the device, to the minute. */
const localText = (atMs: number) =>
  new Date(atMs - new Date(atMs).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
