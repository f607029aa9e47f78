import { durationText, momentText } from '../../strings/format.ts';
import { t } from '../../strings/index.ts';
import { nowMs } from './now.ts';

interface AgeProps {
  readonly sinceMs: number;
  /** From this age on it is shown as old. */
  readonly staleAfterMs?: number;
  /** With "ago" behind it. */
  readonly ago?: boolean;
}

/** How long ago something was, kept up to date; the exact moment is its title. */
export function Age({ sinceMs, staleAfterMs = Number.POSITIVE_INFINITY, ago = false }: AgeProps) {
  const ageMs = nowMs.value - sinceMs;
  const age = durationText(ageMs);
  return (
    <time
      class="age"
      dateTime={new Date(sinceMs).toISOString()}
      title={momentText(sinceMs)}
      data-stale={String(ageMs > staleAfterMs)}
    >
      {ago ? t('ui.ago', { age }) : age}
    </time>
  );
}

interface CountdownProps {
  readonly untilMs: number;
  /** From this much left on it is shown as urgent. */
  readonly urgentBelowMs?: number;
  /** What is said when it is over; not given: "now". */
  readonly over?: string;
}

/** How long until something happens, kept up to date. */
export function Countdown({ untilMs, urgentBelowMs = 15_000, over = t('ui.due_now') }: CountdownProps) {
  const leftMs = untilMs - nowMs.value;
  return (
    <time
      class="countdown"
      role="timer"
      data-urgent={String(leftMs < urgentBelowMs)}
      dateTime={new Date(untilMs).toISOString()}
    >
      {leftMs <= 0 ? over : durationText(leftMs + 999)}
    </time>
  );
}
