import type { Clock } from '../lib/clock.ts';
import type { SosState } from './machine/state.ts';
import { ELIGIBLE, type Roster } from './roster.ts';

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
/** The nearest who could be asked to come: in a city that is a kilometre or two, and looking at all would take longer. */
const MOST_LOOKED_AT = 200;
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
    const near = roster.index.nearest({
      ...point,
      radiusM: rule.locateRadiusM,
      limit: MOST_LOOKED_AT,
      skills: 0,
      flags: ELIGIBLE,
    });
    const asked: string[] = [];
    for (let i = 0; i < near.count; i++) {
      const userId = roster.index.idOf(near.slots[i] as number);
      if (nowMs - (roster.get(userId)?.locatedAtMs ?? 0) > FRESH_MS) asked.push(userId);
    }
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
