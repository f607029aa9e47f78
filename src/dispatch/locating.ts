import type { Clock } from '../lib/clock.ts';
import type { SosState } from './machine/state.ts';
import type { Roster } from './roster.ts';

export interface LocatingOptions {
  readonly clock: Clock;
  readonly roster: Roster;
  /** Asks the phones of these people where they are, without a sound. */
  readonly locate: (userIds: readonly string[]) => void;
  /** Somebody who was asked has said where they are. */
  readonly onLocated: (sosId: string, responderId: string) => void;
}

/** Whoever was heard so lately need not be asked. */
const FRESH_MS = 60_000;
const MOST_ASKED = 200;
/** An answer later than this comes too late for the first waves. */
const LISTENED_FOR_MS = 60_000;
const MOST_LISTENED_TO = 20_000;

/**
 * Idle phones report rarely: who is nearest by the last positions need not be who is nearest. While the first wave rings,
 * phones in a wider ring are asked where they are, and whoever turns out to be sooner there is asked to come.
 */
export class Locating {
  readonly #options: LocatingOptions;
  readonly #listening = new Map<string, { readonly sosId: string; readonly untilMs: number }>();

  constructor(options: LocatingOptions) {
    this.#options = options;
  }

  /** Somebody is sought. All the more when nobody was found: their positions may only be old. */
  begin({ id: sosId, point, rule, isDrill }: SosState): void {
    const { clock, roster, locate } = this.#options;
    if (rule.locateRadiusM === 0 || isDrill) return;
    const nowMs = clock.nowMs();
    const asked: string[] = [];
    roster.index.walk(point.lat, point.lng, rule.locateRadiusM, (slot) => {
      const userId = roster.index.idOf(slot);
      const responder = roster.get(userId);
      const isSilent = nowMs - (responder?.locatedAtMs ?? 0) > FRESH_MS;
      if (responder?.verified && responder.available && responder.connections > 0 && isSilent)
        asked.push(userId);
      return asked.length < MOST_ASKED;
    });
    for (const userId of asked) this.#listen(userId, sosId, nowMs);
    if (asked.length > 0) locate(asked);
  }

  /** Somebody came, moved or changed. */
  changed(userId: string): void {
    const listening = this.#listening.get(userId);
    if (!listening) return;
    const nowMs = this.#options.clock.nowMs();
    const locatedAtMs = this.#options.roster.get(userId)?.locatedAtMs ?? 0;
    if (nowMs - locatedAtMs > FRESH_MS && nowMs < listening.untilMs) return;
    this.#listening.delete(userId);
    if (nowMs < listening.untilMs) this.#options.onLocated(listening.sosId, userId);
  }

  /** Nothing is left of somebody who was erased. */
  forget(userId: string): void {
    this.#listening.delete(userId);
  }

  #listen(userId: string, sosId: string, nowMs: number): void {
    this.#listening.delete(userId);
    this.#listening.set(userId, { sosId, untilMs: nowMs + LISTENED_FOR_MS });
    if (this.#listening.size <= MOST_LISTENED_TO) return;
    const oldest = this.#listening.keys().next().value;
    if (oldest !== undefined) this.#listening.delete(oldest);
  }
}
