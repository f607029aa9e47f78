import type { StreamEvent } from '../protocol/down.ts';
import { distanceText, timeText } from './strings/format.ts';
import { t, tFor } from './strings/index.ts';

export type StoryTone = 'bad' | 'good' | 'act' | 'plain';

/** One event in words. */
export interface Told {
  readonly text: string;
  /** In the words of whoever did it; null: nothing was said. */
  readonly said: string | null;
  readonly tone: StoryTone;
  /** Whether somebody did it; false: it followed from what somebody did, or from time. */
  readonly isAct: boolean;
}

type NameOf = (id: string) => string;
type Words = string | readonly [text: string, said: string | null];
type Teller<E extends StreamEvent> = (data: E['data'], nameOf: NameOf) => Words;
type Tellers = {
  readonly [T in StreamEvent['type']]?: Teller<Extract<StreamEvent, { type: T }>>;
};

const stepWords = (step: string) => tFor('incident', `step_${step}`) ?? step;
const whyWords = (why: string) => tFor('incident', `why_${why}`) ?? why;
const countOf = (some: number | readonly unknown[]) => (typeof some === 'number' ? some : some.length);

const TELLERS: Tellers = {
  'sos.created': (data) => {
    const what = {
      type: t(`work.type_${data.emergencyType}`),
      priority: t(`work.priority_${data.priority}`),
    };
    return [t(`incident.ev_created_${data.origin}`, what), data.description];
  },
  'sos.wave_sent': ({ wave, offers, radiusM }) => {
    const n = countOf(offers);
    const where = { wave, radius: distanceText(radiusM) };
    return n === 0 ? t('incident.ev_wave_nobody', where) : t('incident.ev_wave', { ...where, n });
  },
  'sos.offers_received': ({ delivered, seen }) => {
    const [has, looked] = [countOf(delivered), countOf(seen)];
    const words = [
      has > 0 ? t('incident.ev_received', { n: has }) : null,
      looked > 0 ? t('incident.ev_seen', { n: looked }) : null,
    ];
    return words.filter((one) => one !== null).join('; ');
  },
  'sos.offer_declined': ({ responderId }, nameOf) =>
    t('incident.ev_declined', { who: responderId ? nameOf(responderId) : '–' }),
  'sos.offers_expired': ({ offerIds }) => t('incident.ev_expired', { n: offerIds.length }),
  'sos.offers_unreached': ({ offerIds }) => t('incident.ev_unreached', { n: offerIds.length }),
  'sos.offers_closed': ({ offerIds, reason }) =>
    t('incident.ev_closed', { n: offerIds.length, why: t(`incident.close_${reason}`) }),
  'sos.accepted': ({ responderId, distanceM }, nameOf) =>
    t('incident.ev_accepted', { who: nameOf(responderId), distance: distanceText(distanceM) }),
  'sos.reserve_joined': ({ responderId }, nameOf) =>
    t('incident.ev_reserve', { who: responderId ? nameOf(responderId) : '–' }),
  'sos.holder_assigned': ({ responderId, despite }, nameOf) =>
    despite === null
      ? t('incident.ev_assigned', { who: nameOf(responderId) })
      : t('incident.ev_assigned_despite', { who: nameOf(responderId), why: whyWords(despite) }),
  'sos.withdrawn': ({ responderId, reason }, nameOf) => [
    t('incident.ev_withdrawn', { who: nameOf(responderId) }),
    reason,
  ],
  'sos.holder_released': ({ responderId, reason }, nameOf) => [
    t('incident.ev_released', { who: nameOf(responderId) }),
    reason,
  ],
  'sos.holder_promoted': ({ responderId }, nameOf) => t('incident.ev_promoted', { who: nameOf(responderId) }),
  'sos.departed': ({ responderId }, nameOf) => t('incident.ev_departed', { who: nameOf(responderId) }),
  'sos.arrived': ({ responderId }, nameOf) => t('incident.ev_arrived', { who: nameOf(responderId) }),
  'sos.holder_nudged': ({ responderId }, nameOf) => t('incident.ev_nudged', { who: nameOf(responderId) }),
  'sos.slot_added': () => t('incident.ev_slot_added'),
  'sos.started': ({ responderId }, nameOf) => t('incident.ev_started', { who: nameOf(responderId) }),
  'sos.resolved': () => t('incident.ev_resolved'),
  'sos.cancelled': ({ reason, mergedInto }) =>
    mergedInto === null ? [t('incident.ev_cancelled'), reason] : [t('incident.ev_merged'), reason],
  'sos.escalated': ({ reason, step }) => t(`incident.ev_escalated_${reason}`, { step: stepWords(step) }),
  'sos.taken_over': ({ ownerId }, nameOf) => t('incident.ev_taken_over', { who: nameOf(ownerId) }),
  'sos.held': ({ untilMs, reason }) => [t('incident.ev_held', { time: timeText(untilMs) }), reason],
  'sos.unheld': () => t('incident.ev_unheld'),
  'sos.reopened': ({ reason }) => [t('incident.ev_reopened'), reason],
  'sos.joined': () => t('incident.ev_joined'),
  'sos.handed_off': ({ service, state, reference, note }) => [
    t(`incident.ev_handed_off_${state}`, { service }),
    [reference, note].filter((one) => one !== null).join(' · ') || null,
  ],
};

const TONES: Partial<Record<StreamEvent['type'], StoryTone>> = {
  'sos.escalated': 'bad',
  'sos.withdrawn': 'bad',
  'sos.offer_declined': 'bad',
  'sos.holder_nudged': 'bad',
  'sos.cancelled': 'bad',
  'sos.accepted': 'good',
  'sos.departed': 'good',
  'sos.arrived': 'good',
  'sos.started': 'good',
  'sos.resolved': 'good',
  'sos.holder_assigned': 'act',
  'sos.holder_released': 'act',
  'sos.taken_over': 'act',
  'sos.held': 'act',
  'sos.unheld': 'act',
  'sos.reopened': 'act',
  'sos.handed_off': 'act',
};

/** What follows from an act, and would look like one with the name of whoever that was. */
const FOLLOWING: ReadonlySet<string> = new Set<StreamEvent['type']>([
  'sos.wave_sent',
  'sos.offers_received',
  'sos.offers_closed',
  'sos.holder_promoted',
  'sos.slot_added',
]);

/** What happened in words, with everybody by name. Null: there are no words for it on this page. */
export function told(event: StreamEvent, nameOf: NameOf): Told | null {
  const teller = TELLERS[event.type] as Teller<StreamEvent> | undefined;
  if (!teller) return null;
  const words = teller(event.data, nameOf);
  const [text, said] = typeof words === 'string' ? [words, null] : words;
  const isAct = event.actorId !== null && !FOLLOWING.has(event.type);
  return text === '' ? null : { text, said, tone: TONES[event.type] ?? 'plain', isAct };
}

/** Why it was refused and what to do, in words for dispatchers where there are any. */
export const refusalWords = (code: string, message: string, advice: string): string =>
  tFor('incident', `refused_${code}`) ?? `${message} ${advice}`;

/** Everybody whom an event names. */
export function peopleIn(event: StreamEvent): string[] {
  const data = event.data as Record<string, unknown>;
  const named = [event.actorId, data.responderId, data.ownerId, data.from, data.requesterId, data.raisedBy];
  const offers = Array.isArray(data.offers) ? data.offers : [];
  const match = (data.match ?? {}) as { candidates?: unknown; excluded?: unknown };
  const considered = Array.isArray(match.candidates) ? match.candidates : [];
  const excluded = Array.isArray(match.excluded) ? match.excluded.map((row: unknown[]) => row[0]) : [];
  return [
    ...named,
    ...[...offers, ...considered].map((one: { responderId?: unknown }) => one.responderId),
    ...excluded,
  ].filter((id): id is string => typeof id === 'string');
}
