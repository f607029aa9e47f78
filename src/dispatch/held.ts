/**
 * Which SOS people hold a slot of. One each by the store; but what is told of two SOS comes in any order, so somebody may be
 * heard to hold the next one before they are heard to have held, and left, the one before.
 */
export class Held {
  readonly #sosIds = new Map<string, readonly string[]>();

  /** What they were heard to take last of what they still hold. */
  by(userId: string): string | null {
    // Asked for everybody who moves, and mostly nobody holds anything.
    if (this.#sosIds.size === 0) return null;
    return this.#sosIds.get(userId)?.at(-1) ?? null;
  }

  /** What they are known to hold stays as it is: every event of an SOS says again who holds it. */
  add(userId: string, sosId: string): void {
    const held = this.#sosIds.get(userId) ?? [];
    if (!held.includes(sosId)) this.#sosIds.set(userId, [...held, sosId]);
  }

  remove(userId: string, sosId: string): void {
    const left = this.#sosIds.get(userId)?.filter((one) => one !== sosId) ?? [];
    if (left.length > 0) this.#sosIds.set(userId, left);
    else this.#sosIds.delete(userId);
  }
}
