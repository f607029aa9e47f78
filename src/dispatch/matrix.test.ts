import { describe, expect, test } from 'vitest';
import type { Resource } from '../access/matrix.ts';
import { may } from '../access/may.ts';
import type { Relation } from '../access/words.ts';
import type { Actor, SosCommand } from './machine/commands.ts';
import { DISPATCHER, person, REQUESTER, World } from './testing/world.ts';
import { relationsTo } from './view.ts';

/** Answers of the machine that mean: this is not for you. Everything else is about the state of the SOS. */
const NOT_FOR_YOU = new Set(['forbidden', 'sos_not_found', 'offer_not_found', 'not_holder']);

const commands: readonly { resource: Resource; action: string; command: (w: World) => SosCommand }[] = [
  { resource: 'offer', action: 'accept', command: (w) => ({ type: 'accept', offerId: w.offerOf('next') }) },
  { resource: 'offer', action: 'decline', command: (w) => ({ type: 'decline', offerId: w.offerOf('next') }) },
  { resource: 'sos', action: 'withdraw', command: () => ({ type: 'withdraw', reason: null }) },
  { resource: 'sos', action: 'start', command: () => ({ type: 'start' }) },
  { resource: 'sos', action: 'resolve', command: () => ({ type: 'resolve' }) },
  { resource: 'sos', action: 'cancel', command: () => ({ type: 'cancel', reason: null }) },
  { resource: 'sos', action: 'escalate', command: () => ({ type: 'escalate', reason: null }) },
];

const actors: readonly { who: string; actor: Actor; asked?: true }[] = [
  { who: 'the requester', actor: REQUESTER },
  { who: 'the holder', actor: person('near') },
  { who: 'somebody who was asked', actor: person('next'), asked: true },
  { who: 'a dispatcher', actor: DISPATCHER },
  { who: 'a stranger', actor: person('stranger') },
];

describe.each(commands)(
  'the machine goes by the matrix: $resource $action',
  ({ resource, action, command }) => {
    test.each(actors)('of $who', ({ actor, asked }) => {
      const w = new World({ near: 100, next: 200 }).raise();
      w.accept('near');
      const relations: Relation[] = [...relationsTo(actor, w.state), ...(asked ? (['asked'] as const) : [])];
      const { allowed } = may(
        { grants: actor.isDispatcher ? ['dispatcher'] : [] },
        action as never,
        resource,
        relations,
      );
      const decided = w.ask(actor, command(w));
      expect(decided.ok || !NOT_FOR_YOU.has(decided.code)).toBe(allowed);
    });
  },
);
