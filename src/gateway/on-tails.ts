import type { OpenTail } from '../fanout/vitals-tail.ts';
import type { UpBody } from '../protocol/up.ts';
import type { Peer } from './peer.ts';

export type TailFrame = readonly ['tail', UpBody<'tail'>] | readonly ['untail', UpBody<'untail'>];

/** A ward on one screen; whoever wants more opens another socket. */
const TAILS_PER_SOCKET = 64;

/** Whose vital signs one socket follows. */
export class SocketTails {
  readonly #peer: Peer;
  readonly #open = new Map<string, OpenTail>();

  constructor(peer: Peer) {
    this.#peer = peer;
  }

  take([kind, body]: TailFrame): void {
    if (kind === 'tail') this.#begin(body);
    else {
      this.#drop(body.personId);
      this.#say(body.personId, 'asked');
    }
  }

  /** What this person may do has changed. */
  recheck(): void {
    for (const tail of this.#open.values()) tail.recheck();
  }

  closeAll(): void {
    for (const tail of this.#open.values()) tail.close();
    this.#open.clear();
  }

  #begin({ personId, vitals }: UpBody<'tail'>): void {
    this.#drop(personId);
    if (this.#open.size >= TAILS_PER_SOCKET) {
      this.#say(personId, 'too_many');
      return;
    }
    const { parts, outbox, principal } = this.#peer;
    const peer = this.#peer;
    const viewer = {
      userId: principal.userId,
      // Of the moment of asking: grants come and go while the socket is open.
      get grants() {
        return peer.principal.grants;
      },
    };
    const tail = parts.tails.open(viewer, personId, vitals ?? null, {
      send: (state) => peer.say(['tail', state]),
      ready: () => outbox.ready(),
      ended: (reason) => {
        if (reason === 'not_entitled') this.#refusedAudit(personId);
        if (this.#open.get(personId) === tail) this.#open.delete(personId);
        this.#say(personId, reason);
      },
    });
    this.#open.set(personId, tail);
  }

  #drop(personId: string): void {
    this.#open.get(personId)?.close();
    this.#open.delete(personId);
  }

  #say(personId: string, reason: 'asked' | 'not_entitled' | 'too_many' | 'failed'): void {
    if (this.#peer.isOpen()) this.#peer.say(['untailed', { personId, reason }]);
  }

  #refusedAudit(resourceId: string): void {
    const { principal, parts } = this.#peer;
    const { userId: actorId, grants } = principal;
    parts.services.access.trail.refused({
      actorId,
      grants,
      action: 'read',
      resourceKind: 'vitals',
      resourceId,
    });
  }
}
