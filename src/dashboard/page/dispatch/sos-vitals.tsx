import { useSignal } from '@preact/signals';
import { useEffect, useId } from 'preact/hooks';
import type { SosView } from '../../../client/index.ts';
import { timeText } from '../../strings/format.ts';
import { t } from '../../strings/index.ts';
import { problemWords } from '../session.ts';
import { Button } from '../ui/button.tsx';
import type { Desk } from './desk.ts';
import { VitalsNow } from './vitals-now.tsx';

interface VitalsProps {
  readonly desk: Desk;
  readonly sos: SosView;
}

/** Whom this page may see, and until when: those one cares for, and those for whom the glass was broken. */
const brokenUntilMs = new Map<string, number>();

/** Vital signs of whoever needs help, live: for who cares for them, and in an emergency for who breaks the glass. */
export function SosVitals({ desk, sos }: VitalsProps) {
  const { requesterId } = sos;
  if (requesterId === null) return <p class="empty">{t('incident.vitals_nobody')}</p>;
  return <OfPerson key={requesterId} desk={desk} personId={requesterId} />;
}

function OfPerson({ desk, personId }: { readonly desk: Desk; readonly personId: string }) {
  const isCaredFor = useSignal<boolean | null>(null);
  const untilMs = useSignal(brokenUntilMs.get(personId) ?? 0);
  useEffect(() => {
    // Asked of the wall of those one cares for, because asking for vital signs that are not one's own to see is on record.
    const stop = desk.store.client.watchCare({
      onPeople: (people) => {
        isCaredFor.value = people.some((one) => one.personId === personId);
      },
      onState: () => {},
    });
    return stop;
  }, [personId]);
  const isBroken = untilMs.value > Date.now();
  if (isCaredFor.value || isBroken)
    return (
      <>
        {isBroken ? (
          <p class="soft small">{t('incident.vitals_broken_until', { time: timeText(untilMs.value) })}</p>
        ) : null}
        <VitalsNow desk={desk} personId={personId} />
      </>
    );
  if (isCaredFor.value === null) return <p class="empty">{t('incident.loading')}</p>;
  return (
    <BreakGlass
      desk={desk}
      personId={personId}
      onBroken={(until) => {
        brokenUntilMs.set(personId, until);
        untilMs.value = until;
      }}
    />
  );
}

interface GlassProps {
  readonly desk: Desk;
  readonly personId: string;
  readonly onBroken: (untilMs: number) => void;
}

function BreakGlass({ desk, personId, onBroken }: GlassProps) {
  const reason = useSignal('');
  const problem = useSignal('');
  const hintId = useId();
  const breakIt = async () => {
    const { act, http } = desk.store.session;
    try {
      const asked = { subjectUserId: personId, reason: reason.value.trim() };
      const { untilMs } = await act((token) => http.access.breakGlass(token, asked));
      onBroken(untilMs);
    } catch (error) {
      problem.value = problemWords(error);
    }
  };
  return (
    <form
      class="glass stack"
      onSubmit={(event) => {
        event.preventDefault();
        void breakIt();
      }}
    >
      <p>{t('incident.vitals_not_yours')}</p>
      <label class="field">
        {t('incident.vitals_reason')}
        <input
          required
          minLength={10}
          maxLength={500}
          aria-describedby={hintId}
          value={reason.value}
          onInput={({ currentTarget }) => {
            reason.value = currentTarget.value;
          }}
        />
      </label>
      <p id={hintId} class="soft small">
        {t('incident.vitals_reason_hint')}
      </p>
      <p class="problem" role="alert">
        {problem.value}
      </p>
      <Button look="danger" type="submit">
        {t('incident.vitals_break')}
      </Button>
    </form>
  );
}
