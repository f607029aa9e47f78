import type { DispatchRefusal } from '../../dispatch/answered.ts';
import { isHolder, isOpen, type SosState } from '../../dispatch/machine/state.ts';
import type { PersonCommand } from '../../dispatch/person-command.ts';
import type { Dispatch } from '../../dispatch/service.ts';
import type { Outcome } from '../../dispatch/store.ts';
import type { Random } from '../../lib/random.ts';
import type { Result } from '../../lib/result.ts';
import { StoreUnavailable } from '../../store/db.ts';
import { until } from '../until.ts';

export type Role = 'responder' | 'requester' | 'dispatcher';

export interface Person {
  readonly userId: string;
  readonly role: Role;
}

export interface Answered {
  readonly person: Person;
  readonly command: PersonCommand;
  /** Null: refused, by every node that was asked. */
  readonly outcome: Outcome | null;
}

export interface Crowd {
  readonly nodes: readonly Dispatch[];
  readonly random: Random;
  readonly newId: () => string;
  readonly here: { readonly lat: number; readonly lng: number };
  readonly answered: Answered[];
  /** Answers that no single order of events explains. */
  readonly contradictions: string[];
}

const LOOKS_FOR_MS = 300;
const TRIES = 60;

/** One person does `steps` things, each until the answer is known, now and then on all nodes at once. */
export async function live(crowd: Crowd, person: Person, steps: number): Promise<void> {
  for (let i = 0; i < steps; i++) {
    const options = await until(() => nonEmpty(optionsOf(crowd, person)), {
      timeoutMs: LOOKS_FOR_MS,
      what: 'something to do',
    }).catch(() => null);
    const command = options?.[Math.floor(crowd.random() * options.length)];
    if (command) await send(crowd, person, command);
  }
}

const nonEmpty = <T>(list: T[]) => (list.length > 0 ? list : null);

/** Sends a command, again with the same id while its fate is unknown. */
export async function send(crowd: Crowd, person: Person, command: PersonCommand): Promise<void> {
  for (let tries = 0; tries < TRIES; tries++) {
    const asked = crowd.random() < 0.25 ? crowd.nodes : [nodeOf(crowd)];
    const answers = await Promise.all(asked.map((node) => ask(node, person, command)));
    const done = answers.find((answer) => answer?.ok);
    const no = answers.find((answer) => answer?.ok === false);
    if (done && no && !no.ok && !mayGoBothWays(command, no.code))
      crowd.contradictions.push(`${command[0]} was carried out and refused with ${no.code}`);
    if (!done && answers.includes(null)) continue;
    crowd.answered.push({ person, command, outcome: done?.ok ? done.value : null });
    return;
  }
  throw new Error(`${command[0]} was never answered`);
}

/**
 * Whether the SOS can have changed between the looks of two nodes so that one refused what the other carried out; for a new
 * one, whether somebody closed another SOS of the same person between them, or one of them has not heard of it yet. Who has
 * just given up their place may not resolve it, and is told that it is resolved once somebody else has.
 */
const mayGoBothWays = ([kind]: PersonCommand, code: DispatchRefusal) =>
  kind === 'offer.accept' ||
  (kind === 'sos.resolve' && code === 'not_holder') ||
  code === 'sos_wrong_state' ||
  (kind === 'sos.create' && code === 'rate_limited');

async function ask(
  node: Dispatch,
  { userId, role }: Person,
  command: PersonCommand,
): Promise<Result<Outcome, DispatchRefusal> | null> {
  try {
    return await node.execute({ userId, isDispatcher: role === 'dispatcher' }, command, 0);
  } catch (error) {
    if (error instanceof StoreUnavailable) return null;
    throw error;
  }
}

const nodeOf = ({ nodes, random }: Crowd) => nodes[Math.floor(random() * nodes.length)] as Dispatch;

function optionsOf(crowd: Crowd, person: Person): PersonCommand[] {
  const open = [...nodeOf(crowd).known.open()];
  switch (person.role) {
    case 'responder':
      return open.flatMap((sos) => responderOptions(crowd, person, sos));
    case 'requester':
      return requesterOptions(crowd, person, open);
    case 'dispatcher':
      return open.flatMap((sos) =>
        (['sos.escalate', 'sos.escalate', 'sos.resolve', 'sos.cancel'] as const).map(
          (kind) => [kind, { id: crowd.newId(), sosId: sos.id }] as PersonCommand,
        ),
      );
  }
}

function responderOptions({ newId }: Crowd, { userId }: Person, sos: SosState): PersonCommand[] {
  const sosId = sos.id;
  if (isHolder(sos, userId)) {
    return [
      ['sos.start', { id: newId(), sosId }],
      ['sos.resolve', { id: newId(), sosId }],
      ['sos.withdraw', { id: newId(), sosId, reason: 'the car does not start' }],
      ['chat.send', { id: newId(), sosId, text: 'on my way' }],
    ];
  }
  return [...sos.offers.values()]
    .filter((o) => o.responderId === userId && (o.status === 'OPEN' || o.status === 'EXPIRED'))
    .flatMap(({ id: offerId }): PersonCommand[] => [
      ['offer.accept', { id: newId(), sosId, offerId }],
      ['offer.accept', { id: newId(), sosId, offerId }],
      ['offer.decline', { id: newId(), sosId, offerId }],
    ]);
}

function requesterOptions(crowd: Crowd, { userId }: Person, open: readonly SosState[]): PersonCommand[] {
  const { newId } = crowd;
  const mine = open.filter((sos) => sos.requesterId === userId && isOpen(sos));
  const raise: PersonCommand = [
    'sos.create',
    { id: newId(), emergencyType: 'MEDICAL', priority: 'HIGH', point: crowd.here },
  ];
  if (mine.length < 2) return [raise];
  return mine.flatMap(({ id: sosId }): PersonCommand[] => [
    ['sos.cancel', { id: newId(), sosId }],
    ['chat.send', { id: newId(), sosId, text: 'please hurry' }],
    ['chat.send', { id: newId(), sosId, text: 'second floor' }],
  ]);
}
