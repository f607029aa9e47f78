import { unreachable } from '../lib/assert.ts';
import type { Clock } from '../lib/clock.ts';
import { KeyedQueue } from '../lib/keyed-queue.ts';
import type { Logger } from '../lib/log.ts';
import type { Metrics } from '../lib/metric.ts';
import { ok, type Result, refused } from '../lib/result.ts';
import { Deadlines } from './deadlines.ts';
import { EscalatedWatch } from './escalated-watch.ts';
import { KnownSos } from './known-sos.ts';
import type { Actor, SosCommand, SosCreation, SosRefusal, Surroundings } from './machine/commands.ts';
import { decide, decideCreation, dueAtMs } from './machine/decide.ts';
import { isOpen, openOffers, type SosState } from './machine/state.ts';
import { hasSomebodyToAsk } from './machine/waves.ts';
import { match } from './match.ts';
import { DEFAULT_POLICY, type Policy, policySchema } from './policy.ts';
import { ONLY_UNASKED, Roster } from './roster.ts';
import type { Changed, CommandKey, Decided, DispatchStore, LogEvent, Outcome } from './store.ts';
import { isParty } from './view.ts';

export interface DispatchOptions {
  readonly store: DispatchStore;
  readonly nodeId: string;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Tells what was written, after commit and in the order of each SOS. */
  readonly publish: (event: LogEvent) => void;
}

/** A command about an SOS as it comes from a person. */
export type PersonCommand =
  | readonly [
      'sos.create',
      { id: string } & Omit<SosCreation, 'requesterId' | 'description'> & {
          description?: string | undefined;
        },
    ]
  | readonly ['offer.accept' | 'offer.decline', { id: string; sosId: string; offerId: string }]
  | readonly ['sos.start' | 'sos.resolve', { id: string; sosId: string }]
  | readonly [
      'sos.withdraw' | 'sos.cancel' | 'sos.escalate',
      { id: string; sosId: string; reason?: string | undefined },
    ]
  | readonly ['chat.send', { id: string; sosId: string; text: string }];

export type DispatchRefusal = SosRefusal | 'busy' | 'bad_request' | 'rate_limited';

const SWEEP_EVERY_MS = 500;
const ESCALATED_LOOK_EVERY_MS = 500;
const WAITING_PER_SOS = 2_000;

/** Carries out what people ask of an SOS, and what time asks of it. */
export class Dispatch {
  readonly known = new KnownSos();
  readonly #roster: Roster;
  readonly #options: DispatchOptions;
  readonly #queue = new KeyedQueue(WAITING_PER_SOS);
  readonly #deadlines: Deadlines;
  readonly #escalatedWatch: EscalatedWatch;
  #policy: Policy;

  constructor(options: DispatchOptions, policy: Policy) {
    this.#options = options;
    this.#policy = policy;
    this.#roster = new Roster(policy.body);
    this.#deadlines = new Deadlines({
      clock: options.clock,
      log: options.log,
      metrics: options.metrics,
      claimDue: (limit) => options.store.claimDue(options.nodeId, limit),
      onDue: (sosId) => this.#due(sosId),
      sweepEveryMs: SWEEP_EVERY_MS,
    });
    this.#escalatedWatch = new EscalatedWatch({
      clock: options.clock,
      everyMs: ESCALATED_LOOK_EVERY_MS,
      open: () => this.known.open(),
      hasSomebodyToAsk: (state) => hasSomebodyToAsk(state, this.#around(options.clock.nowMs())),
      onFound: (sosId) => this.#search(sosId),
    });
    this.#roster.onChange(() => this.#escalatedWatch.changed());
  }

  /** Reads what stands in the store: the policy, the people, every open SOS. Ready when it resolves. */
  static async open(options: DispatchOptions): Promise<Dispatch> {
    const policy =
      (await options.store.newestPolicy()) ?? (await options.store.addPolicy(DEFAULT_POLICY, null));
    const dispatch = new Dispatch(options, policy);
    for (const responder of await options.store.loadResponders()) {
      dispatch.#roster.setTraits(responder);
      if (responder.alertedAtMs !== null) dispatch.#roster.alerted(responder.userId, responder.alertedAtMs);
      if (responder.point && responder.locatedAtMs !== null) {
        dispatch.#roster.moved(responder.userId, responder.point, responder.locatedAtMs);
      }
    }
    for (const state of await options.store.loadOpen()) dispatch.#adopt(state);
    dispatch.#deadlines.start();
    return dispatch;
  }

  get roster(): Roster {
    return this.#roster;
  }

  get policy(): Policy {
    return this.#policy;
  }

  /** Checks a policy, keeps it as the next version and goes by it from now on. */
  async setPolicy(
    by: { userId: string },
    body: unknown,
  ): Promise<Result<{ version: number }, 'bad_request'>> {
    const parsed = policySchema.safeParse(body);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      return refused(
        'bad_request',
        `${issue?.path.join('.') ?? 'policy'}: ${issue?.message ?? 'does not fit'}`,
      );
    }
    const added = await this.#options.store.addPolicy(parsed.data, by.userId);
    if (added.version > this.#policy.version) {
      this.#policy = added;
      this.#roster.setPolicy(added.body);
    }
    return ok({ version: added.version });
  }

  /** Decides, writes, tells. `receivedAtMs` is when the frame came in, for the time to the first offer. */
  async execute(
    by: Actor,
    command: PersonCommand,
    receivedAtMs: number,
  ): Promise<Result<Outcome, DispatchRefusal>> {
    const key = { actorId: by.userId, commandId: command[1].id, about: aboutOf(command) };
    if (command[0] === 'sos.create') return this.#create(key, by, command[1], receivedAtMs);
    if (command[0] === 'chat.send') return this.#chat(key, command[1]);
    return this.#change(key, by, command[1].sosId, commandOf(command));
  }

  /** Whether the newest state of an SOS is older than this number of its stream, or not known at all. */
  isBehind(sosId: string, seq: number): boolean {
    return (this.known.get(sosId)?.seq ?? 0) < seq;
  }

  /** Reads an SOS as it stands, with all that follows from it here: another node, or a lost answer, moved it. */
  async refresh(sosId: string): Promise<void> {
    const state = await this.#options.store.load(sosId);
    const before = this.known.get(sosId);
    if (!state || !this.#adopt(state)) return;
    const holder = state.slot?.holderId;
    // Who decided may not have lived to do this, or to hear that it was decided. One node is enough: theirs.
    if (holder && holder !== before?.slot?.holderId && this.#roster.get(holder)?.connections)
      this.#releaseElsewhere(holder, sosId);
    const nowMs = this.#options.clock.nowMs();
    const due = dueAtMs(state, { nowMs, policy: this.#policy });
    this.#deadlines.set(sosId, due === null ? null : due - nowMs);
  }

  /** Makes an SOS known that is not, such as an old one that somebody asks about. */
  async prepare(sosId: string): Promise<void> {
    if (!this.known.get(sosId)) await this.refresh(sosId);
  }

  /** Nothing in memory is left of somebody who was erased. */
  forgetPerson(userId: string): void {
    this.#roster.forget(userId);
    this.known.forgetClosedOf(userId);
  }

  async stop(): Promise<void> {
    this.#escalatedWatch.stop();
    await this.#deadlines.stop();
    await this.#queue.idle();
  }

  async #create(
    key: CommandKey,
    by: Actor,
    body: Extract<PersonCommand, readonly ['sos.create', unknown]>[1],
    receivedAtMs: number,
  ) {
    const sosId = this.#options.newId();
    const creation: SosCreation = {
      emergencyType: body.emergencyType,
      priority: body.priority,
      point: body.point,
      description: body.description ?? null,
      requesterId: key.actorId,
    };
    const create = () =>
      this.#options.store.create(key, sosId, (nowMs) => {
        if (!by.isDispatcher && !this.known.mayOpen(by.userId)) return null;
        const around = this.#around(nowMs);
        return this.#decided(decideCreation(sosId, key.commandId, creation, around), around);
      });
    // Those of one person one after another, so that each knows of the one before.
    const changed = await this.#queue.run(`by:${by.userId}`, async () => this.#queued(sosId, create));
    if (changed?.kind === 'done') {
      this.#options.metrics.observeMs('dispatch_first_offer_ms', this.#options.clock.nowMs() - receivedAtMs);
    }
    return answer(changed);
  }

  async #change(key: CommandKey, by: Actor, sosId: string, command: SosCommand) {
    return answer(await this.#decide(key, by, sosId, command));
  }

  async #due(sosId: string): Promise<void> {
    await this.#decide(null, NOBODY, sosId, { type: 'tick' });
  }

  // Nothing is lost when it fails: the deadline of the SOS stands.
  #search(sosId: string): void {
    this.#decide(null, NOBODY, sosId, { type: 'search' }).catch(() =>
      this.#options.metrics.count('dispatch_search_failed'),
    );
  }

  #decide(key: CommandKey | null, by: Actor, sosId: string, command: SosCommand) {
    return this.#queued(sosId, () =>
      this.#options.store.change(key, key?.actorId ?? null, sosId, this.known.get(sosId), (state, nowMs) => {
        const around = this.#around(nowMs);
        const decision = decide(state, command, by, around);
        return decision.ok ? ok(this.#decided(decision.value, around)) : decision;
      }),
    );
  }

  async #chat(key: CommandKey, body: { sosId: string; text: string }) {
    const message = { id: this.#options.newId(), sosId: body.sosId, text: body.text };
    const changed = await this.#queued(`chat:${body.sosId}`, () =>
      this.#options.store.chat(key, message, (state) => {
        if (!isParty({ userId: key.actorId }, state)) return 'sos_not_found' as const;
        return isOpen(state) ? null : ('sos_closed' as const);
      }),
    );
    return answer(changed);
  }

  /** One after another per SOS, and what follows a commit in the same order. Null: too many are waiting. */
  async #queued<Code extends string>(
    key: string,
    work: () => Promise<Changed<Code>>,
  ): Promise<Changed<Code> | null> {
    const queued = this.#queue.run(key, async () => {
      const changed = await work();
      if (changed.kind === 'done') this.#told(changed);
      if (changed.kind === 'refused') this.#adopt(changed.state);
      return changed;
    });
    if (!queued) this.#options.metrics.count('dispatch_queue_full');
    return queued;
  }

  #told({ before, state, events, dueInMs }: Extract<Changed<never>, { kind: 'done' }>): void {
    this.#adopt(state);
    // A message of the chat moves no deadline; a look that changed nothing does.
    if (state !== before || events.length === 0)
      this.#deadlines.set(state.id, isOpen(state) ? dueInMs : null);
    for (const event of events) {
      this.#options.metrics.count('dispatch_events', { type: event.type });
      this.#options.publish(event);
    }
    this.#alerted(before, state);
    const holder = state.slot?.holderId;
    if (holder && holder !== before?.slot?.holderId) this.#releaseElsewhere(holder, state.id);
  }

  #alerted(before: SosState | null | undefined, state: SosState): void {
    for (const { id, responderId } of openOffers(state)) {
      if (!before?.offers.has(id)) this.#roster.alerted(responderId, this.#options.clock.nowMs());
    }
  }

  /** Takes a state for the newest, unless a newer one is known. False then. */
  #adopt(state: SosState): boolean {
    const known = this.known.get(state.id);
    if (known && known.seq >= state.seq) return false;
    this.known.remember(state);
    const was = known?.slot?.holderId;
    const is = state.slot?.holderId;
    if (was && was !== is) this.#roster.released(was, state.id);
    if (is && was !== is) this.#roster.holds(is, state.id);
    return true;
  }

  // Each is an ordinary command of its own stream; should this node die first, those offers end by their deadline,
  // and until then nobody can accept one of them while holding this slot.
  #releaseElsewhere(responderId: string, sosId: string): void {
    for (const other of this.known.asking(responderId)) {
      if (other.id === sosId) continue;
      this.#decide(null, NOBODY, other.id, { type: 'release_offers', responderId }).catch(() =>
        this.#options.metrics.count('dispatch_release_failed'),
      );
    }
  }

  #decided(events: Decided['events'], around: Surroundings): Decided {
    return { events, dueAtMs: (state) => dueAtMs(state, around) };
  }

  #around(nowMs: number): Surroundings {
    const policy = this.#policy;
    return {
      nowMs,
      policy,
      newId: this.#options.newId,
      // Freshness compares two readings of this node's clock, so the store's clock must not come in here.
      search: (search) => match(this.#roster, policy.body, search, this.#options.clock.nowMs()),
      isEligible: (responderId, type) => {
        const reason = this.#roster.reasonAgainst(responderId, type, this.#options.clock.nowMs());
        return reason === null || ONLY_UNASKED.has(reason);
      },
      holding: (responderId) => this.#roster.holding(responderId),
    };
  }

  /** Figures for the metrics page. */
  figures(): { open: number; offers: number; timers: number } {
    let offers = 0;
    for (const state of this.known.open()) offers += openOffers(state).length;
    return { open: this.known.openCount, offers, timers: this.#deadlines.size };
  }
}

const TOO_MANY_OPEN = 'as many of your SOS as possible are open: go on with one of them, or cancel one';

/** Time itself, as an actor: it holds nothing and is entitled to nothing. */
const NOBODY: Actor = { userId: '', isDispatcher: false };

function aboutOf([kind, body]: PersonCommand): string {
  const sosId = 'sosId' in body ? body.sosId : '';
  return `${kind} ${'offerId' in body ? body.offerId : sosId}`.trim();
}

function commandOf(
  command: Exclude<PersonCommand, readonly ['sos.create' | 'chat.send', unknown]>,
): SosCommand {
  const [kind, body] = command;
  switch (kind) {
    case 'offer.accept':
      return { type: 'accept', offerId: body.offerId };
    case 'offer.decline':
      return { type: 'decline', offerId: body.offerId };
    case 'sos.start':
      return { type: 'start' };
    case 'sos.resolve':
      return { type: 'resolve' };
    case 'sos.withdraw':
      return { type: 'withdraw', reason: body.reason ?? null };
    case 'sos.cancel':
      return { type: 'cancel', reason: body.reason ?? null };
    case 'sos.escalate':
      return { type: 'escalate', reason: body.reason ?? null };
    default:
      return unreachable(kind);
  }
}

function answer<Code extends string>(
  changed: Changed<Code> | null,
): Result<Outcome, Code | 'sos_not_found' | 'busy' | 'bad_request' | 'rate_limited'> {
  if (!changed) return refused('busy');
  switch (changed.kind) {
    case 'done':
    case 'repeated':
      return ok(changed.outcome);
    case 'reused':
      return refused('bad_request', 'id: it was given to another command before');
    case 'refused':
      return refused(changed.code);
    case 'missing':
      return refused('sos_not_found');
    case 'too_many':
      return refused('rate_limited', TOO_MANY_OPEN);
  }
}
