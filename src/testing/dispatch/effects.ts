import type { PersonCommandKind } from '../../dispatch/person-command.ts';
import type { Audit, AuditEvent } from './audit.ts';
import type { Answered } from './crowd.ts';

const EVENT_OF = {
  'sos.create': 'sos.created',
  // Of whoever begins to help it is known that they are there; the status follows the primary alone.
  'sos.start': 'sos.arrived',
  'sos.resolve': 'sos.resolved',
  'sos.cancel': 'sos.cancelled',
  'sos.withdraw': 'sos.withdrawn',
  'sos.escalate': 'sos.escalated',
  'offer.accept': 'sos.accepted',
  'offer.decline': 'sos.offer_declined',
  'chat.send': 'chat.message',
} as const satisfies Partial<Record<PersonCommandKind, string>>;

/** What was answered, against what the log holds: each acknowledged command took effect exactly once. */
export function effectFaults(
  { events, clientIds }: Audit,
  answered: readonly Answered[],
  stored: ReadonlySet<string>,
): string[] {
  const faults: string[] = [];
  for (const { person, command, outcome } of answered) {
    const [kind, body] = command;
    if (!outcome) {
      if (stored.has(body.id)) faults.push(`${kind} was refused and carried out`);
      continue;
    }
    if (kind === 'sos.create' && clientIds.get(outcome.sosId) !== body.id)
      faults.push(`an acknowledged SOS is lost`);
    const mine = events.filter((event) => isEffect(event, person.userId, command, outcome));
    const expected = kind === 'sos.escalate' ? sameCommands(answered, person.userId, outcome.sosId) : 1;
    if (mine.length === 0 && holdsByAnotherOffer(events, person.userId, command, outcome)) continue;
    if (mine.length !== expected)
      faults.push(`${kind} took effect ${mine.length} times instead of ${expected}`);
  }
  const messages = events.filter((event) => event.kind === 'chat').length;
  const said = answered.filter(({ command, outcome }) => command[0] === 'chat.send' && outcome).length;
  if (messages !== said) faults.push(`${messages} chat messages of ${said}`);
  return faults;
}

/** Who holds a place already by an earlier offer of the same SOS is told so once more, and nothing happens. */
function holdsByAnotherOffer(
  events: readonly AuditEvent[],
  userId: string,
  [kind, body]: Answered['command'],
  outcome: NonNullable<Answered['outcome']>,
): boolean {
  return (
    kind === 'offer.accept' &&
    events.some(
      ({ stream_id, type, actor_id, data }) =>
        stream_id === outcome.sosId &&
        type === eventOf(kind, outcome) &&
        actor_id === userId &&
        data.offerId !== body.offerId,
    )
  );
}

function eventOf(kind: PersonCommandKind, { as }: NonNullable<Answered['outcome']>): string | undefined {
  if (kind === 'offer.accept' && as === 'RESERVE') return 'sos.reserve_joined';
  return (EVENT_OF as Partial<Record<PersonCommandKind, string>>)[kind];
}

function isEffect(
  event: AuditEvent,
  userId: string,
  [kind, body]: Answered['command'],
  outcome: NonNullable<Answered['outcome']>,
): boolean {
  if (event.stream_id !== outcome.sosId || event.type !== eventOf(kind, outcome)) return false;
  // Closed already by somebody else counts as done; so does what was done before.
  if (kind === 'sos.resolve' || kind === 'sos.cancel') return true;
  if (event.actor_id !== userId) return false;
  if (kind === 'offer.accept' || kind === 'offer.decline') return event.data.offerId === body.offerId;
  if (kind === 'chat.send') return event.data.messageId === outcome.messageId;
  return true;
}

function sameCommands(answered: readonly Answered[], userId: string, sosId: string): number {
  return answered.filter(
    ({ person, command, outcome }) =>
      command[0] === 'sos.escalate' && person.userId === userId && outcome?.sosId === sosId,
  ).length;
}
