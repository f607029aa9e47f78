import { distanceM } from '../geo/lat-lng.ts';
import { errorFields } from '../lib/log.ts';
import { isPublicAddress } from '../lib/networks.ts';
import type { AddressPlaces } from './address-places.ts';
import { BoundedLine } from './bounded-line.ts';
import type { Context } from './context.ts';
import type { RaisedSos } from './sessions-types.ts';
import { INSERT_RARE_ACTIVITY } from './sql/suspicious.ts';
import { recordSuspicious } from './suspicious.ts';

export interface SosWatchOptions {
  readonly context: Pick<Context, 'clock' | 'db' | 'log' | 'metrics' | 'newId'>;
  /** Null: nothing is known of addresses, and places are not compared. */
  readonly places: AddressPlaces | null;
  readonly mismatchFromM: number;
}

/** More SOS than this of one person within the window are put before administrators. */
const SOS_MAX = 3;
const WINDOW_MS = 600_000;
const PEOPLE_MAX = 50_000;
const MISMATCH_EVERY_S = 86_400;
const WAITING_MAX = 1_000;
/** Upper ends of the bands in which a distance is kept: the exact one would tell where the person was. */
const BANDS_KM = [1_000, 2_000, 5_000, 10_000] as const;
const BEYOND_BANDS_KM = 20_000;

interface Counted {
  readonly sosIds: Set<string>;
  readonly untilMs: number;
}

/**
 * Looks at every SOS after it was answered, for what an administrator should know: raised again and again, or from an
 * address far from where the person says they are. It refuses, delays and changes nothing.
 */
export class SosWatch {
  readonly #options: SosWatchOptions;
  readonly #counted = new Map<string, Counted>();
  readonly #line = new BoundedLine({ runningMax: 1, waitingMax: WAITING_MAX });

  constructor(options: SosWatchOptions) {
    this.#options = options;
  }

  /** How many SOS are not looked at yet. */
  get waiting(): number {
    return this.#line.waiting;
  }

  /** Never throws, and is not waited for. Beyond its bound SOS are not looked at, which is counted. (Invariant 8.) */
  raised(sos: RaisedSos): void {
    const { log, metrics } = this.#options.context;
    this.#line
      .run(() => this.#look(sos))
      .then(({ ok }) => {
        if (!ok) metrics.count('accounts_sos_not_looked_at_total');
      })
      .catch((error: unknown) =>
        log.warn(errorFields(error), 'something about an SOS could not be recorded'),
      );
  }

  async #look(sos: RaisedSos): Promise<void> {
    await this.#lookAtCount(sos);
    await this.#lookAtPlace(sos);
  }

  async #lookAtCount({ userId, sosId, address }: RaisedSos): Promise<void> {
    const { context } = this.#options;
    const { sosIds } = this.#countedOf(userId, context.clock.monotonicMs());
    // One more than allowed is enough to know, and it is told once.
    if (sosIds.size > SOS_MAX) return;
    sosIds.add(sosId);
    if (sosIds.size <= SOS_MAX) return;
    const details = { what: 'sos.create', withinS: WINDOW_MS / 1_000 };
    await recordSuspicious(context, context.db, { userId, type: 'RATE_LIMIT_EXCEEDED', details, address });
  }

  #countedOf(userId: string, nowMs: number): Counted {
    const before = this.#counted.get(userId);
    if (before && before.untilMs > nowMs) return before;
    const counted = { sosIds: new Set<string>(), untilMs: nowMs + WINDOW_MS };
    this.#counted.delete(userId);
    this.#counted.set(userId, counted);
    const oldest = this.#counted.size > PEOPLE_MAX ? this.#counted.keys().next().value : undefined;
    if (oldest !== undefined) this.#counted.delete(oldest);
    return counted;
  }

  async #lookAtPlace({ userId, address, point }: RaisedSos): Promise<void> {
    const { context, mismatchFromM, places } = this.#options;
    if (!places || address === null || !isPublicAddress(address)) return;
    const place = places.placeOf(address);
    context.metrics.count('accounts_address_places_total', { known: place ? 'yes' : 'no' });
    if (!place) return;
    const apartM = distanceM(place, point) - place.accuracyM;
    if (apartM <= mismatchFromM) return;
    const details = { withinKm: bandKm(apartM), country: place.country ?? 'unknown' };
    const made = await context.db.query(INSERT_RARE_ACTIVITY, [
      context.newId(),
      userId,
      'LOCATION_MISMATCH',
      details,
      address,
      MISMATCH_EVERY_S,
    ]);
    if (made.length > 0) context.metrics.count('accounts_suspicious', { type: 'LOCATION_MISMATCH' });
  }
}

const bandKm = (meters: number): number => BANDS_KM.find((km) => meters <= km * 1_000) ?? BEYOND_BANDS_KM;
