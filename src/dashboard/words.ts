import type { Status } from '../client/index.ts';
import type { SosView } from '../protocol/down.ts';
import type { AlertLine, ResponderLine } from './board.ts';

const SOS_STATUS: Readonly<Record<SosView['status'], string>> = {
  PENDING: 'Searching',
  ACCEPTED: 'On the way',
  IN_PROGRESS: 'On scene',
  RESOLVED: 'Resolved',
  CANCELLED: 'Cancelled',
  ESCALATED: 'Escalated: needs you',
};

/** How an SOS stands; of a drill and of one that nobody pressed that it is one, and of one on hold that nobody is asked. */
export function statusWords({
  status,
  isDrill,
  origin,
  holdUntilMs,
}: Pick<SosView, 'status' | 'isDrill' | 'origin' | 'holdUntilMs'>): string {
  const words = holdUntilMs === null ? SOS_STATUS[status] : 'On hold';
  if (origin === 'machine') return `By a machine: ${words}`;
  return isDrill ? `Drill: ${words}` : words;
}

const ALERT_STATE: Readonly<Record<AlertLine['state'], string>> = {
  open: 'Nobody looks after it',
  acknowledged: 'Acknowledged',
  assigned: 'Assigned',
  resolved: 'Resolved',
  cleared: 'Over',
};

/** How an alert stands, and what becomes of an SOS for it: `Acknowledged; an SOS follows in 12 s`. */
export function alertWords({ state, escalationLevel, sos }: AlertLine, nowMs: number): string {
  const words =
    escalationLevel > 0 && state === 'open' ? `${ALERT_STATE[state]}: escalated` : ALERT_STATE[state];
  switch (sos.state) {
    case 'pending':
      return `${words}; an SOS follows in ${ageWords((sos.untilMs ?? nowMs) - nowMs)}`;
    case 'opened':
      return `${words}; SOS ${shortId(sos.sosId ?? '')}`;
    case 'no_position':
      return `${words}; nobody knows where the person is`;
    default:
      return words;
  }
}

/** Who comes, the primary first: `1 of 3: 12345678 on the way`. */
export function slotsWords({ slots }: Pick<SosView, 'slots'>): string {
  const comes = slots.flatMap(({ holderId, departedAtMs, arrivedAtMs }) => {
    if (holderId === null) return [];
    const how = arrivedAtMs !== null ? 'there' : departedAtMs !== null ? 'on the way' : 'accepted';
    return [`${shortId(holderId)} ${how}`];
  });
  return comes.length === 0 ? 'nobody yet' : `${comes.length} of ${slots.length}: ${comes.join(', ')}`;
}

/** `NATURAL_DISASTER` → `Natural disaster`. */
export function plainWords(constant: string): string {
  const words = constant.toLowerCase().replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** An age as two units at most: `7 s`, `3 min 20 s`, `2 h 5 min`, `4 d`. */
export function ageWords(ageMs: number): string {
  const s = Math.max(0, Math.floor(ageMs / 1000));
  if (s < 60) return `${s} s`;
  if (s < 3_600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  if (s < 86_400) return `${Math.floor(s / 3_600)} h ${Math.floor((s % 3_600) / 60)} min`;
  return `${Math.floor(s / 86_400)} d`;
}

/** The end of an id, which differs most between ids made at about the same time. */
export const shortId = (id: string): string => id.slice(-8);

export function responderWords({ verified, available, free }: ResponderLine): string {
  if (!verified) return 'Not verified';
  if (!free) return 'With an SOS';
  return available ? 'Available' : 'Off duty';
}

/** Where the connection stands, in a sentence. */
export function connectionWords(status: Status, nowMs: number): string {
  switch (status.state) {
    case 'connecting':
      return 'Connecting …';
    case 'open':
      return 'Connected. What you see is live.';
    case 'waiting': {
      const inS = Math.max(0, Math.ceil((status.retryAtMs - nowMs) / 1000));
      return `Not connected (${plainWords(status.reason)}). What you see may be old. Next try in ${inS} s.`;
    }
    case 'closed':
      return `Disconnected: ${plainWords(status.reason)}.`;
  }
}
