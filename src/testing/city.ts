import { randomUUID } from 'node:crypto';
import {
  type Credentials,
  MusterClient,
  MusterHttp,
  type SignedIn,
  type Skill,
  type Status,
  signedInToken,
} from '../client/node.ts';
import { destination, type LatLng } from '../geo/lat-lng.ts';
import { must } from '../lib/assert.ts';
import { type Clock, systemClock } from '../lib/clock.ts';
import type { DownBody, StreamEvent } from '../protocol/down.ts';
import { until } from './until.ts';

export const SQUARE: LatLng = { lat: 37.7793, lng: -122.4193 };

/** Somebody with an account and one device, and everything that their device was told. */
export interface Somebody {
  readonly userId: string;
  readonly client: MusterClient;
  /** An access token of theirs. */
  readonly token: () => Promise<string>;
  readonly inbox: StreamEvent[];
  /** What their inbox began with; not there while it had nothing. */
  readonly began: DownBody<'snapshot'>[];
  /** Every change of their connection, the first first. */
  readonly statuses: Status[];
  /** Follows another stream; what arrives is in the answer. */
  follow(stream: string): {
    events: StreamEvent[];
    provisional: StreamEvent[];
    snapshots: DownBody<'snapshot'>[];
    ended: string[];
  };
  close(): Promise<void>;
}

interface Arriving {
  readonly skills?: readonly Skill[];
  /** Of their device, which may be wrong. */
  readonly clock?: Clock;
  /** Where they are east of; default the square. */
  readonly around?: LatLng;
  /** The node that their device connects to; default the one of the city. */
  readonly url?: string;
}

/** The people of an end-to-end test, over HTTP and sockets like everybody else. */
export class City {
  readonly http: MusterHttp;
  readonly #url: string;
  readonly #everybody: Somebody[] = [];
  readonly #tokens = new Map<string, () => Promise<string>>();
  readonly #credentials = new Map<string, Credentials>();
  #admin: { signedIn: SignedIn; token: () => Promise<string> } | null = null;

  constructor(url: string) {
    this.#url = url;
    this.http = new MusterHttp(url);
  }

  async firstAdmin(setupToken: string): Promise<SignedIn> {
    const credentials = { email: 'admin@example.org', password: randomUUID() };
    const signedIn = await this.http.setup({ ...credentials, setupToken, name: 'First Admin' });
    this.#admin = { signedIn, token: signedInToken(this.http, credentials, systemClock) };
    this.#credentials.set(signedIn.userId, credentials);
    return signedIn;
  }

  async adminToken(): Promise<string> {
    if (!this.#admin) throw new Error('there is no administrator yet');
    return this.#admin.token();
  }

  /** What somebody types to sign in on a page; nobody given: the first administrator. */
  credentialsOf(userId = this.#admin?.signedIn.userId ?? ''): Credentials {
    return must(this.#credentials.get(userId), 'their password');
  }

  /** The first administrator is a dispatcher too. */
  async dispatcher({ url }: Pick<Arriving, 'url'> = {}): Promise<Somebody> {
    return this.#connect(this.#admin?.signedIn.userId ?? '', () => this.adminToken(), systemClock, url);
  }

  async patient({ clock = systemClock, url }: Pick<Arriving, 'clock' | 'url'> = {}): Promise<Somebody> {
    const { userId, token } = await this.#account({}, clock);
    return this.#connect(userId, token, clock, url);
  }

  /** A verified volunteer on duty, so far east of the square, whose position is known to the engine. */
  async volunteer(
    distanceM: number,
    { skills = ['CPR'], clock = systemClock, around = SQUARE, url }: Arriving = {},
  ): Promise<Somebody> {
    const { userId, token } = await this.#account({ volunteer: { skills } }, clock);
    await this.http.verifyVolunteer(await this.adminToken(), userId);
    const somebody = await this.#connect(userId, token, clock, url);
    await somebody.client.command('duty.set', { available: true });
    somebody.client.sendFix({ atMs: clock.nowMs(), ...destination(around, 90, distanceM) });
    await somebody.client.flushed();
    return somebody;
  }

  /** The same person on another device. */
  again({ userId }: Somebody, { url }: Pick<Arriving, 'url'> = {}): Promise<Somebody> {
    return this.#connect(userId, must(this.#tokens.get(userId), 'their token'), systemClock, url);
  }

  async close(): Promise<void> {
    await Promise.all(this.#everybody.map((somebody) => somebody.close()));
  }

  async #account(more: { volunteer?: { skills: readonly Skill[] } }, clock: Clock) {
    const credentials = { email: `${randomUUID()}@example.org`, password: randomUUID() };
    const { userId } = await this.http.register({ ...credentials, name: 'Somebody', ...more });
    if (userId === null) throw new Error('the node of a test has no mail');
    this.#credentials.set(userId, credentials);
    return { userId, token: signedInToken(this.http, credentials, clock) };
  }

  /** Connects somebody who has an account already. */
  async #connect(
    userId: string,
    token: () => Promise<string>,
    clock: Clock = systemClock,
    url = this.#url,
  ): Promise<Somebody> {
    const statuses: Status[] = [];
    const client = new MusterClient({
      url,
      token,
      clock,
      device: { id: randomUUID() },
      onStatus: (status) => statuses.push(status),
    });
    client.connect();
    await client.ready();
    this.#tokens.set(userId, token);
    const inbox: StreamEvent[] = [];
    const began: DownBody<'snapshot'>[] = [];
    let known = false;
    client.subscribe(`inbox:${userId}`, {
      onEvent: (event) => inbox.push(event),
      onProvisional: (event) => inbox.push(event),
      onSnapshot: (snapshot) => {
        began.push(snapshot);
        known = true;
      },
    });
    await until(() => known, { timeoutMs: 30_000, what: 'the inbox' });
    const somebody: Somebody = {
      userId,
      client,
      token,
      inbox,
      began,
      statuses,
      follow(stream) {
        const seen = {
          events: [] as StreamEvent[],
          provisional: [] as StreamEvent[],
          snapshots: [] as DownBody<'snapshot'>[],
          ended: [] as string[],
        };
        client.subscribe(stream, {
          onEvent: (event) => seen.events.push(event),
          onProvisional: (event) => seen.provisional.push(event),
          onSnapshot: (snapshot) => seen.snapshots.push(snapshot),
          onEnd: (reason) => seen.ended.push(reason),
        });
        return seen;
      },
      close: () => client.close(),
    };
    this.#everybody.push(somebody);
    return somebody;
  }
}

/** Resolves when what they begin with has come: what happens from then on comes as events, and is in no snapshot instead. */
export async function shown(...followed: ReturnType<Somebody['follow']>[]): Promise<void> {
  const isShown = () => followed.every(({ snapshots }) => snapshots.length > 0);
  await until(isShown, { timeoutMs: 30_000, what: 'what they begin with' });
}

/** The offer in somebody's inbox for this SOS. */
export function offerIn(somebody: Somebody, sosId: string): Promise<{ sosId: string; offerId: string }> {
  return until(
    () => {
      const sent = somebody.inbox.find((e) => e.type === 'offer.sent' && e.data.sosId === sosId);
      return sent?.type === 'offer.sent' && { sosId, offerId: sent.data.offerId };
    },
    { timeoutMs: 30_000, what: 'an offer' },
  );
}
