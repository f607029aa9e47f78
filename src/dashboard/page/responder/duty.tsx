import { silentBecause } from '../../shifts.ts';
import { distanceText, durationText } from '../../strings/format.ts';
import { t } from '../../strings/index.ts';
import { isSilent, tryAlarm, unlockSound } from '../phone/alarm.ts';
import { Button } from '../ui/button.tsx';
import { nowMs } from '../ui/now.ts';
import { toast } from '../ui/toast.tsx';
import type { Papers, ResponderStore } from './store.ts';

interface DutyProps {
  readonly store: ResponderStore;
  readonly papers: Papers;
}

/** The one switch that matters: whether somebody may be asked, and what stands in the way. */
export function DutyPanel({ store, papers }: DutyProps) {
  const isOn = store.isOnDuty.value;
  return (
    <section class="panel duty" data-on={String(isOn)} aria-labelledby="duty-title">
      <h2 id="duty-title">{t(isOn ? 'responder.on_duty' : 'responder.off_duty')}</h2>
      <p>{t(isOn ? 'responder.on_duty_help' : 'responder.off_duty_help')}</p>
      <button
        type="button"
        class={`button ${isOn ? 'plain' : 'primary'} big`}
        onClick={() => void store.setDuty(!isOn)}
      >
        {t(isOn ? 'responder.go_off_duty' : 'responder.go_on_duty')}
      </button>
      {isOn ? <Hindrances store={store} papers={papers} /> : null}
      <div class="row">
        <Button onPress={tryAlarm}>{t('responder.try_alarm')}</Button>
        <Button onPress={() => drill(store)}>{t('responder.drill')}</Button>
      </div>
      <p class="soft small">{t('responder.drill_help')}</p>
    </section>
  );
}

function Hindrances({ store, papers }: DutyProps) {
  const { duty, profile } = papers;
  const silent = duty && silentBecause(duty, profile.timezone, nowMs.value);
  return (
    <>
      {profile.volunteer?.verified ? null : <Warning text={t('responder.not_verified_duty')} />}
      {silent ? <Warning text={t(`responder.silent_${silent}`)} /> : null}
      {isSilent.value ? (
        <div class="notice" data-tone="warning">
          <p>{t('responder.sound_off')}</p>
          <Button look="quiet" onPress={unlockSound}>
            {t('responder.sound_on')}
          </Button>
        </div>
      ) : null}
      <Where store={store} />
    </>
  );
}

const Warning = ({ text }: { readonly text: string }) => (
  <p class="notice" data-tone="warning">
    {text}
  </p>
);

function Where({ store }: { readonly store: ResponderStore }) {
  const here = store.position.here.value;
  const problem = store.position.problem.value;
  if (problem && (problem !== 'slow' || !here))
    return <Warning text={`${t(`phone.position_${problem}`)} ${t('responder.no_position')}`} />;
  if (!here) return <p class="soft small">{t('phone.position_searching')}</p>;
  // Read so that it is drawn again with the clock: what is not sent changes without a word.
  const age = durationText(nowMs.value - here.atMs);
  const { unacknowledged } = store.live.client.telemetry;
  return (
    <p class="soft small">
      {unacknowledged > 0
        ? t('responder.position_unsent', { n: unacknowledged })
        : t('responder.position_sent', {
            age,
            accuracy: t('phone.accuracy', { distance: distanceText(here.accuracyM) }),
          })}
    </p>
  );
}

async function drill(store: ResponderStore): Promise<void> {
  void unlockSound();
  const here = store.position.here.value;
  if (!here) {
    toast(t('responder.no_drill'), { tone: 'problem' });
    return;
  }
  await store.live.client.command('sos.create', {
    emergencyType: 'MEDICAL',
    priority: 'HIGH',
    point: { lat: here.lat, lng: here.lng },
    isDrill: true,
  });
  toast(t('responder.drill_sent'));
}
