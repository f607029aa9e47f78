import { systemClock } from '../lib/clock.ts';
import { uuidV7Maker } from '../lib/ids.ts';
import type { CommandKind } from '../protocol/up.ts';
import { type CareHandlers, CareWatch } from './care-watch.ts';
import { type CommandBody, type CommandOptions, Commands } from './commands.ts';
import type { WatchHandlers } from './dispatch-watch.ts';
import { localError } from './errors.ts';
import type { Fix } from './fix.ts';
import { Link } from './link.ts';
import { OfferReceipts } from './offer-receipts.ts';
import { ReasonCounts } from './reason-counts.ts';
import { routeFrames } from './route-frames.ts';
import type { VitalName } from './routes/history.ts';
import type { Alarm, VitalsSample } from './samples.ts';
import type { StreamHandlers } from './stream-subscription.ts';
import { type Subscription, Subscriptions } from './subscriptions.ts';
import { type TailHandlers, Tails } from './tails.ts';
import { Telemetry } from './telemetry.ts';
import type {
  ClientOptions,
  Done,
  MissingEngine,
  NodeOverload,
  Problem,
  Status,
  WebSocketConstructor,
  Welcome,
} from './types.ts';
import { socketUrl } from './urls.ts';
import { Waiters } from './waiters.ts';

const PROGRAM = 'muster-sdk-ts/0.1';
const CALM: NodeOverload = { level: 0, cause: null };

/** How the sending of one lane stands. */
export interface LaneState {
  /** Kept because the server has not acknowledged them. */
  readonly unacknowledged: number;
  readonly ackedSeq: number;
  /** What will never be used, by reason: the server's, or `outbox_full` of the client's own. */
  readonly refused: ReadonlyMap<string, number>;
  /** How often the numbering had to be begun anew, by reason. Anything but empty is worth a look. */
  readonly epochBreaks: ReadonlyMap<string, number>;
}

/** How the sending of positions stands, and that of the other lanes. */
export interface TelemetryState extends LaneState {
  readonly vitals: LaneState;
  readonly alarms: LaneState;
}

/** A client of a Muster node: one socket that comes back by itself, and what has to survive between two of them. */
export class MusterClient {
  /** Called with each rise of the cumulative acknowledgement of a lane: `telemetry` (positions), `vitals` or `alarm`. */
  onAck: ((seq: number, lane: 'telemetry' | 'vitals' | 'alarm') => void) | undefined;
  /** What went wrong without stopping the client, by kind. */
  readonly problems: ReadonlyMap<string, number>;
  readonly #options: ClientOptions;
  readonly #counts = new ReasonCounts();
  readonly #commands: Commands;
  readonly #receipts: OfferReceipts;
  readonly #subscriptions: Subscriptions;
  readonly #tails: Tails;
  readonly #care: CareWatch;
  readonly #telemetry: Telemetry | undefined;
  readonly #link: Link;
  readonly #ready = new Waiters<Welcome>();
  #loaded: Promise<void> | undefined;
  #welcome: Welcome | null = null;
  #overload = CALM;
  #degraded: readonly MissingEngine[] = [];

  /** Throws for a `url` that is none, and when there is no WebSocket to be had. */
  constructor(options: ClientOptions) {
    this.#options = options;
    this.problems = this.#counts;
    const { clock = systemClock, random = Math.random, encoding = 'msgpack' } = options;
    const shared = {
      clock,
      random,
      encoding,
      newId: uuidV7Maker(() => clock.nowMs(), random),
      send: (frame: Parameters<Link['send']>[0]) => this.#link.send(frame),
      report: (problem: Problem) => this.#report(problem),
      guarded: (fn: () => void) => this.#guarded(fn),
    };
    this.#commands = new Commands(shared);
    this.#receipts = new OfferReceipts(shared.send);
    this.#subscriptions = new Subscriptions(shared, this.#receipts);
    this.#tails = new Tails(shared);
    this.#care = new CareWatch(shared);
    this.#telemetry = options.device
      ? new Telemetry({
          ...shared,
          device: options.device,
          onAck: (seq, lane) => {
            this.#link.proved();
            this.#guarded(() => this.onAck?.(seq, lane));
          },
        })
      : undefined;
    this.#link = this.#makeLink(shared);
  }

  get status(): Status {
    return this.#link.status;
  }

  get telemetry(): TelemetryState {
    const { positions, vitals, alarms } = this.#needTelemetry();
    return { ...stateOf(positions), vitals: stateOf(vitals), alarms: stateOf(alarms) };
  }

  /** Connects and stays connected until `close`, or until the server says not to come back. Cuts a wait short. */
  connect(): void {
    this.#link.start();
  }

  /** Closes for good: waiting commands are rejected with `closed`. Resolves when socket and store are done. */
  async close(): Promise<void> {
    await this.#link.stop();
    await this.#telemetry?.stopped();
  }

  /** The welcome of the current connection, or of the next one. Rejects with `closed` when there will be none. */
  ready(): Promise<Welcome> {
    const stopped = this.#link.stoppedBecause;
    if (stopped) return Promise.reject(localError('closed', stopped));
    return this.#welcome ? Promise.resolve(this.#welcome) : this.#ready.wait();
  }

  /**
   * Sends a command; the server carries it out at most once, however often it has to be sent. Rejects with a
   * `MusterError`: the server's refusal, `timeout`, `too_many`, or `closed` at once when the client has stopped, so
   * that nobody waits for help that is not coming. Before the first `connect` it is kept for it.
   */
  command<K extends CommandKind>(kind: K, body: CommandBody<K>, options?: CommandOptions): Promise<Done> {
    const stopped = this.#link.stoppedBecause;
    if (stopped) return Promise.reject(localError('closed', stopped));
    const answer = this.#commands.issue(kind, body, options);
    if (this.#isUrgent()) this.#link.hurry();
    return answer;
  }

  /**
   * Follows a stream. Events come once each and in order, across reconnects; a snapshot replaces what was known.
   * With `afterSeq` it begins after that number, without one with a snapshot. Throws `too_many`.
   */
  subscribe(stream: string, handlers: StreamHandlers, afterSeq: number | null = null): Subscription {
    const subscription = this.#subscriptions.subscribe(stream, handlers, afterSeq);
    if (this.#isUrgent()) this.#link.hurry();
    return subscription;
  }

  /** Follows the dispatchers' feed. Throws `too_many` while it is followed already. */
  watchDispatch(handlers: WatchHandlers): Subscription {
    return this.#subscriptions.watchDispatch(handlers);
  }

  /** Follows everybody one cares for, with vital signs and open alerts. The answer ends it. Throws `too_many`. */
  watchCare(handlers: CareHandlers): () => void {
    return this.#care.watch(handlers);
  }

  /**
   * Follows the newest vital signs of somebody; `id` is their account, or the patient record of who has none. The answer
   * ends it. Throws `too_many` while they are followed already.
   */
  followVitals(id: string, handlers: TailHandlers, vitals?: VitalName[]): () => void {
    return this.#tails.follow(id, vitals, handlers);
  }

  /** Says that a broadcast is on this device, or was looked at. False: it could not be sent now; it is not sent later. */
  broadcastReceived(broadcastId: string, isSeen: boolean): boolean {
    return this.#link.send(['broadcast.receipt', { broadcastId, isSeen }]);
  }

  /**
   * Says that the person has looked at an offer; that the device has it is said by itself. Answered by nothing: it is for
   * the record of how an alarm reached people.
   */
  seen(sosId: string, offerId: string): void {
    this.#receipts.seen(sosId, offerId);
  }

  /** Takes a position: kept until acknowledged, in the order of the calls. Only for a client with a `device`. */
  sendFix(fix: Fix): void {
    this.#needTelemetry().sendFix(fix);
  }

  /** Takes a sample of vital signs, in the same way. It waits behind no positions. */
  sendVitals(sample: VitalsSample): void {
    this.#needTelemetry().sendVitals(sample);
  }

  /** Takes an alarm of the device, in the same way: it goes before everything else, and brings a lost connection back soon. */
  sendAlarm(alarm: Alarm): void {
    this.#needTelemetry().sendAlarm(alarm);
    this.#link.hurry();
  }

  /** Resolves when everything given so far is acknowledged (or counted as refused in `telemetry`). */
  flushed(): Promise<void> {
    return this.#needTelemetry().flushed();
  }

  #makeLink(
    shared: Pick<ConstructorParameters<typeof Link>[0], 'clock' | 'random' | 'encoding' | 'report'>,
  ): Link {
    const { url, token, program = PROGRAM, onStatus } = this.#options;
    return new Link({
      clock: shared.clock,
      random: shared.random,
      encoding: shared.encoding,
      report: shared.report,
      url: socketUrl(url),
      WebSocket: this.#options.WebSocket ?? globalWebSocket(),
      token: async (hint) => {
        this.#loaded ??= this.#telemetry?.load();
        await this.#loaded;
        return await token(hint);
      },
      hello: (proof) => ({
        ...proof,
        ...(this.#isUrgent() ? { urgent: true as const } : {}),
        client: program.slice(0, 64),
        ...(this.#telemetry ? { device: this.#telemetry.identity } : {}),
      }),
      deviceNowMs: this.#telemetry?.deviceNowMs,
      isUrgent: () => this.#isUrgent(),
      onStatus: (status) => this.#guarded(() => onStatus?.(status)),
      onOpen: (welcome, limits) => {
        this.#welcome = welcome;
        this.#commands.opened();
        this.#receipts.opened();
        this.#subscriptions.opened(limits);
        this.#tails.opened();
        this.#care.opened();
        this.#telemetry?.opened(welcome, limits);
        this.#ready.resolveAll(welcome);
        this.#heardStanding(welcome);
      },
      onFrame: routeFrames({
        commands: this.#commands,
        subscriptions: this.#subscriptions,
        tails: this.#tails,
        care: this.#care,
        telemetry: this.#telemetry,
        report: shared.report,
        onLocate: () => this.#guarded(() => this.#options.onLocate?.()),
        onRate: (rate) => this.#guarded(() => this.#options.onRate?.(rate)),
        onHeartbeat: (heartbeat) => this.#heardStanding(heartbeat),
        onDegraded: (missing) => this.#heardDegraded(missing),
      }),
      onLost: () => this.#lost(),
      onStopped: (reason) => {
        this.#commands.rejectAll(localError('closed', reason));
        this.#ready.rejectAll(localError('closed', reason));
      },
    });
  }

  #heardStanding({ overload = CALM, degraded = [] }: Pick<Welcome, 'overload' | 'degraded'>): void {
    const hasChanged = overload.level !== this.#overload.level;
    this.#overload = overload;
    if (hasChanged) this.#guarded(() => this.#options.onOverload?.(overload));
    this.#heardDegraded(degraded);
  }

  #heardDegraded(missing: readonly MissingEngine[]): void {
    if (missing.join() === this.#degraded.join()) return;
    this.#degraded = missing;
    this.#guarded(() => this.#options.onDegraded?.(missing));
  }

  #lost(): void {
    this.#welcome = null;
    this.#commands.closed();
    this.#receipts.closed();
    this.#subscriptions.closed();
    this.#tails.closed();
    this.#care.closed();
    this.#telemetry?.closed();
  }

  #isUrgent(): boolean {
    return this.#commands.isUrgent || this.#subscriptions.isUrgent || (this.#telemetry?.isUrgent ?? false);
  }

  #needTelemetry(): Telemetry {
    if (!this.#telemetry) throw new Error('this client was made without a device, so it has no telemetry');
    return this.#telemetry;
  }

  #guarded(fn: () => void): void {
    try {
      fn();
    } catch (error) {
      this.#report({ kind: 'handler', detail: error instanceof Error ? error.name : typeof error });
    }
  }

  #report(problem: Problem): void {
    this.#counts.add(problem.kind);
    try {
      this.#options.onProblem?.(problem);
    } catch {
      this.#counts.add('handler');
    }
  }
}

const stateOf = ({ unacknowledged, ackedSeq, refused, epochBreaks }: LaneState): LaneState => ({
  unacknowledged,
  ackedSeq,
  refused,
  epochBreaks,
});

function globalWebSocket(): WebSocketConstructor {
  const found = (globalThis as { WebSocket?: WebSocketConstructor }).WebSocket;
  if (!found)
    throw new Error('there is no WebSocket here: pass one, or use the entry for Node (client/node.ts)');
  return found;
}
