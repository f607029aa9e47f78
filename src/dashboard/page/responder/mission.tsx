import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { SosView } from '../../../protocol/down.ts';
import { type Mission, missionOf, type Step } from '../../mission.ts';
import { mapLinks } from '../../places.ts';
import { durationText } from '../../strings/format.ts';
import { t, tFor } from '../../strings/index.ts';
import { field } from '../dom.ts';
import { Chat } from '../phone/chat.tsx';
import type { Incident } from '../phone/incident.ts';
import { Unsaved } from '../phone/unsaved.tsx';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { confirmed, Dialog } from '../ui/dialog.tsx';
import { nowMs } from '../ui/now.ts';
import { toast } from '../ui/toast.tsx';
import type { ResponderStore } from './store.ts';
import { Way } from './way.tsx';

interface MissionProps {
  readonly store: ResponderStore;
  readonly incident: Incident;
}

/** An SOS that this person goes to: where it is, what to do next, and everybody's words. */
export function MissionView({ store, incident }: MissionProps) {
  const sos = incident.sos.value;
  const { userId } = store.session;
  if (!sos) return <p class="soft">{t('responder.loading')}</p>;
  const mission = missionOf(sos, userId);
  const nameOf = (id: string) => nameIn(sos, id);
  return (
    <>
      {sos.isDrill ? (
        <p class="notice" data-tone="drill">
          {t('phone.drill_long')}
        </p>
      ) : null}
      <Unsaved sos={sos} />
      <Stale store={store} />
      {store.inbox.value.isNudged ? (
        <p class="notice" data-tone="warning" role="alert">
          {t('responder.nudged')}
        </p>
      ) : null}
      <section class="panel mission" aria-labelledby="mission-title">
        <header class="row">
          <h2 id="mission-title">
            {tFor('phone', `type_${sos.emergencyType.toLowerCase()}`) ?? sos.emergencyType}
          </h2>
          {mission ? <Badge tone="busy">{t(`responder.stage_${mission.stage}`)}</Badge> : null}
          {mission ? (
            <Badge>
              {t(mission.role === 'PRIMARY' ? 'responder.mission_primary' : 'responder.mission_support')}
            </Badge>
          ) : null}
        </header>
        <p class="said-of">{sos.description ?? t('responder.no_description')}</p>
        {sos.addressText ? <p>{sos.addressText}</p> : null}
        <Way store={store} place={sos.point} />
        <div class="row">
          {mapLinks(sos.point, navigator.userAgent).map(({ program, href }) => (
            <a key={program} class="button" href={href} target="_blank" rel="noreferrer">
              {t(`responder.open_${program}`)}
            </a>
          ))}
          <Call sos={sos} />
        </div>
        {mission ? <Steps store={store} incident={incident} mission={mission} /> : null}
      </section>
      {mission ? <Others mission={mission} /> : null}
      <Chat
        talk={incident.talk.value}
        userId={userId}
        nameOf={nameOf}
        onSay={incident.say}
        onAgain={incident.again}
        onRead={incident.read}
      />
      <Withdraw store={store} incident={incident} />
    </>
  );
}

function nameIn(sos: SosView, id: string): string {
  if (id === sos.requesterId) return sos.requesterName ?? t('phone.requester');
  return sos.slots.find(({ holderId }) => holderId === id)?.holderName ?? t('phone.helper');
}

function Stale({ store: { live } }: { readonly store: ResponderStore }) {
  const since = live.openUntilMs.value;
  if (live.status.value.state === 'open' || since === null) return null;
  return (
    <p class="notice" data-tone="warning">
      {t('responder.stale_sos', { age: durationText(nowMs.value - since) })}
    </p>
  );
}

function Call({ sos }: { readonly sos: SosView }) {
  const number = sos.callbackNumber ?? sos.requesterPhone;
  if (!number) return null;
  return (
    <a class="button" href={`tel:${number.replace(/[^+\d]/g, '')}`}>
      {t('responder.call_requester', { who: sos.requesterName ?? number })}
    </a>
  );
}

interface StepsProps extends MissionProps {
  readonly mission: Mission;
}

/** The next step comes where the last one was: the second half of a double tap must not take it. */
const SETTLES_MS = 700;

function Steps({ store, incident, mission }: StepsProps) {
  const isFresh = useSignal(true);
  useEffect(() => {
    isFresh.value = true;
    const timer = setTimeout(() => {
      isFresh.value = false;
    }, SETTLES_MS);
    return () => clearTimeout(timer);
  }, [mission.next]);
  const take = async (step: Step) => {
    const isSure =
      step !== 'resolve' ||
      (await confirmed({
        title: t('responder.resolve_title'),
        text: t('responder.resolve_text'),
        action: t('responder.step_resolve'),
      }));
    if (isSure)
      await store.live.client.command(`sos.${step}`, { sosId: incident.sosId }, { timeoutMs: 600_000 });
  };
  return (
    <div class="steps">
      <StepButton
        label={t(`responder.step_${mission.next}`)}
        key={mission.next}
        disabled={isFresh.value}
        onPress={() => take(mission.next)}
        isNext
      />
      {mission.also.map((step) => (
        <StepButton
          key={step}
          label={t(`responder.step_${step}`)}
          disabled={isFresh.value}
          onPress={() => take(step)}
        />
      ))}
    </div>
  );
}

const StepButton = ({
  label,
  onPress,
  disabled,
  isNext = false,
}: {
  label: string;
  disabled: boolean;
  onPress: () => unknown;
  isNext?: boolean;
}) => (
  <Button look={isNext ? 'primary' : 'plain'} disabled={disabled} onPress={onPress}>
    {label}
  </Button>
);

function Others({ mission: { others } }: { readonly mission: Mission }) {
  return (
    <section class="panel" aria-labelledby="others-title">
      <h2 id="others-title">{t('responder.others')}</h2>
      {others.length === 0 ? <p class="soft">{t('responder.others_none')}</p> : null}
      <ul class="plain-list">
        {others.map(({ slot, holderName, role, departedAtMs, arrivedAtMs }) => (
          <li key={slot}>
            <strong>{holderName ?? t('phone.helper')}</strong>
            <span>{t(role === 'PRIMARY' ? 'responder.role_primary' : 'responder.role_support')}</span>
            <Badge tone="busy">
              {t(
                arrivedAtMs !== null
                  ? 'responder.stage_there'
                  : departedAtMs !== null
                    ? 'responder.stage_on_the_way'
                    : 'responder.stage_accepted',
              )}
            </Badge>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Withdraw({ store, incident }: MissionProps) {
  const isAsked = useSignal(false);
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const reason = field(event.currentTarget as HTMLFormElement, 'reason').trim();
    isAsked.value = false;
    const body = { sosId: incident.sosId, ...(reason === '' ? {} : { reason }) };
    await store.live.client.command('sos.withdraw', body, { timeoutMs: 600_000 });
    toast(t('responder.withdrawn'));
  };
  return (
    <>
      <Button look="quiet" onPress={() => (isAsked.value = true)}>
        {t('responder.withdraw')}
      </Button>
      <Dialog
        title={t('responder.withdraw_title')}
        open={isAsked.value}
        onClose={() => (isAsked.value = false)}
      >
        <form onSubmit={submit}>
          <p>{t('responder.withdraw_text')}</p>
          <label class="field">
            <span>{t('responder.withdraw_reason')}</span>
            <input name="reason" maxLength={500} />
          </label>
          <footer>
            <button type="submit" class="button danger">
              {t('responder.withdraw')}
            </button>
          </footer>
        </form>
      </Dialog>
    </>
  );
}
