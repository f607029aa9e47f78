import type { ManualClock } from '../../lib/clock.ts';
import type { DownBody } from '../../protocol/down.ts';
import { errorBody } from '../../protocol/errors.ts';
import { LIMITS } from '../../protocol/limits.ts';
import type { UpBody, UpFrame } from '../../protocol/up.ts';
import type { FakeServer, ServerEnd } from './fake-socket.ts';

export const uuidOf = (n: number) => `00000000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;

export type Lane = 'telemetry' | 'vitals' | 'alarm';

interface Session {
  readonly streams: Set<string>;
  /** The next number this session has not taken yet, by epoch. */
  readonly expected: Map<string, number>;
}

/** Rows of any lane with their numbers. */
interface LaneFrame {
  readonly lane: Lane;
  readonly epoch: string;
  readonly seq: number;
  readonly rows: readonly unknown[][];
}

function laneFrameOf([kind, body]: UpFrame): LaneFrame | null {
  if (kind === 'pos') return { ...body, lane: 'telemetry', rows: body.fixes };
  if (kind === 'vit') return { ...body, lane: 'vitals', rows: body.samples };
  return kind === 'alarm' ? { ...body, lane: 'alarm', rows: body.alarms } : null;
}

/** What the next frames will meet; each is used up by one of them. */
export interface Faults {
  holds: number;
  lostRows: number;
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
    lostRows: 0,
    skippedEvents: 0,
    doubledEvents: 0,
    refusedCommands: 0,
    unansweredCommands: 0,
  };
  /** The `atMs` of every row in the order of storing. */
  readonly stored: Readonly<Record<Lane, number[]>> = { telemetry: [], vitals: [], alarm: [] };
  readonly refused: Readonly<Record<Lane, number[]>> = { telemetry: [], vitals: [], alarm: [] };
  /** What came ahead of its number, by `atMs`. */
  readonly hints: number[] = [];
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
    this.#sessions.set(end, { streams: new Set(), expected: new Map() });
  }

  closed(end: ServerEnd): void {
    this.#sessions.delete(end);
  }

  frame(end: ServerEnd, frame: UpFrame): void {
    const [kind, body] = frame;
    const session = this.#sessions.get(end);
    if (!session || this.isSilent) return;
    const laneFrame = laneFrameOf(frame);
    if (laneFrame) this.#take(end, session, laneFrame);
    else if (kind === 'hello') this.#hello(end, body);
    else if (kind === 'hb') end.send(['hb', { sentAtMs: this.#clock.nowMs(), echoMs: body.sentAtMs }]);
    else if (kind === 'now') this.hints.push(Number(body.fix?.[0] ?? body.vitals?.[0]));
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

  #hello(end: ServerEnd, hello: UpBody<'hello'>): void {
    this.hellos.push(hello);
    const ackedOf = (epoch: string | undefined) => this.#cursors.get(epoch ?? '') ?? 0;
    const { epoch, epochs } = hello.device ?? {};
    const others = { vitals: ackedOf(epochs?.vitals), alarm: ackedOf(epochs?.alarm) };
    end.send(['welcome', welcomeOf(this.#clock.nowMs(), ackedOf(epoch), others)]);
  }

  #take(end: ServerEnd, session: Session, frame: LaneFrame): void {
    const { lane, epoch, seq } = frame;
    if (this.#use('lostRows')) return;
    if (this.#use('holds')) {
      end.send(['hold', { lane, retryAfterMs: 300 }]);
      return;
    }
    const cursor = this.#cursors.get(epoch) ?? 0;
    const expected = Math.max(session.expected.get(epoch) ?? 0, cursor + 1);
    if (seq > expected) {
      end.send(['nack', { epoch, lane, expectedSeq: expected }]);
      return;
    }
    session.expected.set(epoch, Math.max(expected, seq + frame.rows.length));
    this.#clock.after(COMMIT_MS, () => this.#commit(end, frame));
  }

  /** The cursor moves with the rows, so what arrives twice, on whatever socket, is stored once. */
  #commit(end: ServerEnd, { lane, epoch, seq, rows }: LaneFrame): void {
    const cursor = this.#cursors.get(epoch) ?? 0;
    if (seq > cursor + 1) return;
    const refused: [number, string][] = [];
    for (const [i, row] of rows.entries()) {
      if (seq + i <= cursor) continue;
      const atMs = row[0] as number;
      const isBad = atMs % 17 === 0;
      (isBad ? this.refused : this.stored)[lane].push(atMs);
      if (isBad) refused.push([seq + i, 'stale']);
    }
    const acked = Math.max(cursor, seq + rows.length - 1);
    this.#cursors.set(epoch, acked);
    if (end.isOpen && !this.isSilent) end.send(['ack', { epoch, lane, seq: acked, refused }]);
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

export function welcomeOf(
  nowMs: number,
  telemetryAckedSeq: number | null,
  ackedSeqs?: DownBody<'welcome'>['ackedSeqs'],
): DownBody<'welcome'> {
  return {
    userId: uuidOf(1),
    grants: ['volunteer'],
    nodeId: uuidOf(2),
    wireVersion: 1,
    nowMs,
    tokenExpiresAtMs: nowMs + 900_000,
    limits: { ...LIMITS },
    telemetryAckedSeq,
    ...(ackedSeqs ? { ackedSeqs } : {}),
  };
}
