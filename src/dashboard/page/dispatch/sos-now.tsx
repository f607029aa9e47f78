import type { SosView } from '../../../client/index.ts';
import { type Asked, type Climb, type Deadline, deadlinesOf } from '../../candidates.ts';
import { durationText } from '../../strings/format.ts';
import { t, tFor } from '../../strings/index.ts';
import { Button } from '../ui/button.tsx';
import { nowMs } from '../ui/now.ts';
import { Countdown } from '../ui/times.tsx';
import { act } from './act.ts';
import type { Desk } from './desk.ts';

interface NextProps {
  readonly sos: SosView;
  readonly asked: Asked;
  readonly climb: Climb;
}

/** What happens by itself, the soonest first, with the time that is left. */
export function SosNext({ sos, asked, climb }: NextProps) {
  if (sos.closedAtMs !== null) return null;
  const deadlines = deadlinesOf(sos, asked, climb);
  return (
    <section class="sos-next" aria-labelledby="sos-next">
      <h3 id="sos-next">{t('incident.next')}</h3>
      {deadlines.length === 0 ? <p class="soft">{t('incident.next_none')}</p> : null}
      <ul>
        {deadlines.map((deadline) => (
          <li key={deadline.what}>
            <span>{deadlineWords(deadline)}</span>
            <Countdown untilMs={deadline.atMs} urgentBelowMs={10_000} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function deadlineWords({ what, detail }: Deadline): string {
  switch (what) {
    case 'offers_run_out':
      return t('incident.due_offers', { n: Number(detail) });
    case 'next_wave':
      return t('incident.due_next_wave', { n: Number(detail) });
    case 'hold_ends':
      return t('incident.due_hold_ends');
    case 'ladder':
      return t('incident.due_ladder', { step: tFor('incident', `step_${detail}`) ?? String(detail) });
  }
}

interface SlotsProps {
  readonly desk: Desk;
  readonly sos: SosView;
  /** It is looked at as it was: nobody is released, and nothing is so many seconds old. */
  readonly isPast?: boolean;
}

/** Who is wanted and who comes, the primary first. */
export function SosSlots({ desk, sos, isPast = false }: SlotsProps) {
  return (
    <section class="sos-slots" aria-labelledby="sos-slots">
      <h3 id="sos-slots">{t('incident.slots')}</h3>
      <ul>
        {sos.slots.map((slot) => (
          <li key={slot.slot} data-held={String(slot.holderId !== null)}>
            <span class="who">
              <strong>{slot.holderId ? desk.names.nameOf(slot.holderId) : t('incident.slot_empty')}</strong>
              <span class="soft small">
                {t(`incident.slot_${slot.role}`)}
                {slot.behind === null ? '' : `, ${t('incident.slot_behind')}`}
                {slot.holderId ? ` · ${isPast ? phaseWords(slot) : sinceWords(slot)}` : ''}
              </span>
            </span>
            {slot.holderId && !isPast ? (
              <HolderActions desk={desk} sos={sos} holderId={slot.holderId} />
            ) : null}
          </li>
        ))}
      </ul>
    </section>
  );
}

interface HolderProps {
  readonly desk: Desk;
  readonly sos: SosView;
  readonly holderId: string;
}

function HolderActions({ desk, sos, holderId }: HolderProps) {
  const phone = desk.names.known(holderId)?.phone ?? null;
  const who = desk.names.nameOf(holderId);
  return (
    <span class="row">
      {phone ? (
        <a class="button quiet" href={`tel:${phone.replaceAll(/[^+\d]/g, '')}`}>
          {phone}
        </a>
      ) : null}
      {sos.closedAtMs === null ? (
        <Button
          label={t('incident.cmd_release', { who })}
          onPress={() => act(desk, sos, { kind: 'sos.release', responderId: holderId })}
        >
          {t('incident.cmd_release_short')}
        </Button>
      ) : null}
    </span>
  );
}

function sinceWords({ heldAtMs, departedAtMs, arrivedAtMs }: SosView['slots'][number]): string {
  const age = (sinceMs: number) => durationText(nowMs.value - sinceMs);
  if (arrivedAtMs !== null) return t('incident.slot_arrived', { age: age(arrivedAtMs) });
  if (departedAtMs !== null) return t('incident.slot_departed', { age: age(departedAtMs) });
  return t('incident.slot_accepted', { age: age(heldAtMs ?? nowMs.value) });
}

function phaseWords({ departedAtMs, arrivedAtMs }: SosView['slots'][number]): string {
  if (arrivedAtMs !== null) return t('incident.phase_there');
  return departedAtMs !== null ? t('incident.phase_under_way') : t('incident.phase_accepted');
}
