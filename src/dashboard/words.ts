import type { Status } from '../client/index.ts';
import type { SosView } from '../protocol/down.ts';
import type { ResponderLine } from './board.ts';

const SOS_STATUS: Readonly<Record<SosView['status'], string>> = {
  PENDING: 'Searching',
  ACCEPTED: 'On the way',
  IN_PROGRESS: 'On scene',
  RESOLVED: 'Resolved',
  CANCELLED: 'Cancelled',
  ESCALATED: 'Escalated: needs you',
};

export const statusWords = (status: SosView['status']): string => SOS_STATUS[status];

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
