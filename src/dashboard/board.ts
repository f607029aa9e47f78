import type { DownBody, SosView, StreamEvent } from '../protocol/down.ts';

export interface ResponderLine {
  readonly id: string;
  readonly verified: boolean;
  readonly available: boolean;
  readonly connected: boolean;
  readonly free: boolean;
  /** By the page's own clock. */
  readonly fixAtMs: number;
}

type Row = DownBody<'state'>['responders'][number];
type Change = Partial<SosView> | 'closed';

const FLAG = { verified: 1, available: 2, connected: 4, free: 8 } as const;

/** What a dispatcher sees: every open SOS and every responder, kept up to date from the feed. */
export class Board {
  readonly #sos = new Map<string, SosView>();
  readonly #responders = new Map<string, ResponderLine>();

  /** Open ones, the most urgent and then the oldest first. */
  get openSos(): SosView[] {
    const urgency = { CRITICAL: 0, HIGH: 1, MEDIUM: 2, LOW: 3 };
    return [...this.#sos.values()].sort(
      (a, b) => urgency[a.priority] - urgency[b.priority] || a.createdAtMs - b.createdAtMs,
    );
  }

  /** Connected ones, the freshest fix first. */
  get connectedResponders(): ResponderLine[] {
    return [...this.#responders.values()]
      .filter((responder) => responder.connected)
      .sort((a, b) => b.fixAtMs - a.fixAtMs);
  }

  /** A snapshot replaces everything. */
  replace(feed: DownBody<'feed'>, nowMs: number): void {
    this.#sos.clear();
    this.#responders.clear();
    for (const sos of feed.sos) this.#sos.set(sos.sosId, sos);
    for (const row of feed.responders) this.#place(row, nowMs);
  }

  update(state: DownBody<'state'>, nowMs: number): void {
    for (const row of state.responders) this.#place(row, nowMs);
    for (const id of state.gone) this.#responders.delete(id);
  }

  apply(event: StreamEvent): void {
    const [kind, sosId = ''] = event.stream.split(':');
    if (kind !== 'sos') return;
    if (event.type === 'sos.created') {
      this.#sos.set(sosId, created(sosId, event));
      return;
    }
    const sos = this.#sos.get(sosId);
    if (!sos || event.seq <= sos.seq) return;
    const change = changeOf(sos, event);
    if (change === 'closed') this.#sos.delete(sosId);
    else this.#sos.set(sosId, { ...sos, ...change, seq: event.seq });
  }

  #place([id, , , ageMs, flags]: Row, nowMs: number): void {
    const has = (flag: number) => (flags & flag) !== 0;
    this.#responders.set(id, {
      id,
      verified: has(FLAG.verified),
      available: has(FLAG.available),
      connected: has(FLAG.connected),
      free: has(FLAG.free),
      fixAtMs: nowMs - ageMs,
    });
  }
}

function created(sosId: string, event: Extract<StreamEvent, { type: 'sos.created' }>): SosView {
  return {
    sosId,
    seq: event.seq,
    status: 'PENDING',
    emergencyType: event.data.emergencyType,
    priority: event.data.priority,
    point: event.data.point,
    description: event.data.description,
    requesterId: event.data.requesterId,
    acceptedBy: null,
    createdAtMs: event.atMs,
    acceptedAtMs: null,
    wave: 0,
    openOffers: 0,
    escalationLevel: 0,
  };
}

function changeOf(sos: SosView, event: StreamEvent): Change {
  const fewer = (by: number) => ({ openOffers: Math.max(0, sos.openOffers - by) });
  switch (event.type) {
    case 'sos.wave_sent': {
      const { wave, offers } = event.data;
      return { wave, openOffers: sos.openOffers + (typeof offers === 'number' ? offers : offers.length) };
    }
    case 'sos.offer_declined':
      return fewer(1);
    case 'sos.offers_expired':
    case 'sos.offers_closed':
      return fewer(event.data.offerIds.length);
    case 'sos.accepted':
      return {
        ...fewer(1),
        status: 'ACCEPTED',
        acceptedBy: event.data.responderId,
        acceptedAtMs: event.atMs,
      };
    case 'sos.withdrawn':
      return { status: 'PENDING', acceptedBy: null, acceptedAtMs: null };
    case 'sos.started':
      return { status: 'IN_PROGRESS' };
    case 'sos.escalated':
      return {
        escalationLevel: event.data.level,
        ...(sos.acceptedBy === null ? { status: 'ESCALATED' as const } : {}),
      };
    case 'sos.resolved':
    case 'sos.cancelled':
      return 'closed';
    default:
      return {};
  }
}
