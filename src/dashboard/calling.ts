import { z } from 'zod';
import { emergencyType, point, text, uuid } from '../protocol/fields.ts';
import { LIMITS } from '../protocol/limits.ts';

/**
 * A call for help that is not acknowledged. It is kept on the device until then, so that neither a reload nor an empty
 * battery loses it; its id makes every repetition the same call.
 */
export const call = z.object({
  id: uuid,
  /** Until then it can be taken back and nobody knows of it. By this device's clock. */
  sendAtMs: z.number(),
  emergencyType,
  description: text(LIMITS.descriptionChars).nullable(),
  point,
  isDrill: z.boolean(),
});
export type Call = z.infer<typeof call>;

/** A call that is older is not sent by itself any more: whoever opens the page is asked. */
export const STALE_MS = 10 * 60_000;

export type Calling =
  | { readonly state: 'counting'; readonly leftMs: number }
  | { readonly state: 'due' }
  | { readonly state: 'stale' };

/** What is to be done with a call that is kept. */
export function standingOf({ sendAtMs }: Call, nowMs: number): Calling {
  if (nowMs < sendAtMs) return { state: 'counting', leftMs: sendAtMs - nowMs };
  return nowMs - sendAtMs > STALE_MS ? { state: 'stale' } : { state: 'due' };
}

/** What the device has kept, or null when it is nothing that can be sent. */
export function readCall(kept: string | null): Call | null {
  if (kept === null) return null;
  try {
    return call.parse(JSON.parse(kept));
  } catch {
    return null;
  }
}

/** The body of the command that sends it. */
export const bodyOf = ({ emergencyType: kind, point: at, description, isDrill }: Call) => ({
  emergencyType: kind,
  // Nobody in trouble is asked how bad it is.
  priority: 'CRITICAL' as const,
  point: at,
  ...(description === null ? {} : { description }),
  ...(isDrill ? { isDrill } : {}),
});
