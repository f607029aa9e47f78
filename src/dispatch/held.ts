/**
 * Which SOS people hold a slot of. One each by the store; but what is told of two SOS comes in any order, so somebody may be
 * heard to hold the next one before they are heard to have held, and left, the one before.
 */
export class Held {
  readonly #sosIds = new Map<string, readonly string[]>();

  /** What was heard last of what they still hold. */
  by(userId: string): string | null {
    return this.#sosIds.get(userId)?.at(-1) ?? null;
  }

  add(userId: string, sosId: string): void {
    this.#sosIds.set(userId, [...this.#without(userId, sosId), sosId]);
  }

  remove(userId: string, sosId: string): void {
    const left = this.#without(userId, sosId);
    if (left.length > 0) this.#sosIds.set(userId, left);
    else this.#sosIds.delete(userId);
  }

  #without(userId: string, sosId: string): string[] {
    return this.#sosIds.get(userId)?.filter((one) => one !== sosId) ?? [];
  }
}
