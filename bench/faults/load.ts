import { randomUUID } from 'node:crypto';
import { destination, type LatLng } from '../../src/geo/lat-lng.ts';
import type { Random } from '../../src/lib/random.ts';
import { SQUARE } from '../../src/testing/city.ts';
import { until } from '../../src/testing/until.ts';
import type { Followed, Phone } from './phone.ts';

const FIX_EVERY_MS = 1_000;
const THINK_MS = 250;
const WITHDRAWS = 0.1;
/** So that two cores are not full with the load alone: what overload does is another proof. */
const CALLS_AGAIN_MS = 1_500;
const SETTLE_POLL_MS = 100;

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

interface Offer {
  readonly sosId: string;
  readonly offerId: string;
}

/** On duty: says where they are, accepts what they are offered, one after the other, and sees it through. */
export class Volunteer {
  readonly phone: Phone;
  readonly #at: LatLng;
  readonly #random: Random;
  readonly #offers = new Map<string, Offer>();
  /** What they were told is theirs, and have not gone to yet. */
  readonly #assigned = new Set<string>();
  #inbox: Followed | null = null;
  #isBusy = false;
  #moves = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(phone: Phone, at: LatLng, random: Random) {
    this.phone = phone;
    this.#at = at;
    this.#random = random;
  }

  get isBusy(): boolean {
    return this.#isBusy || this.#offers.size > 0 || this.#assigned.size > 0 || this.#inbox?.isOwed() === true;
  }

  get inboxSeq(): number | null {
    return this.#inbox?.seq() ?? null;
  }

  async begin(): Promise<void> {
    await this.phone.begin();
    this.#inbox = this.phone.follow(`inbox:${this.phone.userId}`, 0, {
      onEvent: (event) => {
        if (event.type === 'offer.sent') this.#offered(event.data);
        else if (event.type === 'offer.closed') this.#offers.delete(event.data.offerId);
        else if (event.type === 'sos.assigned') this.#isAssigned(event.data.sosId);
        else if (event.type === 'sos.released') this.#assigned.delete(event.data.sosId);
      },
      onSnapshot: ({ view }) => {
        if ('offers' in view) for (const offer of view.offers) this.#offered(offer);
      },
    });
    await this.phone.command('duty.set', { available: true });
    this.#move();
    this.#timer = setInterval(() => this.#move(), FIX_EVERY_MS);
  }

  /** Stands still from now on. */
  rest(): void {
    clearInterval(this.#timer);
  }

  #move(): void {
    this.#moves += 1;
    this.phone.sendFix(destination(this.#at, 90, this.#moves % 50));
  }

  #offered({ sosId, offerId }: Offer): void {
    this.#offers.set(offerId, { sosId, offerId });
    if (!this.#isBusy) void this.#work();
  }

  #isAssigned(sosId: string): void {
    this.#assigned.add(sosId);
    if (!this.#isBusy) void this.#work();
  }

  async #work(): Promise<void> {
    this.#isBusy = true;
    for (;;) {
      const [theirs] = this.#assigned;
      const next = theirs === undefined ? this.#next() : null;
      if (theirs === undefined && next === null) break;
      await pause(50 + this.#random() * THINK_MS);
      if (theirs !== undefined && this.#assigned.has(theirs)) await this.#help(theirs);
      if (next === null) continue;
      const done = await this.phone.command('offer.accept', next);
      if (done && done.as !== 'RESERVE') await this.#help(next.sosId);
    }
    this.#isBusy = false;
  }

  #next(): Offer | null {
    const [offer] = this.#offers.values();
    if (offer) this.#offers.delete(offer.offerId);
    return offer ?? null;
  }

  async #help(sosId: string): Promise<void> {
    this.#assigned.delete(sosId);
    const streams = [this.phone.follow(`sos:${sosId}`, null), this.phone.follow(`chat:${sosId}`, null)];
    const gives = this.#random() < WITHDRAWS;
    const isStarted = (await this.phone.command('sos.start', { sosId })) !== null;
    if (isStarted) {
      await this.phone.command('chat.send', { sosId, text: randomUUID() });
      await pause(this.#random() * THINK_MS);
      await this.phone.command(gives ? 'sos.withdraw' : 'sos.resolve', { sosId });
    }
    for (const stream of streams) stream.stop();
  }
}

/** Calls for help again and again, and follows each call to its end. */
export class Caller {
  readonly phone: Phone;
  readonly #random: Random;
  #isDone = false;
  #isCalling = false;
  #working: Promise<void> = Promise.resolve();

  constructor(phone: Phone, random: Random) {
    this.phone = phone;
    this.#random = random;
  }

  get isCalling(): boolean {
    return this.#isCalling;
  }

  async begin(): Promise<void> {
    await this.phone.begin();
    this.#working = this.#work();
  }

  /** Calls no more; resolves when the last call has ended. */
  async finish(): Promise<void> {
    this.#isDone = true;
    await this.#working;
  }

  async #work(): Promise<void> {
    while (!this.#isDone) {
      this.#isCalling = true;
      await this.#call();
      this.#isCalling = false;
      await pause(this.#random() * CALLS_AGAIN_MS);
    }
  }

  async #call(): Promise<void> {
    const point = destination(SQUARE, this.#random() * 360, this.#random() * 100);
    const order = { emergencyType: 'MEDICAL', priority: 'CRITICAL', point } as const;
    const done = await this.phone.command('sos.create', order);
    const sosId = done?.sosId;
    if (!sosId) return;
    await new Promise<void>((resolve) => {
      const sos = this.phone.follow(`sos:${sosId}`, null, {
        onEvent: ({ type }) => {
          if (type === 'sos.accepted') void this.phone.command('chat.send', { sosId, text: randomUUID() });
          if (type === 'sos.resolved' || type === 'sos.cancelled') over();
        },
        onSnapshot: ({ view }) => {
          if ('status' in view && (view.status === 'RESOLVED' || view.status === 'CANCELLED')) over();
        },
        onEnd: () => resolve(),
      });
      // Not from within the handler: a snapshot can come before `follow` has returned.
      const over = () =>
        setImmediate(() => {
          sos.stop();
          resolve();
        });
    });
  }
}

/** Waits until everybody is connected, nobody does anything and every device has its acknowledgement. */
export async function settled(
  volunteers: readonly Volunteer[],
  callers: readonly Caller[],
  timeoutMs: number,
): Promise<string | null> {
  const finished = Promise.all(callers.map((caller) => caller.finish()));
  let isFinished = false;
  void finished.then(() => {
    isFinished = true;
  });
  let calmFor = 0;
  let before = '';
  const isCalm = async () => {
    await pause(SETTLE_POLL_MS);
    const now = JSON.stringify(volunteers.map(({ inboxSeq }) => inboxSeq));
    const isQuiet =
      isFinished &&
      now === before &&
      [...volunteers, ...callers].every(({ phone }) => phone.isOpen) &&
      volunteers.every(({ isBusy }) => !isBusy);
    before = now;
    calmFor = isQuiet ? calmFor + SETTLE_POLL_MS : 0;
    return calmFor >= CALM_MS;
  };
  try {
    await until(isCalm, { timeoutMs, what: 'everything to come to rest' });
    for (const volunteer of volunteers) volunteer.rest();
    await until(() => volunteers.every(({ phone }) => phone.unacknowledged === 0), {
      timeoutMs: 30_000,
      what: 'every fix to be acknowledged',
    });
    return null;
  } catch (error) {
    for (const volunteer of volunteers) volunteer.rest();
    return error instanceof Error ? error.message : String(error);
  }
}

/** The log is looked at once a second, whatever else fails: what was missed has come by then. */
const CALM_MS = 2_500;
