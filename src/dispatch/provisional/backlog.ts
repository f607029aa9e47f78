import type { AnyStep } from './steps.ts';

/** Of which SOS, and of whom, something is not written yet: what follows on it has to stay behind it. */
export class Backlog {
  readonly #counts = new Map<string, number>();
  readonly #bySos = new Map<string, Map<string, AnyStep>>();
  #batch = 0;

  constructor(kept: readonly AnyStep[]) {
    for (const step of kept) this.add(step);
  }

  get isEmpty(): boolean {
    return this.#bySos.size === 0;
  }

  /** Grows with each first step after everything was written. */
  get batch(): number {
    return this.#batch;
  }

  has({ id, sosId }: AnyStep): boolean {
    return this.#bySos.get(sosId)?.has(id) === true;
  }

  /** What is not written of an SOS, oldest first. */
  of(sosId: string): readonly AnyStep[] {
    return [...(this.#bySos.get(sosId)?.values() ?? [])];
  }

  add(step: AnyStep): void {
    if (this.has(step)) return;
    if (this.isEmpty) this.#batch += 1;
    const steps = this.#bySos.get(step.sosId) ?? new Map<string, AnyStep>();
    this.#bySos.set(step.sosId, steps.set(step.id, step));
    for (const key of keysOf(step)) this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  remove(step: AnyStep): void {
    const steps = this.#bySos.get(step.sosId);
    if (!steps?.delete(step.id)) return;
    if (steps.size === 0) this.#bySos.delete(step.sosId);
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

/** The SOS of a step, and who asked for it. */
export function keysOf(step: AnyStep): string[] {
  const actorId = 'text' in step ? step.key.actorId : step.actorId;
  return actorId === null ? [step.sosId] : [step.sosId, actorId];
}
