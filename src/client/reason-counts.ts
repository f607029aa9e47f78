const MOST_REASONS = 64;

/** Counts by reason. The reasons are the server's words, so their number is bounded: the rest counts as `other`. */
export class ReasonCounts extends Map<string, number> {
  add(reason: string, by = 1): void {
    const key = this.has(reason) || this.size < MOST_REASONS ? reason : 'other';
    this.set(key, (this.get(key) ?? 0) + by);
  }
}
