import type { JudgeState } from '../../telemetry/vitals/judge-state.ts';
import type { Sample } from '../../telemetry/vitals/sample.ts';
import { type Asked, SHARED_FOR_MS } from '../../telemetry/vitals/shared-people.ts';
import type { Thresholds } from '../../telemetry/vitals/thresholds.ts';
import type { Beginning, KeptScoreOf, PutAway, VigilStore } from '../../telemetry/vitals/vigil-store.ts';

/** What Postgres keeps for the vigil, in memory: put away as text, so that nothing is shared. Can be away, or hang. */
export class MemoryVigilStore implements VigilStore {
  readonly samples: Sample[] = [];
  readonly states = new Map<string, { receivedAtMs: number; json: string }>();
  readonly scores = new Map<string, KeptScoreOf>();
  readonly set = new Map<string, Thresholds>();
  readonly erased = new Set<string>();
  /** By person, when. */
  readonly retracted = new Map<string, number>();
  /** By person and node, when it heard of them last. */
  readonly heard = new Map<string, Map<string, number>>();
  begun = 0;
  mood: 'answers' | 'refuses' | 'hangs' = 'answers';
  readonly #hanging: (() => void)[] = [];

  /** Lets everything go on that hangs. */
  recover(): void {
    this.mood = 'answers';
    for (const goOn of this.#hanging.splice(0)) goOn();
  }

  async begin(personIds: readonly string[]): Promise<readonly Beginning[]> {
    await this.#reach();
    this.begun += personIds.length;
    return personIds.map((personId) => {
      const putAway = this.#putAwayOf(personId);
      const samples = this.samples.filter(
        (sample) => sample.personId === personId && sample.receivedAtMs >= (putAway?.receivedAtMs ?? 0),
      );
      return { personId, thresholds: this.set.get(personId) ?? null, putAway, samples };
    });
  }

  async samplesOf(personId: string): Promise<readonly Sample[]> {
    await this.#reach();
    return this.samples.filter((sample) => sample.personId === personId);
  }

  async erasedSince(): Promise<readonly string[]> {
    await this.#reach();
    return [...this.erased];
  }

  async samplesSince(asked: readonly Asked[]): Promise<readonly Sample[]> {
    await this.#reach();
    return asked.flatMap(({ personId, sinceMs }) =>
      this.samples.filter((sample) => sample.personId === personId && sample.receivedAtMs >= sinceMs),
    );
  }

  async putAway(states: readonly PutAway[], nodeId: string): Promise<readonly string[]> {
    await this.#reach();
    return states.flatMap(({ personId, receivedAtMs, heardHereMs, state }) => {
      const heard = this.heard.get(personId) ?? new Map<string, number>();
      this.heard.set(personId, heard);
      if (heardHereMs) heard.set(nodeId, heardHereMs);
      if ((this.states.get(personId)?.receivedAtMs ?? 0) <= receivedAtMs)
        this.states.set(personId, { receivedAtMs, json: JSON.stringify(state) });
      const isShared = [...heard].some(([id, ms]) => id !== nodeId && ms > receivedAtMs - SHARED_FOR_MS);
      return isShared ? [personId] : [];
    });
  }

  async forget(personId: string): Promise<void> {
    await this.#reach();
    this.states.delete(personId);
  }

  async keepScores(scores: readonly KeptScoreOf[]): Promise<void> {
    await this.#reach();
    for (const kept of scores) this.scores.set(`${kept.personId} ${kept.score.atMs}`, kept);
  }

  async changedSince(sinceMs: number) {
    await this.#reach();
    const changed = [...this.set].filter(([, { changedAtMs }]) => changedAtMs > sinceMs);
    return { personIds: changed.map(([personId]) => personId), nowMs: sinceMs };
  }

  async thresholdsOf(personIds: readonly string[]) {
    await this.#reach();
    return new Map([...this.set].filter(([personId]) => personIds.includes(personId)));
  }

  async recordsSince(sinceMs: number, limit: number): Promise<readonly Sample[]> {
    await this.#reach();
    return this.samples
      .filter(({ source, receivedAtMs }) => source !== 'device' && receivedAtMs > sinceMs)
      .slice(0, limit);
  }

  async retractedSince() {
    await this.#reach();
    return [...this.retracted].map(([personId, atMs]) => ({ personId, atMs }));
  }

  async awaited(sinceMs: number, afterPersonId: string | null): Promise<readonly string[]> {
    await this.#reach();
    const heard = [...this.states].filter(([, { receivedAtMs }]) => receivedAtMs > sinceMs);
    const ordered = [...this.set].filter(([, { expected }]) => (expected?.length ?? 0) > 0);
    const ids = new Set([...heard, ...ordered].map(([personId]) => personId));
    return [...ids].sort().filter((id) => afterPersonId === null || id > afterPersonId);
  }

  #putAwayOf(personId: string): PutAway | null {
    const kept = this.states.get(personId);
    if (!kept) return null;
    return { personId, receivedAtMs: kept.receivedAtMs, state: JSON.parse(kept.json) as JudgeState };
  }

  async #reach(): Promise<void> {
    if (this.mood === 'hangs') await new Promise<void>((resolve) => this.#hanging.push(resolve));
    if (this.mood === 'refuses') throw new Error('away');
  }
}
