import type { AnyStep } from './steps.ts';

/** Of which SOS, and of whom, something is not written yet: what follows on it has to stay behind it. */
export class Backlog {
  readonly #counts = new Map<string, number>();

  constructor(kept: readonly AnyStep[]) {
    for (const step of kept) this.add(step);
  }

  add(step: AnyStep): void {
    for (const key of keysOf(step)) this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  remove(step: AnyStep): void {
    for (const key of keysOf(step)) {
      const count = (this.#counts.get(key) ?? 0) - 1;
      if (count > 0) this.#counts.set(key, count);
      else this.#counts.delete(key);
    }
  }

  /** `actorId` null: of nobody. */
  concerns(sosId: string, actorId: string | null): boolean {
    return this.#counts.has(sosId) || (actorId !== null && this.#counts.has(actorId));
  }
}

function keysOf(step: AnyStep): string[] {
  const actorId = 'text' in step ? step.key.actorId : step.actorId;
  return actorId === null ? [step.sosId] : [step.sosId, actorId];
}
