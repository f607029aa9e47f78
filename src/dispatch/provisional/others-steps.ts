import type { Metrics } from '../../lib/metric.ts';
import type { CommandKey } from '../store.ts';
import type { Stored } from '../writing.ts';
import { answerIn, answerKey } from './answers.ts';
import type { AnyStep } from './steps.ts';

interface OfSos {
  nodeId: string;
  /** The newest batch of that node that any of it is of. */
  batch: number;
  /** Whether that node decides about it. What somebody decided on less than is in the store is only kept. */
  isHeeded: boolean;
  readonly steps: Map<string, Heard>;
}

interface Heard {
  readonly step: AnyStep;
  readonly bytes: number;
}

export interface OthersStepsOptions {
  readonly metrics: Pick<Metrics, 'count' | 'gauge'>;
  /** What is kept of their steps at most, as JSON. Of more only who decides is known. */
  readonly bytesMax: number;
}

/** SOS of other nodes at most; of more nothing is kept, and they stay with the node that decides about them. */
const SOS_MAX = 10_000;

/**
 * What other nodes have decided without the store, by SOS: they go on deciding about it as long as they live. When one does not,
 * whoever takes the SOS over writes what it had decided, too, and it may be found twice.
 */
export class OthersSteps {
  readonly #options: OthersStepsOptions;
  readonly #bySos = new Map<string, OfSos>();
  readonly #answers = new Map<string, Stored>();
  /** With whom of an SOS others have gone on in the store, by both, and with which of their batches that is over. */
  readonly #overtaken = new Map<string, { readonly nodeId: string; readonly batch: number }>();
  /** The newest batch of each node that is in the store. */
  readonly #settled = new Map<string, number>();
  #bytes = 0;

  constructor(options: OthersStepsOptions) {
    this.#options = options;
  }

  /** False: it was known. `isHeeded`: its node decides about the SOS from now on. */
  heard(nodeId: string, step: AnyStep, batch: number, isHeeded = true): boolean {
    const of = this.#of(nodeId, step.sosId);
    if (!of) return true;
    const isSame = of.nodeId === nodeId;
    // Each node numbers its own batches.
    of.batch = isSame ? Math.max(of.batch, batch) : batch;
    of.isHeeded = isHeeded || (isSame && of.isHeeded);
    of.nodeId = nodeId;
    if (of.steps.has(step.id)) return false;
    this.#keep(of, step);
    return true;
  }

  /** All that a node has decided about an SOS, in its order. */
  heardWhole(nodeId: string, sosId: string, steps: readonly AnyStep[], batch: number, isHeeded = true): void {
    this.forgetSos(sosId);
    for (const step of steps) if (step.sosId === sosId) this.heard(nodeId, step, batch, isHeeded);
  }

  knows({ sosId, id }: AnyStep): boolean {
    return this.#bySos.get(sosId)?.steps.has(id) === true;
  }

  /** Who decides about an SOS; null: nobody has yet. */
  nodeOf(sosId: string): string | null {
    const of = this.#bySos.get(sosId);
    return of?.isHeeded ? of.nodeId : null;
  }

  /** What this node has decided of it is not so in the store: it decides about it no longer, until all of its is there. */
  overtaken(nodeId: string, sosId: string): void {
    const of = this.#bySos.get(sosId);
    if (of?.nodeId === nodeId) of.isHeeded = false;
    if (this.#overtaken.size >= SOS_MAX) this.#overtaken.clear();
    const settled = this.#settled.get(nodeId) ?? 0;
    this.#overtaken.set(`${sosId} ${nodeId}`, { nodeId, batch: Math.max(of?.batch ?? 0, settled + 1) });
  }

  isOvertaken(nodeId: string, sosId: string): boolean {
    return this.#overtaken.has(`${sosId} ${nodeId}`);
  }

  /** Everything that this node had decided in batches up to this one is in the store. */
  settled(nodeId: string, upToBatch: number): void {
    this.#settled.set(nodeId, upToBatch);
    for (const [key, of] of this.#overtaken)
      if (of.nodeId === nodeId && of.batch <= upToBatch) this.#overtaken.delete(key);
  }

  /** It lives no longer. */
  gone(nodeId: string): void {
    this.settled(nodeId, Number.POSITIVE_INFINITY);
    this.#settled.delete(nodeId);
  }

  /** Whose steps are kept; null: of nobody. */
  keptOf(sosId: string): string | null {
    return this.#bySos.get(sosId)?.nodeId ?? null;
  }

  /** What was decided about it, oldest first. */
  stepsOf(sosId: string): readonly AnyStep[] {
    return [...(this.#bySos.get(sosId)?.steps.values() ?? [])].map(({ step }) => step);
  }

  /** What another node has answered to this command, wherever it comes again. */
  answerTo(key: CommandKey): Stored | null {
    return this.#answers.get(answerKey(key)) ?? null;
  }

  /** The SOS of which a node has decided something, in batches up to this one. */
  decidedBy(nodeId: string, upToBatch = Number.POSITIVE_INFINITY): string[] {
    return [...this.#bySos].flatMap(([sosId, of]) =>
      of.nodeId === nodeId && of.batch <= upToBatch ? [sosId] : [],
    );
  }

  /** The SOS about which nobody who lives decides. */
  orphaned(isAlive: (nodeId: string) => boolean): string[] {
    return [...this.#bySos].flatMap(([sosId, { nodeId }]) => (isAlive(nodeId) ? [] : [sosId]));
  }

  /** It is in the store, or somebody else's now. */
  forgetSos(sosId: string): void {
    const of = this.#bySos.get(sosId);
    if (!of) return;
    this.#bySos.delete(sosId);
    for (const { step, bytes } of of.steps.values()) {
      this.#bytes -= bytes;
      if (step.key) this.#answers.delete(answerKey(step.key));
    }
    this.#gauge();
  }

  #of(nodeId: string, sosId: string): OfSos | null {
    const known = this.#bySos.get(sosId);
    if (known) return known;
    if (this.#bySos.size >= SOS_MAX) {
      this.#options.metrics.count('dispatch_others_steps_dropped_total');
      return null;
    }
    const of = { nodeId, batch: 0, isHeeded: false, steps: new Map<string, Heard>() };
    this.#bySos.set(sosId, of);
    return of;
  }

  #keep(of: OfSos, step: AnyStep): void {
    const bytes = JSON.stringify(step).length;
    if (this.#bytes + bytes > this.#options.bytesMax) {
      this.#options.metrics.count('dispatch_others_steps_dropped_total');
      return;
    }
    this.#bytes += bytes;
    of.steps.set(step.id, { step, bytes });
    const answer = answerIn(step);
    if (answer && step.key) this.#answers.set(answerKey(step.key), answer);
    this.#gauge();
  }

  #gauge(): void {
    this.#options.metrics.gauge('dispatch_others_steps_bytes', this.#bytes);
  }
}
