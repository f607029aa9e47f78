import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { ClosedPage, ListedSos } from '../../../../client/index.ts';
import { durationText, momentText } from '../../../strings/format.ts';
import { t } from '../../../strings/index.ts';
import { shortId } from '../../../words.ts';
import { TYPES } from '../../../work-list.ts';
import { problemWords } from '../../session.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import type { Desk } from '../desk.ts';

const DAY_MS = 86_400_000;
const PAGE = 50;

/** What is over, looked for by time, kind and number. */
export function ReplaySearch({ desk }: { readonly desk: Desk }) {
  const found = useSignal<readonly ListedSos[] | null>(null);
  const next = useSignal<string | null>(null);
  const asked = useSignal<ClosedPage>({});
  const problem = useSignal('');
  const look = async (page: ClosedPage, before: readonly ListedSos[]) => {
    const { act, http } = desk.store.session;
    try {
      const answer = await act((token) => http.sos.closed(token, { ...page, limit: PAGE }));
      found.value = [...before, ...answer.sos];
      next.value = answer.next;
      problem.value = '';
    } catch (error) {
      problem.value = problemWords(error);
    }
  };
  useEffect(() => {
    void look({}, []);
  }, []);
  return (
    <div class="replay-search">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          asked.value = askedIn(new FormData(event.currentTarget));
          void look(asked.value, []);
        }}
      >
        <div class="row">
          <label class="field">
            {t('replay.from')}
            <input type="date" name="from" />
          </label>
          <label class="field">
            {t('replay.to')}
            <input type="date" name="to" />
          </label>
        </div>
        <div class="row">
          <label class="field">
            {t('replay.type')}
            <select name="type">
              <option value="">{t('replay.type_all')}</option>
              {TYPES.map((one) => (
                <option key={one} value={one}>
                  {t(`work.type_${one}`)}
                </option>
              ))}
            </select>
          </label>
          <label class="field">
            {t('replay.number')}
            <input
              name="number"
              minLength={4}
              maxLength={40}
              title={t('replay.number_hint')}
              autocomplete="off"
            />
          </label>
        </div>
        <Button type="submit">{t('replay.find')}</Button>
      </form>
      <p class="problem" role="alert">
        {problem.value}
      </p>
      {found.value?.length === 0 ? <p class="empty">{t('replay.none')}</p> : null}
      <ul class="found-past" aria-label={t('replay.title')}>
        {found.value?.map((sos) => (
          <FoundRow key={sos.sosId} desk={desk} sos={sos} />
        ))}
      </ul>
      {next.value ? (
        <Button onPress={() => look({ ...asked.value, cursor: next.value ?? undefined }, found.value ?? [])}>
          {t('replay.more')}
        </Button>
      ) : null}
    </div>
  );
}

function FoundRow({ desk, sos }: { readonly desk: Desk; readonly sos: ListedSos }) {
  const { status } = sos;
  return (
    <li>
      <button
        type="button"
        data-id={sos.sosId}
        aria-current={desk.past.value === sos.sosId ? 'true' : undefined}
        onClick={() => {
          desk.past.value = sos.sosId;
        }}
      >
        <span class="flow">
          <strong class="clip">
            {t(`work.type_${sos.emergencyType}`)}, {t(`work.priority_${sos.priority}`)}
          </strong>
          {sos.isDrill ? <Badge tone="busy">{t('work.drill')}</Badge> : null}
          <Badge tone={status === 'RESOLVED' ? 'good' : 'plain'}>
            {status === 'RESOLVED' || status === 'CANCELLED' ? t(`replay.status_${status}`) : status}
          </Badge>
        </span>
        <span class="soft small">
          {momentText(sos.createdAtMs)} · {t('replay.lasted', { duration: durationText(sos.elapsedMs) })} ·{' '}
          {shortId(sos.sosId)}
        </span>
        <span class="soft small clip">
          {[sos.addressText, sos.requesterName, sos.callbackNumber].filter((one) => one).join(' · ')}
        </span>
      </button>
    </li>
  );
}

/** Days are those of whoever looks; the last one is in it. */
function askedIn(fields: FormData): ClosedPage {
  const text = (name: string) => String(fields.get(name) ?? '').trim();
  const day = (name: string) => (text(name) === '' ? undefined : new Date(`${text(name)}T00:00`).getTime());
  const to = day('to');
  return {
    from: day('from'),
    to: to === undefined ? undefined : to + DAY_MS,
    type: TYPES.find((one) => one === text('type')),
    number: text('number') || undefined,
  };
}
