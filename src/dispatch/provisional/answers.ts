import type { CommandKey } from '../store.ts';
import type { Stored } from '../writing.ts';
import type { AnyStep } from './steps.ts';

export const answerKey = ({ actorId, commandId }: Pick<CommandKey, 'actorId' | 'commandId'>): string =>
  `${actorId} ${commandId}`;

/** The answer that was given with a step; null: nobody had asked, it was time. */
export function answerIn(step: AnyStep): Stored | null {
  const { key, sosId } = step;
  if (!key) return null;
  const { about } = key;
  return 'text' in step
    ? { sosId, messageId: step.messageId, isProvisional: true, about }
    : { ...step.outcome, about };
}
