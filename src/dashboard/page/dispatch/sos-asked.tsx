import type { SosView } from '../../../client/index.ts';
import { type Asked, type Candidate, inOrder, isAwaited, type PassedOver } from '../../candidates.ts';
import { distanceText, durationText } from '../../strings/format.ts';
import { t, tFor } from '../../strings/index.ts';
import { Button } from '../ui/button.tsx';
import { Countdown } from '../ui/times.tsx';
import { act } from './act.ts';
import type { Desk } from './desk.ts';

interface AskedProps {
  readonly desk: Desk;
  readonly sos: SosView;
  readonly asked: Asked;
}

const PERCENT = new Intl.NumberFormat('en', { style: 'percent' });
const MOST_PASSED = 40;

/** Who was considered, by what score and with what answer; and who was passed over, and why. */
export function SosAsked({ desk, sos, asked }: AskedProps) {
  const candidates = inOrder(asked);
  if (candidates.length === 0 && asked.passedOver.people.length === 0)
    return <p class="empty">{t('incident.asked_none')}</p>;
  return (
    <div class="asked">
      {asked.scene ? (
        <p class="soft small">
          {t(asked.scene.isNight ? 'incident.asked_scene_night' : 'incident.asked_scene_day', {
            n: asked.scene.around,
          })}{' '}
          {t('incident.score_is')}
        </p>
      ) : null}
      {candidates.length > 0 ? <h3>{t('incident.asked_title')}</h3> : null}
      <ol>
        {candidates.map((candidate) => (
          <Considered key={candidate.responderId} desk={desk} sos={sos} candidate={candidate} />
        ))}
      </ol>
      <Passed desk={desk} passedOver={asked.passedOver} />
    </div>
  );
}

interface ConsideredProps {
  readonly desk: Desk;
  readonly sos: SosView;
  readonly candidate: Candidate;
}

function Considered({ desk, sos, candidate }: ConsideredProps) {
  const { responderId, score, offer, wave } = candidate;
  const who = desk.names.nameOf(responderId);
  const isHolder = sos.slots.some(({ holderId }) => holderId === responderId);
  return (
    <li data-offer={offer?.state ?? 'none'}>
      <div class="flow">
        <strong class="clip">{who}</strong>
        <span class="soft small">{t('work.wave', { n: wave })}</span>
        <span class="space" />
        <span class="answer">{answerWords(candidate)}</span>
        {offer && isAwaited(candidate) ? <Countdown untilMs={offer.expiresAtMs} /> : null}
      </div>
      <dl class="score">
        <div>
          <dt>{t('incident.asked_score')}</dt>
          <dd>{durationText(score.scoreMs)}</dd>
        </div>
        <div>
          <dt>{t('incident.asked_arrives')}</dt>
          <dd>{durationText(score.etaMs)}</dd>
        </div>
        <div>
          <dt>{t('incident.asked_chance')}</dt>
          <dd>{PERCENT.format(score.pArrive)}</dd>
        </div>
      </dl>
      <details>
        <summary>{t('incident.asked_why')}</summary>
        <ul class="small">
          {reasonsOf(candidate).map(([ms, why]) => (
            <li key={why}>
              <b>{durationText(ms)}</b> {why}
            </li>
          ))}
        </ul>
      </details>
      {sos.closedAtMs === null && !isHolder ? (
        <Button
          label={`${t('incident.cmd_assign')} ${who}`}
          onPress={() => act(desk, sos, { kind: 'sos.assign', responderId })}
        >
          {t('incident.cmd_assign')}
        </Button>
      ) : null}
    </li>
  );
}

function answerWords({ offer }: Candidate): string {
  if (!offer) return t('incident.asked_not');
  const because = offer.reason === null ? null : tFor('incident', `offer_closed_${offer.reason}`);
  return because ?? t(`incident.offer_${offer.state}`);
}

/** The terms of the score, each as the time that it counts. */
function reasonsOf({ score }: Candidate): [number, string][] {
  return [
    [score.turnoutMs, t('incident.score_turnout')],
    [
      score.travelMs,
      t('incident.score_travel', { distance: distanceText(score.distanceM), speed: score.speedMps }),
    ],
    [score.silenceMs, t('incident.score_silence', { accepted: score.accepted, asked: score.asked })],
    [score.fairnessMs, t('incident.score_fairness', { alerts7: score.alerts7, alerts30: score.alerts30 })],
  ];
}

function Passed({ desk, passedOver }: { readonly desk: Desk; readonly passedOver: PassedOver }) {
  const { people, counts } = passedOver;
  const named: Record<string, number> = {};
  for (const { reason } of people) named[reason] = (named[reason] ?? 0) + 1;
  const rest = Object.entries(counts)
    .map(([reason, n]) => [reason, n - (named[reason] ?? 0)] as const)
    .filter(([, n]) => n > 0);
  if (people.length === 0 && rest.length === 0) return null;
  const why = (reason: string) => tFor('incident', `why_${reason}`) ?? reason;
  return (
    <>
      <h3>{t('incident.passed_title')}</h3>
      <ul class="passed small">
        {people.slice(0, MOST_PASSED).map(({ responderId, reason, distanceM }) => (
          <li key={responderId}>
            <span class="clip">{desk.names.nameOf(responderId)}</span>
            <span class="soft">{distanceText(distanceM)}</span>
            <span>{why(reason)}</span>
          </li>
        ))}
      </ul>
      {rest.length > 0 ? (
        <p class="soft small">
          {t('incident.passed_more', { what: rest.map(([reason, n]) => `${n} ${why(reason)}`).join(', ') })}
        </p>
      ) : null}
    </>
  );
}
