import type { JobView, SentInvitation, SuspiciousActivity } from '../client/index.ts';
import { durationText } from './strings/format.ts';
import { t, tFor } from './strings/index.ts';
import { plainWords } from './words.ts';

export type JobTone = 'good' | 'busy' | 'high' | 'critical';

/** How a job does, in a word and a colour. */
export function jobLook({ running, failures, lastError, dueAtMs }: JobView, nowMs: number) {
  if (running) return { tone: 'busy', words: t('admin.job_running') } as const;
  if (failures > 0)
    return {
      tone: failures > 3 ? 'critical' : 'high',
      words: t('admin.job_failing', { n: failures, code: lastError ?? '?' }),
    } as const;
  const lateMs = nowMs - dueAtMs;
  if (lateMs > LATE_MS)
    return { tone: 'high', words: t('admin.job_late', { age: durationText(lateMs) }) } as const;
  return { tone: 'good', words: t('admin.job_well') } as const;
}

/** Nodes look for what is due every second. */
const LATE_MS = 60_000;

/** What became of an invitation. */
export function invitationState(
  { acceptedAtMs, expiresAtMs }: SentInvitation,
  nowMs: number,
): 'accepted' | 'open' | 'over' {
  if (acceptedAtMs !== null) return 'accepted';
  return expiresAtMs > nowMs ? 'open' : 'over';
}

/** What looks wrong, in words: what it is, and what is known of it. */
export function activityWords({ type, details }: Pick<SuspiciousActivity, 'type' | 'details'>): {
  readonly title: string;
  readonly detail: string;
} {
  const title = tFor('admin', `activity_${type}`) ?? plainWords(type);
  const detail = Object.entries(details)
    .map(([name, value]) => `${tFor('admin', `detail_${name}`) ?? plainWords(name)}: ${String(value)}`)
    .join(' · ');
  return { title, detail };
}

/** `read vitals`, as an entry of the audit log is said. */
export const actionWords = ({
  action,
  resourceKind,
}: {
  readonly action: string;
  readonly resourceKind: string;
}): string => `${plainWords(action)}: ${plainWords(resourceKind).toLowerCase()}`;

/** How many others an entry of the audit log is about than the one who is named in it, if any; '' for none. */
export const othersWords = ({
  subjectUserId,
  subjects = subjectUserId === null ? 0 : 1,
}: {
  readonly subjectUserId: string | null;
  readonly subjects?: number | undefined;
}): string => {
  if (subjectUserId === null) return subjects === 0 ? '' : t('admin.audit_people', { n: subjects });
  return subjects < 2 ? '' : t('admin.audit_others', { n: subjects - 1 });
};
