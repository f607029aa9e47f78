import type { KeyedQueue } from '../lib/keyed-queue.ts';
import { ok, refused } from '../lib/result.ts';
import { type Answered, answer, BUSY } from './answered.ts';
import { decided, isBehind } from './deciding.ts';
import type { Actor, Surroundings } from './machine/commands.ts';
import { merge } from './machine/ending.ts';
import type { BodyOf } from './person-command.ts';
import type { CommandKey, DispatchStore, Done } from './store.ts';

export interface MergeParts {
  readonly store: Pick<DispatchStore, 'changeTwo'>;
  readonly queue: KeyedQueue;
  readonly around: (nowMs: number) => Surroundings;
  readonly told: (done: Done) => void;
}

/** Both wait their turn, in the order of their ids, so that two merges the other way round do not wait for each other. */
export async function mergeInTurn(
  { store, queue, around, told }: MergeParts,
  key: CommandKey,
  by: Actor,
  body: BodyOf<'sos.merge'>,
): Promise<Answered> {
  // Nobody else learns from the answer whether there are such SOS.
  if (!by.isDispatcher) return refused('forbidden');
  const { sosId, intoId, reason = null, expectSeq } = body;
  const [first, second] = sosId < intoId ? [sosId, intoId] : [intoId, sosId];
  if (first === second) return refused('sos_wrong_state');
  const work = async (): Promise<Answered> => {
    const { answer: changed, done } = await store.changeTwo(key, [sosId, intoId], ([from, into], nowMs) => {
      if (isBehind(from, expectSeq)) return refused('sos_changed' as const);
      const surroundings = around(nowMs);
      const decision = merge(from, into, by, reason);
      if (!decision.from.ok) return decision.from;
      if (!decision.into.ok) return decision.into;
      return ok([
        decided(decision.from.value, surroundings),
        decided(decision.into.value, surroundings),
      ] as const);
    });
    for (const one of done) told(one);
    return answer(changed);
  };
  const both = () => queue.run(second, work) ?? Promise.resolve(BUSY);
  return (await queue.run(first, both)) ?? BUSY;
}
