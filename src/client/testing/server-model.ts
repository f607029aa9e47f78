import type { ManualClock } from '../../lib/clock.ts';
import type { DownBody } from '../../protocol/down.ts';
import { errorBody } from '../../protocol/errors.ts';
import { LIMITS } from '../../protocol/limits.ts';
import type { UpBody, UpFrame } from '../../protocol/up.ts';
import type { FakeServer, ServerEnd } from './fake-socket.ts';

export const uuidOf = (n: number) => `00000000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;

interface Session {
  epoch: string | null;
  readonly streams: Set<string>;
  /** The next number this session has not taken yet, by epoch. */
  readonly expected: Map<string, number>;
}

/** What the next frames will meet; each is used up by one of them. */
export interface Faults {
  holds: number;
  lostPos: number;
  skippedEvents: number;
  doubledEvents: number;
  refusedCommands: number;
  unansweredCommands: number;
}

const COMMIT_MS = 40;

/** A server as the protocol describes it, in memory, with faults to order. Outlives its sockets. */
export class ServerModel implements FakeServer {
  readonly faults: Faults = {
    holds: 0,
    lostPos: 0,
    skippedEvents: 0,
    doubledEvents: 0,
    refusedCommands: 0,
    unansweredCommands: 0,
  };
  /** The `atMs` of every fix in the order of storing. */
  readonly storedFixes: number[] = [];
  readonly refusedFixes: number[] = [];
  /** Commands that took effect: once each, by their id. */
  readonly carriedOut = new Set<string>();
  /** How often each command was sent and not turned away. */
  readonly arrivals = new Map<string, number>();
  readonly hellos: UpBody<'hello'>[] = [];
  isSilent = false;
  /** Lowest number that can be resumed after, by stream. */
  readonly lows = new Map<string, number>();
  readonly #clock: ManualClock;
  readonly #sessions = new Map<ServerEnd, Session>();
  readonly #cursors = new Map<string, number>();
  readonly #heads = new Map<string, number>();

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  get ends(): ServerEnd[] {
    return [...this.#sessions.keys()];
  }

  opened(end: ServerEnd): void {
    this.#sessions.set(end, { epoch: null, streams: new Set(), expected: new Map() });
  }

  closed(end: ServerEnd): void {
    this.#sessions.delete(end);
  }

  frame(end: ServerEnd, [kind, body]: UpFrame): void {
    const session = this.#sessions.get(end);
    if (!session || this.isSilent) return;
    if (kind === 'hello') this.#hello(end, session, body);
    else if (kind === 'hb') end.send(['hb', { sentAtMs: this.#clock.nowMs(), echoMs: body.sentAtMs }]);
    else if (kind === 'pos') this.#pos(end, session, body);
    else if (kind === 'sub') this.#sub(end, session, body.stream, body.afterSeq);
    else if (kind === 'unsub') session.streams.delete(body.stream);
    else if ('id' in body) this.#command(end, body.id);
  }

  head(stream: string): number {
    return this.#heads.get(stream) ?? 0;
  }

  /** Something happens on a stream: appended, then told to those who follow it. */
  happen(stream: string): void {
    const seq = this.head(stream) + 1;
    this.#heads.set(stream, seq);
    for (const [end, session] of this.#sessions) {
      if (!session.streams.has(stream) || this.isSilent || this.#use('skippedEvents')) continue;
      end.send(['event', eventOf(stream, seq)]);
      if (this.#use('doubledEvents')) end.send(['event', eventOf(stream, seq)]);
    }
  }

  #hello(end: ServerEnd, session: Session, hello: UpBody<'hello'>): void {
    this.hellos.push(hello);
    const epoch = hello.device?.epoch ?? null;
    session.epoch = epoch;
    const acked = epoch === null ? 0 : (this.#cursors.get(epoch) ?? 0);
    end.send(['welcome', welcomeOf(this.#clock.nowMs(), acked)]);
  }

  #pos(end: ServerEnd, session: Session, frame: UpBody<'pos'>): void {
    const { epoch, seq } = frame;
    if (this.#use('lostPos')) return;
    if (this.#use('holds')) {
      end.send(['hold', { lane: 'telemetry', retryAfterMs: 300 }]);
      return;
    }
    const cursor = this.#cursors.get(epoch) ?? 0;
    const expected = Math.max(session.expected.get(epoch) ?? 0, cursor + 1);
    if (seq > expected) {
      end.send(['nack', { epoch, lane: 'telemetry', expectedSeq: expected }]);
      return;
    }
    session.expected.set(epoch, Math.max(expected, seq + frame.fixes.length));
    this.#clock.after(COMMIT_MS, () => this.#commit(end, frame));
  }

  /** The cursor moves with the rows, so what arrives twice, on whatever socket, is stored once. */
  #commit(end: ServerEnd, { epoch, seq, fixes }: UpBody<'pos'>): void {
    const cursor = this.#cursors.get(epoch) ?? 0;
    if (seq > cursor + 1) return;
    const refused: [number, string][] = [];
    for (const [i, row] of fixes.entries()) {
      if (seq + i <= cursor) continue;
      const atMs = row[0] as number;
      const isBad = atMs % 17 === 0;
      (isBad ? this.refusedFixes : this.storedFixes).push(atMs);
      if (isBad) refused.push([seq + i, 'stale']);
    }
    const acked = Math.max(cursor, seq + fixes.length - 1);
    this.#cursors.set(epoch, acked);
    if (end.isOpen && !this.isSilent) end.send(['ack', { epoch, lane: 'telemetry', seq: acked, refused }]);
  }

  #sub(end: ServerEnd, session: Session, stream: string, afterSeq: number | null): void {
    session.streams.add(stream);
    const headSeq = this.head(stream);
    let from = afterSeq;
    if (from === null || from < (this.lows.get(stream) ?? 0)) {
      end.send(['snapshot', { stream, seq: headSeq, view: { offers: [], reserves: [], holding: null } }]);
      from = headSeq;
    }
    for (let seq = from + 1; seq <= headSeq; seq++) end.send(['event', eventOf(stream, seq)]);
    end.send(['subscribed', { stream, headSeq }]);
  }

  #command(end: ServerEnd, id: string): void {
    if (this.#use('refusedCommands')) {
      end.send(['error', errorBody('busy', { id, retryAfterMs: 50 })]);
      return;
    }
    this.carriedOut.add(id);
    this.arrivals.set(id, (this.arrivals.get(id) ?? 0) + 1);
    if (this.#use('unansweredCommands')) return;
    // Answers overtake each other: how long each takes depends on its id.
    const takesMs = 10 + (Number.parseInt(id.slice(-2), 16) % 7) * 15;
    this.#clock.after(takesMs, () => {
      if (end.isOpen && !this.isSilent) end.send(['done', { id }]);
    });
  }

  #use(fault: keyof Faults): boolean {
    if (this.faults[fault] === 0) return false;
    this.faults[fault] -= 1;
    return true;
  }
}

export function eventOf(stream: string, seq: number): DownBody<'event'> {
  const senderId = uuidOf(7);
  const data = { messageId: uuidOf(seq), senderId, text: 'on my way' };
  return { stream, seq, atMs: 1, actorId: null, type: 'chat.message', data };
}

export function welcomeOf(nowMs: number, telemetryAckedSeq: number | null): DownBody<'welcome'> {
  return {
    userId: uuidOf(1),
    grants: ['volunteer'],
    nodeId: uuidOf(2),
    wireVersion: 1,
    nowMs,
    tokenExpiresAtMs: nowMs + 900_000,
    limits: { ...LIMITS },
    telemetryAckedSeq,
  };
}
