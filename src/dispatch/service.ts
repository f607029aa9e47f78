import { Deadlines } from '../lib/deadlines.ts';
import { KeyedQueue } from '../lib/keyed-queue.ts';
import { ok, refused } from '../lib/result.ts';
import { AlertHistory } from './alert-history.ts';
import { type Answered, answer } from './answered.ts';
import { Chat, type Said } from './chat.ts';
import { decided, INTEGRATION, isBehind, NIL_ID, NOBODY, othersTurnInMs } from './deciding.ts';
import { following } from './following.ts';
import { HolderWatch } from './holder-watch.ts';
import { isForgotten } from './kept.ts';
import { ANY_NUMBER, KnownSos, type OpenTerms } from './known-sos.ts';
import { Locating } from './locating.ts';
import type { Actor, SosCommand, SosCreation, Surroundings } from './machine/commands.ts';
import { decide, decideCreation } from './machine/decide.ts';
import { heldSlots, isOpen, isSeeking, openOffers, type SosState } from './machine/state.ts';
import { betterOne, hasSomebodyToAsk } from './machine/waves.ts';
import { type MergeParts, mergeInTurn } from './merging.ts';
import type { DispatchOptions } from './options.ts';
import {
  type AlertOrder,
  aboutOf,
  commandOf,
  creationForAlert,
  creationOf,
  keyForAlert,
  type PersonCommand,
} from './person-command.ts';
import { Policies } from './policies.ts';
import { DEFAULT_POLICY, type Policy } from './policy.ts';
import { ComingBack } from './provisional/coming-back.ts';
import { recall } from './recall.ts';
import { Receipts } from './receipts.ts';
import { ReleaseElsewhere } from './release-elsewhere.ts';
import { Roster } from './roster.ts';
import { SoonerRefusals } from './sooner-refusals.ts';
import { StarvedWatch } from './starved-watch.ts';
import type { Changed, CommandKey, Done, LogEvent } from './store.ts';
import { surroundingsOf } from './surroundings.ts';

const SWEEP_EVERY_MS = 500;
const STARVED_LOOK_EVERY_MS = 500;
const WAITING_PER_SOS = 2_000;

/** Carries out what people ask of an SOS, and what time asks of it. */
export class Dispatch {
  readonly known = new KnownSos();
  readonly policies: Policies;
  readonly #roster = new Roster();
  readonly #history = new AlertHistory();
  readonly #options: DispatchOptions;
  readonly #queue = new KeyedQueue(WAITING_PER_SOS);
  readonly #deadlines: Deadlines;
  readonly #starvedWatch: StarvedWatch;
  readonly #receipts: Receipts;
  readonly #refusals: SoonerRefusals | null;
  readonly #locating: Locating;
  readonly #holders: HolderWatch;
  readonly #elsewhere: ReleaseElsewhere;
  readonly #startedAtMs: number;
  readonly #chat: Chat;
  readonly #mergeParts: MergeParts;
  /** For when the store has been away. */
  readonly comingBack: ComingBack;

  constructor(options: DispatchOptions, policy: Policy) {
    this.#options = options;
    this.policies = new Policies(options, policy);
    this.#startedAtMs = options.clock.nowMs();
    this.#chat = new Chat(options);
    this.#mergeParts = {
      store: options.store,
      queue: this.#queue,
      around: (nowMs) => this.#around(nowMs),
      told: (done) => this.#told(done),
    };
    this.comingBack = new ComingBack({
      known: this.known,
      roster: this.#roster,
      ...{ ...this.#mergeParts, ...options },
      noTimer: (state) => this.#setTimer(state, null),
      adopt: (state) => this.#adopt(state, null),
      options,
    });
    this.#deadlines = new Deadlines({
      ...options,
      of: 'dispatch',
      claimDue: (limit) => options.store.claimDue(options.nodeId, limit),
      onDue: async (sosId) => void (await this.#decide(null, NOBODY, sosId, { type: 'tick' })),
      sweepEveryMs: SWEEP_EVERY_MS,
    });
    this.#starvedWatch = new StarvedWatch({
      clock: options.clock,
      everyMs: STARVED_LOOK_EVERY_MS,
      open: () => this.known.open(),
      hasSomebodyToAsk: (state) => hasSomebodyToAsk(state, this.#around(options.clock.nowMs())),
      onFound: (sosId) => this.inner(sosId, { type: 'search' }),
    });
    const { store } = options;
    this.#refusals = store.areCurrent
      ? new SoonerRefusals((asked) => store.areCurrent?.(asked) ?? Promise.resolve([]))
      : null;
    this.#receipts = new Receipts({
      ...options,
      write: (sosId, receipts) => this.#decide(null, NOBODY, sosId, { type: 'received', ...receipts }),
    });
    const shared = { clock: options.clock, roster: this.#roster, known: this.known };
    this.#locating = new Locating({
      ...shared,
      locate: options.locate ?? (() => {}),
      onLocated: (sosId, responderId) => this.#reconsider(sosId, responderId),
    });
    this.#holders = new HolderWatch({
      ...shared,
      onMoved: (sosId, responderId, what) => this.inner(sosId, { type: 'moved', responderId, what }),
    });
    this.#elsewhere = new ReleaseElsewhere({
      ...shared,
      release: (sosId, responderId) => this.inner(sosId, { type: 'release_offers', responderId }),
    });
    this.#roster.onChange((userId, where) => {
      this.#starvedWatch.changed();
      // Where somebody is connected, what their moving means is decided; the others would only repeat it.
      if (where === 'here') this.#holders.changed(userId);
      this.#elsewhere.changed(userId);
      this.#locating.changed(userId);
    });
  }

  /** Reads what stands in the store: the policy, the people, every open SOS. Ready when it resolves. */
  static async open(options: DispatchOptions): Promise<Dispatch> {
    const policy =
      (await options.store.newestPolicy()) ?? (await options.store.addPolicy(DEFAULT_POLICY, null));
    const dispatch = new Dispatch(options, policy);
    for (const responder of await options.store.loadResponders()) {
      recall(responder, dispatch.#roster, dispatch.#history);
    }
    for (const state of await options.store.loadOpen()) dispatch.#adopt(state, null);
    dispatch.#deadlines.start();
    dispatch.policies.follow();
    return dispatch;
  }

  get roster(): Roster {
    return this.#roster;
  }

  get policy(): Policy {
    return this.policies.current;
  }

  /** A device has an offer, or its person has looked at it. Of offers that are not theirs nothing is taken. */
  received(by: Pick<Actor, 'userId'>, sosId: string, offerId: string, isSeen: boolean): void {
    const offer = this.known.get(sosId)?.offers.get(offerId);
    if (offer?.responderId !== by.userId) return;
    if ((isSeen ? offer.seenAtMs : offer.deliveredAtMs) === null)
      this.#receipts.received(sosId, offerId, isSeen);
  }

  /** Decides, writes, tells. `receivedAtMs` is when the frame came in, for the time to the first offer. */
  async execute(by: Actor, command: PersonCommand, receivedAtMs: number): Promise<Answered> {
    const key = { actorId: by.userId, commandId: command[1].id, about: aboutOf(command) };
    switch (command[0]) {
      case 'sos.create':
      case 'sos.raise':
        return this.#create(key, by, command, receivedAtMs);
      case 'sos.merge':
        return mergeInTurn(this.#mergeParts, key, by, command[1]);
      case 'chat.send':
        return this.#talk(command[1].sosId, () => this.#chat.send(key, by, command[1]));
      case 'chat.read':
        return this.#talk(command[1].sosId, () => this.#chat.read(key, by, command[1]));
      default: {
        const expectSeq = 'expectSeq' in command[1] ? command[1].expectSeq : undefined;
        return answer(await this.#decide(key, by, command[1].sosId, commandOf(command), expectSeq));
      }
    }
  }

  /** Raises one for somebody by a machine, once for each alert and time; `rate_limited`: they have an open one. */
  async raiseForAlert(order: AlertOrder): Promise<Answered> {
    const terms = this.known.termsOfAlert(order.requesterId);
    return answer(await this.#begin(keyForAlert(order), creationForAlert(order), terms));
  }

  /** An external service has itself answered a hand-off that it was sent. Carried out once for each hand-off. */
  async confirmHandOff(
    sosId: string,
    handOffId: string,
    { service, reference }: { readonly service: string; readonly reference: string },
  ): Promise<Answered> {
    const key = { actorId: NIL_ID, commandId: handOffId, about: `hand_off.confirm ${sosId}` };
    const confirmed = { type: 'hand_off', state: 'confirmed', service, reference, note: null } as const;
    return answer(await this.#decide(key, INTEGRATION, sosId, confirmed));
  }

  /** Reads an SOS as it stands, with all that follows from it here: another node, or a lost answer, moved it. */
  async refresh(sosId: string): Promise<void> {
    const state = await this.#options.store.load(sosId);
    if (state) this.#adopt(state, null);
  }

  /** What another node decided, or the log holds: from the event itself where it is the next one, else by reading. */
  async follow(sosId: string, event: LogEvent): Promise<void> {
    if (this.comingBack.isOwn(sosId)) return this.comingBack.isStored(sosId, event);
    if (this.comingBack.isUnsure(sosId)) return this.comingBack.rereadIfThere(sosId);
    const next = following(sosId, this.known.get(sosId), event);
    if (next) this.#adopt(next, null);
    else if (this.known.isBehind(sosId, event.seq)) await this.refresh(sosId);
  }

  /** A message of a chat that another node took in. */
  heardChat(event: LogEvent): void {
    this.#chat.heard(event, 'elsewhere');
  }

  /** Makes an SOS known that is not, such as an old one that somebody asks about. */
  async prepare(sosId: string): Promise<void> {
    const known = this.known.get(sosId);
    if (known && isForgotten(known, this.#options.clock.nowMs())) this.known.forgetClosed(sosId);
    if (!this.known.get(sosId)) await this.refresh(sosId);
  }

  /** Nothing in memory is left of somebody who was erased. */
  forgetPerson(userId: string): void {
    this.#roster.forget(userId);
    this.#history.forget(userId);
    this.#locating.forget(userId);
    this.#holders.forget(userId);
    this.known.forgetClosedOf(userId);
  }

  async stop(): Promise<void> {
    this.#starvedWatch.stop();
    this.policies.stop();
    this.#elsewhere.stop();
    await this.#deadlines.stop();
    await this.#queue.idle();
  }

  async #create(
    key: CommandKey,
    by: Actor,
    command: Extract<PersonCommand, readonly ['sos.create' | 'sos.raise', unknown]>,
    receivedAtMs: number,
  ): Promise<Answered> {
    if (command[0] === 'sos.raise' && !by.isDispatcher) return refused('forbidden');
    const creation = creationOf(by, command);
    const terms = by.isDispatcher ? ANY_NUMBER : this.known.terms(by.userId, creation.isDrill);
    const changed = await this.#begin(key, creation, terms);
    // The offers' frames are written: each socket flushes in a microtask of its own, and those came before this one.
    if (changed?.kind === 'done' && openOffers(changed.state).length > 0) {
      this.#options.metrics.observeMs('dispatch_first_offer_ms', this.#options.clock.nowMs() - receivedAtMs);
    }
    return answer(changed);
  }

  /** Those of one person one after another, so that each knows of the one before. */
  async #begin(key: CommandKey, creation: SosCreation, { mayOpen, limit }: OpenTerms) {
    const sosId = this.#options.newId();
    const decide = (nowMs: number) => {
      if (!mayOpen()) return null;
      const around = this.#around(nowMs);
      return decided(decideCreation(sosId, creation, around), around);
    };
    const create = () => this.#options.store.create(key, sosId, decide, { type: 'begin', creation }, limit());
    return this.#queue.run(`by:${creation.requesterId ?? sosId}`, async () => this.#queued(sosId, create));
  }

  /** What nobody asked for. False: it failed, and nothing is lost: its deadline stands, and the next position says it again. */
  async inner(sosId: string, command: SosCommand): Promise<boolean> {
    try {
      return (await this.#decide(null, NOBODY, sosId, command)) !== null;
    } catch {
      this.#options.metrics.count('dispatch_inner_failed', { command: command.type });
      return false;
    }
  }

  /** Hundreds of phones say where they are after each SOS; only one who would be asked is worth a transaction. */
  #reconsider(sosId: string, responderId: string): void {
    const state = this.known.get(sosId);
    if (!state || !isSeeking(state)) return;
    const around = this.#around(this.#options.clock.nowMs());
    if (betterOne(state, around, responderId).length > 0)
      this.inner(sosId, { type: 'reconsider', responderId });
  }

  async #decide(key: CommandKey | null, by: Actor, sosId: string, command: SosCommand, expectSeq?: number) {
    const behind = key ? null : this.#options.behind?.(sosId);
    if (behind) await behind;
    const decideOn = (state: SosState, nowMs: number) => {
      if (by.isDispatcher && isBehind(state, expectSeq)) return refused('sos_changed' as const);
      const around = this.#around(nowMs);
      const decision = decide(state, command, by, around);
      return decision.ok ? ok(decided(decision.value, around)) : decision;
    };
    const change = () =>
      this.#options.store.change(key, by.userId || null, sosId, this.known.get(sosId), decideOn, {
        type: 'change',
        by,
        command,
      });
    const refusals = this.#refusals;
    if (!key || !refusals) return this.#queued(sosId, change);
    // The queue is not kept while the store is asked whether a refusal holds true.
    const turn = this.#queued(sosId, async () => {
      const state = this.known.get(sosId);
      const early = state && decideOn(state, this.#options.clock.nowMs());
      return state && early && !early.ok
        ? { kind: 'refused' as const, code: early.code, state, isEarly: true }
        : change();
    });
    const changed = await turn;
    if (changed?.kind !== 'refused' || !('isEarly' in changed)) return changed;
    const { seq } = changed.state;
    return (await refusals.holdsTrue({ key, sosId, seq })) ? changed : this.#queued(sosId, change);
  }

  async #talk(sosId: string, work: () => Promise<Said>): Promise<Answered> {
    let retryAfterMs: number | undefined;
    const changed = await this.#queued(`chat:${sosId}`, async () => {
      const said = await work();
      retryAfterMs = said.retryAfterMs;
      return said.changed;
    });
    const answered = answer(changed);
    return retryAfterMs === undefined ? answered : { ...answered, retryAfterMs };
  }

  /** One after another per SOS, and what follows a commit in the same order. Null: too many are waiting. */
  async #queued<Code extends string>(
    key: string,
    work: () => Promise<Changed<Code>>,
  ): Promise<Changed<Code> | null> {
    const queued = this.#queue.run(key, async () => {
      const changed = await work();
      if (changed.kind === 'done') this.#told(changed);
      if (changed.kind === 'refused') this.#adopt(changed.state, null);
      return changed;
    });
    if (!queued) this.#options.metrics.count('dispatch_queue_full');
    return queued;
  }

  #told(done: Done): void {
    const { before, state, events } = done;
    this.#adopt(state, done);
    for (const event of events) {
      this.#options.metrics.count('dispatch_events', { type: event.type });
      const publish = done.isProvisional ? this.#options.publishProvisional : this.#options.publish;
      publish?.(event);
    }
    const begins = before === null || events.some(({ type }) => type === 'sos.reopened');
    if (begins && isSeeking(state)) this.#locating.begin(state);
  }

  /**
   * Takes a state for the newest, unless a newer one is known, with everything that follows from what is new in it to this
   * node: whoever decided it may be another one, or not have lived to do it. `done`: decided here just now.
   */
  #adopt(state: SosState, done: Done | null): void {
    const known = this.known.get(state.id) ?? done?.before ?? null;
    // A message of the chat moves no deadline.
    if (done && (done.state !== done.before || done.events.length === 0)) this.#setTimer(state, done.dueInMs);
    if (known && known.seq >= state.seq && this.known.get(state.id)) return;
    this.known.remember(state);
    if (!done) this.#setTimer(state, othersTurnInMs(state, this.#options.clock.nowMs()));
    const is = new Set(heldSlots(state).map(({ holder }) => holder.responderId));
    const was = known ? heldSlots(known).map(({ holder }) => holder.responderId) : [];
    for (const responderId of was) if (!is.has(responderId)) this.#roster.released(responderId, state.id);
    for (const responderId of is) {
      this.#roster.holds(responderId, state.id, state.isDrill);
      const isOurs = done !== null || (this.#roster.get(responderId)?.connections ?? 0) > 0;
      if (isOurs && !was.includes(responderId)) this.#elsewhere.holds(responderId, state);
    }
    if (state.isDrill) return;
    const nowMs = this.#options.clock.nowMs();
    for (const responderId of this.#history.learn(known, state, this.#startedAtMs)) {
      this.#roster.alerted(responderId, nowMs);
    }
  }

  #setTimer(state: SosState, dueInMs: number | null): void {
    this.#deadlines.set(state.id, isOpen(state) ? dueInMs : null);
  }

  #around(nowMs: number): Surroundings {
    const { clock, newId } = this.#options;
    const seen = { roster: this.#roster, history: this.#history, known: this.known };
    return surroundingsOf({ ...seen, policy: this.policy, newId, ownNowMs: clock.nowMs() }, nowMs);
  }

  /** Figures for the metrics page. */
  figures(): { open: number; offers: number; timers: number } {
    return { ...this.known.figures(), timers: this.#deadlines.size };
  }
}
