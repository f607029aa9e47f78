import type { SosEventType } from '../machine/events.ts';
import type { SosStatus } from '../machine/state.ts';

export const STATUSES = ['PENDING', 'ACCEPTED', 'IN_PROGRESS', 'ESCALATED', 'RESOLVED', 'CANCELLED'] as const;

const STAYS = 'stays';
/** To which statuses an event may lead from each; a status that is missing: it never happens there. */
type Row = Partial<Record<SosStatus, readonly (SosStatus | typeof STAYS)[]>>;

const inAll = (statuses: readonly SosStatus[]): Row =>
  Object.fromEntries(statuses.map((status) => [status, [STAYS]]));
const whileOpen = inAll(['PENDING', 'ACCEPTED', 'IN_PROGRESS', 'ESCALATED']);
const always = inAll(STATUSES);
/** Of a support slot it changes nothing; of the primary's it changes the status. */
const taken: Row = {
  PENDING: ['ACCEPTED', STAYS],
  ACCEPTED: [STAYS],
  IN_PROGRESS: [STAYS],
  ESCALATED: ['ACCEPTED', STAYS],
};
const given: Row = {
  PENDING: [STAYS],
  ACCEPTED: ['PENDING', STAYS],
  IN_PROGRESS: ['PENDING', STAYS],
  ESCALATED: [STAYS],
};
const ends = (status: 'RESOLVED' | 'CANCELLED'): Row => ({
  PENDING: [status],
  ACCEPTED: [status],
  IN_PROGRESS: [status],
  ESCALATED: [status],
});

/** The complete table of states and events. Does not compile while an event is missing. */
export const TRANSITIONS: Record<Exclude<SosEventType, 'sos.created'>, Row> = {
  'sos.wave_sent': whileOpen,
  'sos.offers_received': whileOpen,
  'sos.offer_declined': always,
  'sos.offers_expired': whileOpen,
  'sos.offers_unreached': whileOpen,
  'sos.offers_closed': whileOpen,
  'sos.accepted': taken,
  'sos.reserve_joined': inAll(['ACCEPTED', 'IN_PROGRESS']),
  'sos.holder_assigned': taken,
  'sos.withdrawn': given,
  'sos.holder_released': given,
  'sos.holder_promoted': { PENDING: ['ACCEPTED'], ESCALATED: ['ACCEPTED'] },
  'sos.departed': whileOpen,
  'sos.arrived': whileOpen,
  'sos.holder_nudged': whileOpen,
  'sos.slot_added': whileOpen,
  'sos.started': { ACCEPTED: ['IN_PROGRESS'] },
  'sos.resolved': ends('RESOLVED'),
  'sos.cancelled': ends('CANCELLED'),
  'sos.escalated': {
    PENDING: ['ESCALATED', STAYS],
    ACCEPTED: [STAYS],
    IN_PROGRESS: [STAYS],
    ESCALATED: [STAYS],
  },
  'sos.taken_over': whileOpen,
  'sos.held': whileOpen,
  'sos.unheld': whileOpen,
  'sos.reopened': { RESOLVED: ['PENDING'], CANCELLED: ['PENDING'] },
  'sos.joined': whileOpen,
  'sos.handed_off': whileOpen,
};

/** Whether the table has this `STATUS event STATUS`. */
export function isTransition(text: string): boolean {
  const [from, type, to] = text.split(' ') as [SosStatus | '-', SosEventType, SosStatus];
  if (type === 'sos.created') return from === '-' && to === 'PENDING';
  const targets = from === '-' ? undefined : TRANSITIONS[type][from];
  return targets?.some((target) => (target === STAYS ? from : target) === to) ?? false;
}

/** The table as SPEC.md shows it. */
export function transitionsTable(): string {
  const cell = (row: Row, status: SosStatus) => row[status]?.join(' or ') ?? '–';
  const rows = Object.entries(TRANSITIONS).map(
    ([type, row]) => `| \`${type}\` | ${STATUSES.map((status) => cell(row, status)).join(' | ')} |`,
  );
  return [
    `| event | ${STATUSES.join(' | ')} |`,
    `| --- | ${STATUSES.map(() => '---').join(' | ')} |`,
    ...rows,
  ].join('\n');
}
