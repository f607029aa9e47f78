import type { Answered } from './dispatch/answered.ts';
import type { Actor, SosCommand } from './dispatch/machine/commands.ts';
import { type PersonCommand, sosOf } from './dispatch/person-command.ts';
import { answerKey } from './dispatch/provisional/answers.ts';
import type { Others } from './dispatch/provisional/others.ts';
import { OthersSteps } from './dispatch/provisional/others-steps.ts';
import { OthersStore } from './dispatch/provisional/others-store.ts';
import type { AnyStep } from './dispatch/provisional/steps.ts';
import { whoseTurn } from './dispatch/provisional/whose-turn.ts';
import type { Dispatch } from './dispatch/service.ts';
import type { CommandKey } from './dispatch/store.ts';
import type { Answer, Asked, BusMessage, Steps, StoreWord } from './fanout/bus.ts';
import type { Hub } from './fanout/hub.ts';
import { errorFields } from './lib/log.ts';
import type { Metrics } from './lib/metric.ts';
import { refused } from './lib/result.ts';
import type { Nerves } from './node-nerves.ts';
import type { Site } from './node-site.ts';

/** Who of several nodes decides about an SOS without the store: one, and the others ask it. */
export interface Deciders extends Others {
  /**
   * Whether something of it is decided on another node and not in the store yet, as far as is known here: while nothing gets
   * through nobody says when it is, and how it stands counts as written once it was read from the store.
   */
  has(sosId: string): boolean;
  /** SOS about which a node had decided that is gone. */
  orphaned(): readonly string[];
  /** This node has decided something. */
  told(step: AnyStep, batch: number): void;
  /** Tells the others that it decides no longer about an SOS, because somebody has gone on in the store. */
  sayOvertaken(sosId: string): void;
  /** Tells the others how this node is with the store. */
  sayStore(): void;
  /** Has the command carried out by the node whose turn it is. Null: that is this one. */
  ask(by: Actor, command: PersonCommand, receivedAtMs: number): Promise<Answered<string> | null>;
  /** The same of something else that takes the store. Null: this node has it, or no other one that answers. */
  elsewhere(kind: string, body: object): Promise<object | null>;
  /**
   * What this node does for others, by kind. What it rejects with the others are not told. `begins`: the key of the command by
   * which it begins an SOS.
   */
  does(kind: string, work: (body: object) => Promise<object>, begins?: (body: object) => Key): void;
  join(parts: DecidersParts): void;
}

export interface DecidersParts {
  readonly dispatch: Pick<Dispatch, 'execute' | 'inner' | 'refresh' | 'comingBack'>;
  readonly hub: Pick<Hub, 'foretell' | 'restored'>;
  /** Of this node. */
  readonly outage: {
    readonly hasStore: boolean;
    readonly settledBatch: number;
    has(sosId: string): boolean;
    decides(sosId: string): boolean;
    isOvertaken(sosId: string): boolean;
    behind(sosId: string | null, actorId: string): Promise<void> | null;
    hasAnswered(key: Key): boolean;
    wholeOf(sosId: string): { readonly steps: readonly AnyStep[]; readonly batch: number };
  };
}

type Key = Pick<CommandKey, 'actorId' | 'commandId'>;
type Connected = Pick<Nerves, 'bus'> & {
  readonly leases: Pick<Nerves['leases'], 'isAlive' | 'others' | 'onGone'>;
};
type Surroundings = Pick<Site, 'clock' | 'log' | 'newId' | 'nodeId'> & { readonly metrics: Metrics };

/** Longer than any node waits for its store: whoever has it must not be taken for silent while the store takes its time. */
const ANSWER_AFTER_STORE_MS = 1_000;
/** Whoever has a place by another node, and not in the store, is told to ask again for so long: by then it is in, or they hear of it. */
const PROMISED_MS = 15_000;
const HELD: ReadonlySet<string> = new Set(['PRIMARY', 'SUPPORT']);
/** A node that was asked for all of an SOS is not asked again before. */
const WHOLE_AGAIN_MS = 2_000;
/** Unanswered questions at most; more are not asked, except where an SOS begins. */
const ASKED_MAX = 1_000;
const MEGABYTE = 1_048_576;

export function buildDeciders(
  site: Surroundings & { readonly config: Pick<Site['config'], 'localJournalMb' | 'storeTimeoutMs'> },
  { bus, leases }: Connected,
): Deciders {
  const { clock, log, metrics, newId, nodeId } = site;
  const answerWithinMs = site.config.storeTimeoutMs + ANSWER_AFTER_STORE_MS;
  const others = new OthersSteps({ metrics, bytesMax: site.config.localJournalMb * MEGABYTE });
  const theirStore = new OthersStore(clock);
  const waiting = new Map<string, (answered: object | null | undefined) => void>();
  /** SOS of which a node is asked for all that it has decided. */
  const missing = new Set<string>();
  /** Nodes whose SOS are being read from the store. */
  const settling = new Set<string>();
  /** What came from another node is passed on to no third one. */
  const passed = new WeakSet<object>();
  const works = new Map<unknown, Parameters<Deciders['does']>>();
  /** Commands of other nodes that are carried out here, by {@link answerKey}. */
  const askedFor = new Set<string>();
  let parts: DecidersParts | null = null;

  /** Others have gone on with it in the store: whoever asks this node is to ask somebody else. */
  const isOvertaken = (sosId: string | null) => sosId !== null && parts?.outage.isOvertaken(sosId) === true;

  /** Null: this node. */
  const turnOf = (sosId: string | null, hasStore: boolean): string | null =>
    whoseTurn({
      nodeId,
      sosId,
      hasStore,
      isOwn: sosId !== null && parts?.outage.decides(sosId) === true,
      isOvertaken: isOvertaken(sosId),
      theirs: sosId === null ? null : others.nodeOf(sosId),
      others: (bus.isUp ? leases.others() : []).filter((id) => !others.isOvertaken(id, sosId ?? '')),
      isAlive: (id) => leases.isAlive(id),
      // Nobody hears this node then.
      isSilent: (id) => !bus.isUp || theirStore.isSilent(id),
      hasTheStore: (id) => theirStore.has(id) && !(sosId === null && theirStore.isDoubtful),
    });
  const isAlive = (id: string) => leases.isAlive(id);
  const hasStore = () => parts?.outage.hasStore ?? true;

  /** Undefined: nothing came back. Null: that node can't say. */
  const request = (toNodeId: string, asked: Pick<Asked, 'by' | 'command' | 'receivedAtMs'>) =>
    new Promise<object | null | undefined>((resolve) => {
      if (!bus.isUp) {
        resolve(undefined);
        return;
      }
      const askId = newId();
      const settle = (answered: object | null | undefined) => {
        cancel();
        waiting.delete(askId);
        resolve(answered);
      };
      const cancel = clock.after(answerWithinMs, () => settle(undefined));
      waiting.set(askId, settle);
      bus.tell(`ask:${toNodeId}`, ['ask', { askId, toNodeId, ...asked }]);
    });

  /** Null: it could not say, or nothing. */
  const requested = async (turn: string, asked: Parameters<typeof request>[1]): Promise<object | null> => {
    const answered = await request(turn, asked);
    const outcome = answered ? 'answered' : answered === null ? 'unable' : 'silent';
    metrics.count('dispatch_asked_elsewhere', { outcome });
    if (answered === null) theirStore.unable(turn);
    else if (!answered) theirStore.silent(turn);
    return answered ?? null;
  };

  const execute = async (by: Actor, command: PersonCommand, receivedAtMs: number) => {
    if (isOvertaken(sosOf(command))) return OVERTAKEN;
    await parts?.outage.behind(sosOf(command), by.userId);
    return parts?.dispatch.execute(by, command, receivedAtMs);
  };

  const carryOut = async ({ askId, by, command, receivedAtMs }: Asked, fromNodeId: string) => {
    let answered: object | null = null;
    const [, work, begins] = works.get(command[0]) ?? [];
    const key = work
      ? begins?.(command[1] as object)
      : keyOf(by as Actor, command as unknown as PersonCommand);
    if (key) askedFor.add(answerKey(key));
    try {
      const carried = work
        ? await work(command[1] as object)
        : await execute(by as Actor, command as unknown as PersonCommand, receivedAtMs);
      // How the SOS stands is not for telling: it has maps in it.
      if (carried) answered = { ...carried, current: undefined };
    } catch (error) {
      log.warn(errorFields(error), 'a command of another node could not be carried out');
    } finally {
      if (key) askedFor.delete(answerKey(key));
    }
    const answer: Answer = { askId, toNodeId: fromNodeId, answered };
    // Behind the events that it led to, so that whoever is answered can be shown them.
    const sosId = sosIdOf(answered);
    bus.tell(sosId === null ? `ask:${fromNodeId}` : `sos:${sosId}`, ['answer', answer]);
  };

  const notHeard = (error: unknown) => {
    metrics.count('dispatch_steps_not_heard_total');
    log.warn(errorFields(error), 'what another node decided without the database could not be taken in');
  };

  /** False: something before it was missed. */
  const foretell = ({ dispatch, hub }: DecidersParts, step: AnyStep): boolean => {
    const events = dispatch.comingBack.heard(step);
    for (const event of events ?? []) hub.foretell(event);
    return events !== null;
  };

  const hear = (step: AnyStep, batch: number, fromNodeId: string) => {
    if (!parts || parts.outage.has(step.sosId)) return;
    const isPast = parts.dispatch.comingBack.isPast(step);
    const isMissed = !others.knows(step) && !foretell(parts, step);
    // Who has the store obeys nobody who decided on less than is in it.
    others.heard(fromNodeId, step, batch, !hasStore() || !(isPast || isMissed));
    const { sosId } = step;
    if (!isMissed || missing.has(sosId)) return;
    missing.add(sosId);
    clock.after(WHOLE_AGAIN_MS, () => missing.delete(sosId));
    bus.tell(`ask:${fromNodeId}`, ['whole', { toNodeId: fromNodeId, sosId }]);
  };

  const tellWhole = (sosId: string, toNodeId: string) => {
    const { steps = [], batch = 0 } = parts?.outage.wholeOf(sosId) ?? {};
    if (steps.length > 0) bus.tell(`sos:${sosId}`, ['steps', { toNodeId, sosId, steps, batch }]);
  };

  const hearWhole = async ({ sosId, steps, batch }: Steps, fromNodeId: string) => {
    if (!parts || parts.outage.has(sosId)) return;
    const { dispatch } = parts;
    const all = steps as readonly AnyStep[];
    const said = new Set(others.stepsOf(sosId).flatMap((step) => ('text' in step ? [step.id] : [])));
    const isPast = hasStore() && all.some((step) => dispatch.comingBack.isPast(step));
    others.heardWhole(fromNodeId, sosId, all, batch, !isPast);
    const follow = (given: DecidersParts) =>
      all.every((step) => {
        if (said.has(step.id)) return true;
        if ('text' in step) said.add(step.id);
        return foretell(given, step);
      });
    if (follow(parts) || !hasStore()) return;
    // What was in the store before is missing here, too.
    await dispatch.refresh(sosId);
    if (!follow(parts)) others.heardWhole(fromNodeId, sosId, all, batch, false);
  };

  /** What it had decided is in the store: how it stands there takes its place. Tried again with its next word where that fails. */
  const settle = async (fromNodeId: string, upToBatch: number) => {
    if (!parts || !hasStore() || settling.has(fromNodeId)) return;
    const { dispatch, hub, outage } = parts;
    const sosIds = others.decidedBy(fromNodeId, upToBatch);
    if (sosIds.length === 0) return;
    settling.add(fromNodeId);
    for (const sosId of sosIds) {
      try {
        if (!outage.has(sosId)) await dispatch.comingBack.reread(sosId);
        // Meanwhile it may have decided something more.
        if (others.decidedBy(fromNodeId, upToBatch).includes(sosId)) others.forgetSos(sosId);
      } catch (error) {
        log.debug(errorFields(error), 'what another node has written could not be read yet');
      }
    }
    settling.delete(fromNodeId);
    hub.restored();
  };
  leases.onGone((gone) => {
    theirStore.gone(gone);
    others.gone(gone);
  });

  const pass = (sosId: string, command: object, toNodeId: string | null) => {
    if (toNodeId === null || passed.has(command)) return;
    metrics.count('dispatch_passed_on_total');
    bus.tell(`sos:${sosId}`, ['inner', { toNodeId, sosId, command }]);
  };
  const hearInner = (sosId: string, command: object) => {
    passed.add(command);
    void parts?.dispatch.inner(sosId, command as SosCommand);
  };

  const hearWord = (word: StoreWord, fromNodeId: string) => {
    theirStore.said(fromNodeId, word.has);
    others.settled(fromNodeId, word.settledBatch);
    void settle(fromNodeId, word.settledBatch);
  };

  const onMessage = (message: BusMessage, fromNodeId: string) => {
    switch (message[0]) {
      case 'step':
        try {
          hear(message[1] as AnyStep, message[2], fromNodeId);
        } catch (error) {
          notHeard(error);
        }
        return;
      case 'overtaken':
        return others.overtaken(fromNodeId, message[1]);
      case 'store':
        return hearWord(message[1], fromNodeId);
      case 'answer':
        if (message[1].toNodeId === nodeId) waiting.get(message[1].askId)?.(message[1].answered);
        return;
      case 'ask':
        if (message[1].toNodeId === nodeId) void carryOut(message[1], fromNodeId);
        return;
      case 'whole':
        if (message[1].toNodeId === nodeId) tellWhole(message[1].sosId, fromNodeId);
        return;
      case 'steps':
        if (message[1].toNodeId === nodeId) void hearWhole(message[1], fromNodeId).catch(notHeard);
        return;
      case 'inner':
        if (message[1].toNodeId === nodeId) hearInner(message[1].sosId, message[1].command);
        return;
      default:
    }
  };

  return {
    isElsewhere: (sosId, storeIsThere) => turnOf(sosId, storeIsThere) !== null,
    mayBegin: (key, storeIsThere) =>
      storeIsThere || (!askedFor.has(answerKey(key)) && turnOf(null, storeIsThere) === null),
    has: (sosId) =>
      others.nodeOf(sosId) !== null && (bus.isUp || parts?.dispatch.comingBack.isUnsure(sosId) === true),
    answerTo: (key) => others.answerTo(key),
    orphaned: () => others.orphaned(isAlive),
    hasPromised: (sosId, userId) => {
      const sinceMs = clock.nowMs() - PROMISED_MS;
      return others.stepsOf(sosId).some((step) => givesPlace(step, userId) && step.atMs > sinceMs);
    },
    leftOf(sosId) {
      const kept = others.keptOf(sosId);
      const isLeft = kept !== null && (others.nodeOf(sosId) !== null || !isAlive(kept));
      return isLeft && turnOf(sosId, hasStore()) === null ? others.stepsOf(sosId) : [];
    },
    tookOver: (sosId) => others.forgetSos(sosId),
    pass: (sosId, order) => {
      if (order.type === 'change') pass(sosId, order.command, turnOf(sosId, hasStore()));
    },
    told: (step, batch) => bus.tell(`sos:${step.sosId}`, ['step', step, batch]),
    sayOvertaken: (sosId) => bus.tell(`sos:${sosId}`, ['overtaken', sosId]),
    sayStore() {
      const { hasStore: has = true, settledBatch = 0 } = parts?.outage ?? {};
      bus.tell('store', ['store', { has, settledBatch }]);
    },
    async ask(by, command, receivedAtMs) {
      const sosId = sosOf(command);
      const turn = parts?.outage.hasAnswered(keyOf(by, command)) ? null : turnOf(sosId, hasStore());
      if (turn === null) return null;
      if (waiting.size >= ASKED_MAX && command[0] !== 'sos.create') {
        metrics.count('dispatch_asked_elsewhere', { outcome: 'not_asked' });
        return refused('store_unavailable' as const);
      }
      const answered = await requested(turn, { by, command, receivedAtMs });
      if (sosId !== null && isOvertakenSaid(answered)) {
        others.overtaken(turn, sosId);
        return turnOf(sosId, hasStore()) === turn
          ? refused('store_unavailable' as const)
          : this.ask(by, command, receivedAtMs);
      }
      if (answered) return answered as Answered<string>;
      // Nobody else may decide on what that node has promised, while it may still be there.
      const isStillTheirs =
        sosId !== null && others.nodeOf(sosId) === turn && turnOf(sosId, hasStore()) === turn;
      return isStillTheirs ? refused('store_unavailable' as const) : null;
    },
    async elsewhere(kind, body) {
      const turn = hasStore() ? null : turnOf(null, false);
      const asked = { by: {}, command: [kind, body], receivedAtMs: clock.nowMs() };
      return turn === null ? null : requested(turn, asked);
    },
    does: (...work) => void works.set(work[0], work),
    join(given) {
      parts = given;
      bus.onMessage(onMessage);
    },
  };
}

const keyOf = (by: Actor, command: PersonCommand): Key => ({
  actorId: by.userId,
  commandId: command[1].id,
});

const givesPlace = (step: AnyStep, userId: string): boolean =>
  'outcome' in step && step.actorId === userId && HELD.has(step.outcome.as ?? '');

const OVERTAKEN = { isOvertaken: true } as const;
const isOvertakenSaid = (answered: object | null) => answered !== null && 'isOvertaken' in answered;

const sosIdOf = (answered: object | null): string | null => {
  const { value } = (answered ?? {}) as { readonly value?: { readonly sosId?: unknown } };
  return typeof value?.sosId === 'string' ? value.sosId : null;
};
