import type { AnyStep } from './steps.ts';

interface OfSos {
  nodeId: string;
  readonly steps: AnyStep[];
}

/** SOS of other nodes at most; of more nothing is kept, and they stay with the node that decides about them. */
const SOS_MAX = 10_000;

/**
 * What other nodes have decided without the store, by SOS: they go on deciding about it as long as they live. When one does not,
 * whoever takes the SOS over writes what it had decided, too, and it may be found twice.
 */
export class OthersSteps {
  readonly #bySos = new Map<string, OfSos>();

  heard(nodeId: string, step: AnyStep): void {
    const known = this.#bySos.get(step.sosId);
    if (!known && this.#bySos.size >= SOS_MAX) return;
    const of = known ?? { nodeId, steps: [] };
    of.nodeId = nodeId;
    of.steps.push(step);
    this.#bySos.set(step.sosId, of);
  }

  /** Who decides about an SOS; null: nobody has yet. */
  nodeOf(sosId: string): string | null {
    return this.#bySos.get(sosId)?.nodeId ?? null;
  }

  /** What was decided about it, oldest first; it is the caller's from now on. */
  takeOver(sosId: string): readonly AnyStep[] {
    const { steps = [] } = this.#bySos.get(sosId) ?? {};
    this.#bySos.delete(sosId);
    return steps;
  }

  /** All of this node is in the store. The answer: of which SOS. */
  forget(nodeId: string): string[] {
    const sosIds = [...this.#bySos].filter(([, of]) => of.nodeId === nodeId).map(([sosId]) => sosId);
    for (const sosId of sosIds) this.#bySos.delete(sosId);
    return sosIds;
  }
}
