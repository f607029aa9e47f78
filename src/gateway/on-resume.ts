import type { HeardUpTo } from '../fanout/recent-log.ts';
import type { UpBody } from '../protocol/up.ts';
import type { Asking } from './admission.ts';
import type { SocketStreams } from './on-streams.ts';
import type { GatewayParts } from './parts.ts';
import type { Peer } from './peer.ts';
import type { Resumed, StreamHead } from './services.ts';

/** So often a connected client is handed a new token: the one it comes back with is younger than this. */
const GIVEN_EVERY_MS = 90_000;
/** Soon after somebody came or turned to other streams the next one says what they hear now. */
const SETTLED_AFTER_MS = 5_000;
/** Of so many streams the token says how far they were heard; the client asks about the others as ever. */
const HEADS_MAX = 8;

/** Who comes back by a token that this node can vouch for; null: whoever it is has to be looked at. */
export function resumedBy({ services, metrics }: GatewayParts, { resume }: UpBody<'hello'>): Resumed | null {
  if (resume === undefined) return null;
  const taken = services.resumes.take(resume);
  metrics.count('gateway_resumes', { outcome: taken.ok ? 'taken' : taken.why });
  return taken.ok ? taken.resumed : null;
}

/** Anybody may say that it is urgent: whoever cries wolf gets no more than a place in the smaller line. */
export function askingOf(
  { services }: GatewayParts,
  hello: UpBody<'hello'>,
  resumed: Resumed | null,
): Asking {
  if (hello.urgent) return 'sos';
  if (!resumed) return 'new';
  return resumed.hasSos || services.resumes.isInSos(resumed.principal.userId) ? 'sos' : 'resume';
}

/** How far a stream was heard by somebody who came back; null: they prove nothing of it. */
export function heardBy(resumed: Resumed | null): (stream: string) => HeardUpTo | null {
  const seqs = new Map(resumed?.heads);
  return (stream) => {
    const seq = seqs.get(stream);
    return resumed && seq !== undefined ? { seq, xid: resumed.knownXid } : null;
  };
}

/** Hands one socket the tokens by which its person comes back. */
export class SocketResume {
  readonly #peer: Peer;
  readonly #streams: Pick<SocketStreams, 'heads'>;
  #givenAtMs = Number.NEGATIVE_INFINITY;
  #wasInSos = false;
  #isSettled = false;
  #streamsGiven = '';

  constructor(peer: Peer, streams: Pick<SocketStreams, 'heads'>) {
    this.#peer = peer;
    this.#streams = streams;
  }

  get isInSos(): boolean {
    return this.#peer.parts.services.resumes.isInSos(this.#peer.principal.userId);
  }

  give(): void {
    const { parts, principal } = this.#peer;
    this.#givenAtMs = parts.clock.monotonicMs();
    this.#wasInSos = this.isInSos;
    const heads = this.#streams.heads(HEADS_MAX);
    this.#streamsGiven = namesOf(heads);
    this.#isSettled = false;
    const given = parts.services.resumes.give(principal, { hasSos: this.#wasInSos, heads });
    if (given) this.#peer.say(['resume', given]);
  }

  /** Gives another when the last one is getting old, or says something else about an SOS than is so. */
  sweep(): void {
    const ageMs = this.#peer.parts.clock.monotonicMs() - this.#givenAtMs;
    const isSettling = !this.#isSettled || namesOf(this.#streams.heads(HEADS_MAX)) !== this.#streamsGiven;
    if (this.#wasInSos !== this.isInSos) this.give();
    else if (ageMs >= (isSettling ? SETTLED_AFTER_MS : GIVEN_EVERY_MS)) {
      this.give();
      this.#isSettled = true;
    }
  }
}

const namesOf = (heads: readonly StreamHead[]): string => heads.map(([stream]) => stream).join();
