import { unreachable } from '../../lib/assert.ts';
import { ok, refused } from '../../lib/result.ts';
import { ruleFor } from '../policy.ts';
import { accept, decline, releaseOffers, withdraw } from './answers.ts';
import { begin } from './apply.ts';
import type { Actor, Decision, SosCommand, SosCreation, Surroundings } from './commands.ts';
import { assign, escalate, handOff, hold, release, reopen, takeOver, unhold } from './dispatcher.ts';
import { cancel, resolve } from './ending.ts';
import type { SosEvent } from './events.ts';
import { arrive, depart, moved, start } from './on-scene.ts';
import { isHolder, isOpen, isRequester, isSeeking, isStarved, type SosState } from './state.ts';
import { tick } from './time.ts';
import { betterOne, nextWave } from './waves.ts';

/** A new SOS and, in the same breath, its first wave: there is no moment at which it exists and nobody is asked. */
export function decideCreation(id: string, creation: SosCreation, around: Surroundings): readonly SosEvent[] {
  const { policy } = around;
  const created: SosEvent = {
    type: 'sos.created',
    data: {
      ...creation,
      duplicates: creation.isDrill ? [] : around.duplicatesOf(creation.point),
      policyVersion: policy.version,
      rule: ruleFor(policy.body, creation.emergencyType, creation.priority),
    },
  };
  const state = begin(id, { ...created, seq: 1, atMs: around.nowMs });
  return [created, ...nextWave(state, around)];
}

/** What a command does to an SOS as it stands: events, none (it is so already), or why not. */
export function decide(state: SosState, command: SosCommand, actor: Actor, around: Surroundings): Decision {
  switch (command.type) {
    case 'tick':
      return ok(tick(state, around));
    case 'search':
      return ok(isStarved(state, around.nowMs) ? nextWave(state, around) : []);
    case 'reconsider':
      return ok(isSeeking(state) ? betterOne(state, around, command.responderId) : []);
    case 'moved':
      return ok(moved(state, command.responderId, command.what, around));
    case 'received':
      return ok(received(state, command));
    case 'release_offers':
      return ok(releaseOffers(state, command.responderId, around));
    default:
      return isStranger(state, actor) ? refused('sos_not_found') : asked(state, command, actor, around);
  }
}

type Asked = Exclude<
  SosCommand,
  { type: 'tick' | 'search' | 'reconsider' | 'moved' | 'received' | 'release_offers' }
>;

function asked(state: SosState, command: Asked, actor: Actor, around: Surroundings): Decision {
  switch (command.type) {
    case 'accept':
      return accept(state, command.offerId, actor, around);
    case 'decline':
      return decline(state, command.offerId, actor, around);
    case 'withdraw':
      return withdraw(state, command.reason, actor, around);
    case 'depart':
      return depart(state, actor, around);
    case 'arrive':
      return arrive(state, actor, around);
    case 'start':
      return start(state, actor, around);
    case 'resolve':
      return resolve(state, actor);
    case 'cancel':
      return cancel(state, command.reason, actor);
    default:
      return actor.isDispatcher ? byDispatcher(state, command, actor, around) : refused('forbidden');
  }
}

type ByDispatcher = Exclude<
  Asked,
  { type: 'accept' | 'decline' | 'withdraw' | 'depart' | 'arrive' | 'start' | 'resolve' | 'cancel' }
>;

function byDispatcher(state: SosState, command: ByDispatcher, actor: Actor, around: Surroundings): Decision {
  if (command.type === 'reopen') return reopen(state, command.reason, around);
  if (!isOpen(state)) return refused('sos_closed');
  switch (command.type) {
    case 'escalate':
      return escalate(state, around);
    case 'take_over':
      return takeOver(state, command.ownerId ?? actor.userId);
    case 'assign':
      return assign(state, command, around);
    case 'release':
      return release(state, command, around);
    case 'hold':
      return hold(state, command, actor, around);
    case 'unhold':
      return unhold(state, around);
    case 'hand_off':
      return handOff(command, around);
    default:
      return unreachable(command);
  }
}

/** What devices and people say of offers that they know; of any other it is not theirs to say. */
function received(
  state: SosState,
  { delivered, seen }: { delivered: readonly string[]; seen: readonly string[] },
): SosEvent[] {
  if (!isOpen(state)) return [];
  const news = {
    delivered: delivered.filter((id) => state.offers.get(id)?.deliveredAtMs === null),
    seen: seen.filter((id) => state.offers.get(id)?.seenAtMs === null),
  };
  return news.delivered.length + news.seen.length === 0 ? [] : [{ type: 'sos.offers_received', data: news }];
}

/** Somebody who has no part in it: not even that it exists is theirs to know. */
function isStranger(state: SosState, actor: Actor): boolean {
  if (actor.isDispatcher || isRequester(state, actor.userId) || isHolder(state, actor.userId)) return false;
  return ![...state.offers.values()].some((offer) => offer.responderId === actor.userId);
}
