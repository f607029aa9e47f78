import { Attempts } from '../lib/attempts.ts';
import type { Clock } from '../lib/clock.ts';
import { inNetworks, networkOf } from '../lib/networks.ts';
import { type FrameClass, type Rate, TokenBucket } from './limits.ts';

/**
 * What one address may ask for over HTTP, all its people together: many of them can sit behind one router. Of IPv6 the
 * 64 bits that one subscriber has count as one.
 */
export interface AddressRates {
  /** Whatever checks a password, a code or a link. */
  readonly credentials: Rate;
  readonly request: Rate;
  /** Calls for help that come over HTTP when there is no share left for anything else. */
  readonly urgent: Rate;
}

/** What one person may send, over all their sockets and over HTTP together. */
export type PersonRates = Readonly<Record<FrameClass | 'request', Rate>>;

export const ADDRESS_RATES: AddressRates = {
  credentials: { burst: 300, perSecond: 5 },
  request: { burst: 1_000, perSecond: 100 },
  urgent: { burst: 300, perSecond: 20 },
};

/** Three sockets' worth, for a phone, a watch and a page. */
export const PERSON_RATES: PersonRates = {
  telemetry: { burst: 300, perSecond: 60 },
  vitals: { burst: 300, perSecond: 60 },
  alarm: { burst: 120, perSecond: 15 },
  hint: { burst: 30, perSecond: 6 },
  command: { burst: 180, perSecond: 30 },
  stream: { burst: 768, perSecond: 60 },
  other: { burst: 120, perSecond: 15 },
  request: { burst: 300, perSecond: 30 },
};

/** Somebody asked for more than their share. */
export interface LimitExceeded {
  readonly userId: string | null;
  readonly address: string | null;
  readonly what: string;
}

export interface DoorLimitsOptions {
  readonly clock: Clock;
  readonly addressRates: AddressRates;
  readonly personRates: PersonRates;
  /** Told at most once a minute for each person or address. */
  readonly onExceeded: (exceeded: LimitExceeded) => void;
}

const CREDENTIAL_ROUTES =
  /^post \/v1\/(accounts|sessions|setup|second-factor|devices|invitations\/accept|password-resets|me\/(codes|proofs|erasure)|users\/:id\/erasure)/;
const KEYS_MAX = 100_000;
const TOLD_AGAIN_AFTER_MS = 60_000;
/** Programs on this machine: an operator's scripts, and a proxy that was not named. */
const isOwnMachine = inNetworks(['127.0.0.0/8', '::1']);

/** The limits that hold for an address and for a person, whatever connection they use. */
export class DoorLimits {
  readonly #options: DoorLimitsOptions;
  readonly #addresses: { readonly [K in keyof AddressRates]: Buckets };
  readonly #people: { readonly [K in keyof PersonRates]: Buckets };
  readonly #told: Attempts;

  constructor(options: DoorLimitsOptions) {
    const { clock, addressRates, personRates } = options;
    this.#options = options;
    this.#addresses = {
      credentials: new Buckets(addressRates.credentials),
      request: new Buckets(addressRates.request),
      urgent: new Buckets(addressRates.urgent),
    };
    this.#people = {
      telemetry: new Buckets(personRates.telemetry),
      vitals: new Buckets(personRates.vitals),
      alarm: new Buckets(personRates.alarm),
      hint: new Buckets(personRates.hint),
      command: new Buckets(personRates.command),
      stream: new Buckets(personRates.stream),
      other: new Buckets(personRates.other),
      request: new Buckets(personRates.request),
    };
    this.#told = new Attempts(clock, { max: 1, windowMs: TOLD_AGAIN_AFTER_MS, keysMax: KEYS_MAX });
  }

  /** 0: go on. Otherwise how long this address has to wait before this route, `<method> <pattern>`. */
  addressWaitMs(address: string, route: string): number {
    if (isOwnMachine(address)) return 0;
    const kind = CREDENTIAL_ROUTES.test(route) ? 'credentials' : 'request';
    const network = networkOf(address);
    const waitMs = this.#addresses[kind].take(network, this.#options.clock.monotonicMs());
    if (waitMs > 0) this.#tell(network, { userId: null, address, what: route });
    return waitMs;
  }

  /** Whether what looks like a call for help may pass though its address has used up its share. */
  mayCall(address: string): boolean {
    return this.#addresses.urgent.take(networkOf(address), this.#options.clock.monotonicMs()) === 0;
  }

  /** 0: go on. Otherwise how long this person has to wait before the next request over HTTP. */
  requestWaitMs(userId: string, address: string): number {
    return isOwnMachine(address) ? 0 : this.personWaitMs(userId, 'request');
  }

  /** 0: go on. Otherwise how long this person has to wait before the next of this class. */
  personWaitMs(userId: string, kind: keyof PersonRates): number {
    const waitMs = this.#people[kind].take(userId, this.#options.clock.monotonicMs());
    if (waitMs > 0) this.#tell(userId, { userId, address: null, what: kind });
    return waitMs;
  }

  #tell(key: string, exceeded: LimitExceeded): void {
    if (this.#told.waitMs(key) > 0) return;
    this.#told.failed(key);
    this.#options.onExceeded(exceeded);
  }
}

/** A bucket for each key; the one that was not used for longest is forgotten when there are too many. */
class Buckets {
  readonly #rate: Rate;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  take(key: string, nowMs: number): number {
    const bucket = this.#buckets.get(key) ?? new TokenBucket(this.#rate);
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size > KEYS_MAX) {
      const [oldest] = this.#buckets.keys();
      if (oldest !== undefined) this.#buckets.delete(oldest);
    }
    return bucket.take(nowMs);
  }
}
