import { Attempts } from '../lib/attempts.ts';
import type { Clock } from '../lib/clock.ts';
import { inNetworks, networkOf } from '../lib/networks.ts';
import { NOT_SHARED, type Spending } from '../lib/spending.ts';
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
  /** What the same people and addresses spend on other nodes; absent: there are none. */
  readonly spending?: Spending | undefined;
}

const CREDENTIAL_ROUTES =
  /^post \/v1\/(accounts|sessions|setup|second-factor|devices|invitations\/accept|password-resets|me\/(codes|proofs|erasure)|users\/:id\/erasure)/;
const KEYS_MAX = 100_000;
const TOLD_AGAIN_AFTER_MS = 60_000;
/** Programs on this machine: an operator's scripts, and a proxy that was not named. */
const isOwnMachine = inNetworks(['127.0.0.0/8', '::1']);

/** Whoever spends less than this part of a rate on one node is told of to no other: the others can't be misled by more. */
const UNTOLD_SHARE = 1 / 8;
const UNTOLD_LEAST = 2;

/**
 * The limits that hold for an address and for a person, whatever connection they use. Decided on with what this node knows,
 * so nothing waits; what was spent on other nodes comes off a second later.
 */
export class DoorLimits {
  readonly #options: DoorLimitsOptions;
  readonly #addresses: { readonly [K in keyof AddressRates]: Buckets };
  readonly #people: { readonly [K in keyof PersonRates]: Buckets };
  readonly #told: Attempts;

  constructor(options: DoorLimitsOptions) {
    const { clock, addressRates, personRates, spending = NOT_SHARED } = options;
    this.#options = options;
    const ofAddress = (kind: keyof AddressRates, shared = spending) =>
      new Buckets(addressRates[kind], `address.${kind}`, clock, shared);
    const ofPerson = (kind: keyof PersonRates) =>
      new Buckets(personRates[kind], `person.${kind}`, clock, spending);
    this.#addresses = {
      credentials: ofAddress('credentials'),
      request: ofAddress('request'),
      // Whether a call for help gets through is nobody else's to decide.
      urgent: ofAddress('urgent', NOT_SHARED),
    };
    this.#people = {
      telemetry: ofPerson('telemetry'),
      vitals: ofPerson('vitals'),
      alarm: ofPerson('alarm'),
      hint: ofPerson('hint'),
      command: ofPerson('command'),
      stream: ofPerson('stream'),
      other: ofPerson('other'),
      request: ofPerson('request'),
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
  readonly #spent: (key: string) => void;

  constructor(rate: Rate, kind: string, clock: Clock, spending: Spending) {
    this.#rate = rate;
    const from = Math.max(UNTOLD_LEAST, rate.perSecond * UNTOLD_SHARE);
    this.#spent = spending.open(kind, from, (key, amount) =>
      this.#of(key).spent(amount, clock.monotonicMs()),
    );
  }

  take(key: string, nowMs: number): number {
    const waitMs = this.#of(key).take(nowMs);
    if (waitMs === 0) this.#spent(key);
    return waitMs;
  }

  #of(key: string): TokenBucket {
    const bucket = this.#buckets.get(key) ?? new TokenBucket(this.#rate);
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size > KEYS_MAX) {
      const [oldest] = this.#buckets.keys();
      if (oldest !== undefined) this.#buckets.delete(oldest);
    }
    return bucket;
  }
}
