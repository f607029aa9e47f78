import { useSignal } from '@preact/signals';
import { courseOf } from '../../mission.ts';
import { durationText } from '../../strings/format.ts';
import { t, tFor } from '../../strings/index.ts';
import { field } from '../dom.ts';
import { about } from '../phone/about.ts';
import { Chat } from '../phone/chat.tsx';
import type { Incident } from '../phone/incident.ts';
import { Unsaved } from '../phone/unsaved.tsx';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { nowMs } from '../ui/now.ts';
import { Age } from '../ui/times.tsx';
import { Comers, helperName } from './comers.tsx';
import { Over } from './over.tsx';
import type { SosStore } from './store.ts';

export interface ActiveProps {
  readonly store: SosStore;
  readonly incident: Incident;
}

/** An SOS that the server has: what is done about it, and who comes. */
export function ActiveView({ store, incident }: ActiveProps) {
  const sos = incident.sos.value;
  if (!sos) return <p class="soft">{t('sos.loading')}</p>;
  const course = courseOf(sos);
  if (course === 'over') return <Over store={store} sos={sos} />;
  return (
    <>
      {sos.isDrill ? (
        <p class="notice" data-tone="drill">
          {t('phone.drill_long')}
        </p>
      ) : null}
      <Unsaved sos={sos} />
      <Stale store={store} />
      <section class="panel course" data-course={course} aria-labelledby="course-title">
        <h2 id="course-title">
          <span role="status">{t(`sos.course_${course}`)}</span>
        </h2>
        <p class="row">
          <Badge>{tFor('phone', `type_${sos.emergencyType.toLowerCase()}`) ?? sos.emergencyType}</Badge>
          <span class="soft">
            <Age sinceMs={sos.createdAtMs} ago />
          </span>
        </p>
        {course === 'searching' ? (
          <p>{sos.openOffers > 0 ? t('sos.asked', { n: sos.openOffers }) : t('sos.asked_none')}</p>
        ) : null}
        {sos.handOff ? (
          <p>{t(`sos.hand_off_${sos.handOff}`, { number: about.value.emergencyNumber })}</p>
        ) : null}
        <p class="soft small">{t('sos.sent')}</p>
      </section>
      <Comers store={store} sos={sos} />
      <Chat
        talk={incident.talk.value}
        userId={store.session.userId}
        nameOf={(id) => helperName(store, sos, id)}
        onSay={incident.say}
        onAgain={incident.again}
        onRead={incident.read}
      />
      <p class="soft small">{t('sos.vitals_note')}</p>
      <CallOff store={store} incident={incident} />
    </>
  );
}

function Stale({ store: { live } }: Pick<ActiveProps, 'store'>) {
  const since = live.openUntilMs.value;
  if (live.status.value.state === 'open' || since === null) return null;
  return (
    <p class="notice" data-tone="warning">
      {t('sos.stale_view', { age: durationText(nowMs.value - since) })}
    </p>
  );
}

function CallOff({ store, incident }: ActiveProps) {
  const isAsked = useSignal(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const reason = field(event.currentTarget as HTMLFormElement, 'reason').trim();
    isAsked.value = false;
    const body = { sosId: incident.sosId, ...(reason === '' ? {} : { reason }) };
    await store.live.client.command('sos.cancel', body, { timeoutMs: 600_000 });
  };
  return (
    <>
      <Button onPress={() => (isAsked.value = true)}>{t('sos.cancel')}</Button>
      <Dialog title={t('sos.cancel_title')} open={isAsked.value} onClose={() => (isAsked.value = false)}>
        <form onSubmit={submit}>
          <p>{t('sos.cancel_text')}</p>
          <label class="field">
            <span>{t('sos.cancel_reason')}</span>
            <input name="reason" maxLength={500} />
          </label>
          <footer>
            <button type="button" class="button" onClick={() => (isAsked.value = false)}>
              {t('sos.keep')}
            </button>
            <button type="submit" class="button danger">
              {t('sos.cancel')}
            </button>
          </footer>
        </form>
      </Dialog>
    </>
  );
}
