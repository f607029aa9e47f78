import type {
  CountedRefusal,
  Standing,
  Trouble,
  UnnumberedStore,
} from '../../telemetry/apps/unnumbered-store.ts';
import type { Stored } from '../../telemetry/lanes/plan.ts';
import { keyOf } from '../../telemetry/lanes/types.ts';
import type { KeptFix } from '../../telemetry/positions/fix.ts';

/** A store that several ingests can share; a test can take it away, or let it hold back an answer. */
export class MemoryUnnumberedStore implements UnnumberedStore {
  readonly positions: Stored<KeptFix>[] = [];
  readonly refused: CountedRefusal[] = [];
  readonly troubles: Trouble[] = [];
  readonly #seqs = new Map<string, number>();
  readonly #keys = new Set<string>();
  commits = 0;
  /** Thrown instead of beginning; or after everything is written, as if the answer got lost. */
  failure: Error | null = null;
  lostAnswer: Error | null = null;
  /** What a commit waits for before it ends. */
  gate: Promise<void> = Promise.resolve();

  commit: UnnumberedStore['commit'] = async (knocks, _receivedAtMs, decide) => {
    this.commits += 1;
    await this.gate;
    if (this.failure) throw this.failure;
    const standings = new Map(
      knocks.map(({ device, believedSeq, keys }): [string, Standing] => {
        const key = keyOf(device);
        const seq = this.#seqs.get(key) ?? 0;
        const fresh = new Set(keys.filter((one) => !this.#keys.has(`${key}/${one}`)));
        return [key, { seq, last: believedSeq === seq ? undefined : this.#last(key), fresh }];
      }),
    );
    const plan = decide(standings);
    for (const { device, keys } of knocks) for (const one of keys) this.#keys.add(`${keyOf(device)}/${one}`);
    for (const { device, seq } of plan.cursors) this.#seqs.set(keyOf(device), seq);
    this.positions.push(...plan.kept);
    this.refused.push(...plan.refused);
    this.troubles.push(...plan.troubles);
    if (this.lostAnswer) throw this.lostAnswer;
    return plan;
  };

  async lastFix(device: Parameters<UnnumberedStore['lastFix']>[0]) {
    if (this.failure) throw this.failure;
    return this.#last(keyOf(device));
  }

  #last(key: string) {
    const own = this.positions.filter(({ device }) => keyOf(device) === key);
    return own.toSorted((a, b) => b.value.fix.fixAtMs - a.value.fix.fixAtMs)[0]?.value.fix ?? null;
  }
}
