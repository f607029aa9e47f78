import type { Answered } from './dispatch/answered.ts';
import type { Actor } from './dispatch/machine/commands.ts';
import type { PersonCommand } from './dispatch/person-command.ts';
import { deciderOf } from './dispatch/provisional/decider.ts';
import { OthersSteps } from './dispatch/provisional/others-steps.ts';
import type { AnyStep } from './dispatch/provisional/steps.ts';
import type { Dispatch } from './dispatch/service.ts';
import type { Answer, Asked } from './fanout/bus.ts';
import type { Hub } from './fanout/hub.ts';
import { errorFields } from './lib/log.ts';
import { refused } from './lib/result.ts';
import type { Nerves } from './node-nerves.ts';
import type { Site } from './node-site.ts';

/** Who of several nodes decides about an SOS without the store: one, and the others ask it. */
export interface Deciders {
  /** Whether a node that lives decides about it, and not this one. */
  isElsewhere(sosId: string, isAway: boolean): boolean;
  /** Whether something of it is decided on another node and not in the store yet. */
  has(sosId: string): boolean;
  /** What a node that is gone had decided about it. */
  takeOver(sosId: string): readonly AnyStep[];
  /** This node has decided something. */
  told(step: AnyStep): void;
  /** All that this node had decided is in the store. */
  restored(): void;
  /** Has the command carried out by the node whose turn it is. Null: that is this one. */
  ask(by: Actor, command: PersonCommand, receivedAtMs: number): Promise<Answered<string> | null>;
  join(parts: DecidersParts): void;
}

export interface DecidersParts {
  readonly dispatch: Dispatch;
  readonly hub: Hub;
  /** Of this node. */
  readonly outage: { readonly isAway: boolean; has(sosId: string): boolean };
}

/** Between the nodes and back it takes milliseconds; the client sends a command again that nobody answers. */
const ANSWER_WITHIN_MS = 2_000;
/** As long as the lease of a node that says nothing. */
const SILENT_MS = 10_000;
/** What nodes tell each other can be lost, so it is said twice. */
const SAID_AGAIN_AFTER_MS = 5_000;
/** Unanswered questions at most; more are not asked. */
const ASKED_MAX = 1_000;

export function buildDeciders(site: Site, { bus, leases }: Pick<Nerves, 'bus' | 'leases'>): Deciders {
  const { clock, log, metrics, newId, nodeId } = site;
  const others = new OthersSteps();
  const waiting = new Map<string, (answered: object | null) => void>();
  /** Nodes that did not answer, and until when they are not asked about what nobody has decided on yet. */
  const silentUntilMs = new Map<string, number>();
  let parts: DecidersParts | null = null;

  const aliveNodeOf = (sosId: string): string | null => {
    const theirs = others.nodeOf(sosId);
    return theirs !== null && leases.isAlive(theirs) ? theirs : null;
  };
  /** Null: this node. */
  const turnOf = (sosId: string, isAway: boolean): string | null => {
    if (parts?.outage.has(sosId)) return null;
    const theirs = aliveNodeOf(sosId);
    if (theirs !== null || !isAway) return theirs;
    const nowMs = clock.monotonicMs();
    const heard = bus.isUp ? leases.others().filter((id) => nowMs >= (silentUntilMs.get(id) ?? 0)) : [];
    const chosen = deciderOf(sosId, [nodeId, ...heard]);
    return chosen === nodeId ? null : chosen;
  };

  const request = (toNodeId: string, asked: Pick<Asked, 'by' | 'command' | 'receivedAtMs'>) =>
    new Promise<object | null>((resolve) => {
      if (!bus.isUp || waiting.size >= ASKED_MAX) {
        resolve(null);
        return;
      }
      const askId = newId();
      const settle = (answered: object | null) => {
        cancel();
        waiting.delete(askId);
        resolve(answered);
      };
      const cancel = clock.after(ANSWER_WITHIN_MS, () => settle(null));
      waiting.set(askId, settle);
      bus.tell(`ask:${toNodeId}`, ['ask', { askId, toNodeId, ...asked }]);
    });

  const carryOut = async ({ askId, by, command, receivedAtMs }: Asked, fromNodeId: string) => {
    let answered: object | null = null;
    try {
      const carried = await parts?.dispatch.execute(
        by as Actor,
        command as unknown as PersonCommand,
        receivedAtMs,
      );
      // How the SOS stands is not for telling: it has maps in it.
      if (carried) answered = { ...carried, current: undefined };
    } catch (error) {
      log.warn(errorFields(error), 'a command of another node could not be carried out');
    }
    const answer: Answer = { askId, toNodeId: fromNodeId, answered };
    bus.tell(`ask:${fromNodeId}`, ['answer', answer]);
  };

  const hear = (step: AnyStep, fromNodeId: string) => {
    if (!parts || parts.outage.has(step.sosId)) return;
    try {
      const events = parts.dispatch.comingBack.heard(step);
      if (events.length > 0) others.heard(fromNodeId, step);
      for (const event of events) parts.hub.foretell(event);
    } catch (error) {
      metrics.count('dispatch_steps_not_heard_total');
      log.warn(errorFields(error), 'what another node decided without the database could not be taken in');
    }
  };

  /** How it stands in the store now, or nothing: it is looked up when somebody asks. */
  const settle = async (fromNodeId: string) => {
    if (!parts) return;
    const { dispatch, hub, outage } = parts;
    const sosIds = others.forget(fromNodeId);
    for (const sosId of sosIds) {
      dispatch.comingBack.takeBack(sosId);
      if (!outage.isAway) await dispatch.refresh(sosId).catch(() => {});
    }
    if (sosIds.length > 0 && !outage.isAway) hub.restored();
  };
  leases.onGone((gone) => {
    silentUntilMs.delete(gone);
    // While the store is away too, this node or another goes on with what it has heard.
    if (parts && !parts.outage.isAway) void settle(gone);
  });

  return {
    isElsewhere: (sosId, isAway) => turnOf(sosId, isAway) !== null,
    has: (sosId) => others.nodeOf(sosId) !== null,
    takeOver: (sosId) => (aliveNodeOf(sosId) === null ? others.takeOver(sosId) : []),
    told: (step) => bus.tell(`sos:${step.sosId}`, ['step', step]),
    restored() {
      bus.tell('restored', ['restored']);
      clock.after(SAID_AGAIN_AFTER_MS, () => {
        if (parts && !parts.outage.isAway) bus.tell('restored', ['restored']);
      });
    },
    async ask(by, command, receivedAtMs) {
      const isAway = parts?.outage.isAway ?? false;
      const sosId = 'sosId' in command[1] ? command[1].sosId : null;
      const turn = sosId === null ? null : turnOf(sosId, isAway);
      if (sosId === null || turn === null) return null;
      const answered = await request(turn, { by, command, receivedAtMs });
      metrics.count('dispatch_asked_elsewhere', { outcome: answered ? 'answered' : 'silent' });
      if (answered) return answered as Answered<string>;
      silentUntilMs.set(turn, clock.monotonicMs() + SILENT_MS);
      // Nobody else may decide on what that node has promised, while it may still be there.
      return aliveNodeOf(sosId) === null ? null : refused('store_unavailable' as const);
    },
    join(given) {
      parts = given;
      bus.onMessage((message, fromNodeId) => {
        if (message[0] === 'step') hear(message[1] as AnyStep, fromNodeId);
        else if (message[0] === 'restored') void settle(fromNodeId);
        else if (message[0] === 'ask' && message[1].toNodeId === nodeId)
          void carryOut(message[1], fromNodeId);
        else if (message[0] === 'answer' && message[1].toNodeId === nodeId)
          waiting.get(message[1].askId)?.(message[1].answered);
      });
    },
  };
}
