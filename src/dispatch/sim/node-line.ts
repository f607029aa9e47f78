import type { Chance } from './chance.ts';
import type { Line, Phase } from './memory-db.ts';
import type { Timeline } from './timeline.ts';

/** The answer of the store did not come: nobody knows whether it was done. */
export class AnswerLost extends Error {
  override readonly name = 'AnswerLost';
}

/** What the weather is like between the nodes and the store, and among the nodes. */
export class Weather {
  /** Answers of the store get lost. */
  isStormy = false;
  /** Tails are read late. */
  tailsLag = false;
  /** Nothing is told from node to node: only the tails are left. */
  busIsDown = false;
  readonly faults: Record<string, number> = {};

  count(fault: string): void {
    this.faults[fault] = (this.faults[fault] ?? 0) + 1;
  }
}

const LOST: Record<Phase, number> = { begin: 0.05, statement: 0.005, commit: 0.05, answer: 0.06 };
const LATENCY_MS = 2;

/** The wire between one node and the store: every step takes time, and any of them may be the last. */
export class NodeLine implements Line {
  readonly nodeId: string;
  readonly #timeline: Timeline;
  readonly #chance: Chance;
  readonly #weather: Weather;
  #isCut = false;
  #isDead = false;

  constructor(nodeId: string, parts: { timeline: Timeline; chance: Chance; weather: Weather }) {
    this.nodeId = nodeId;
    this.#timeline = parts.timeline;
    this.#chance = parts.chance;
    this.#weather = parts.weather;
  }

  async step(phase: Phase): Promise<void> {
    if (this.#isDead || this.#isCut) throw new AnswerLost(phase);
    await this.#timeline.wait(this.#chance.delayMs(LATENCY_MS));
    if (this.#isDead || this.#isCut) throw new AnswerLost(phase);
    if (this.#weather.isStormy && this.#chance.hits(LOST[phase])) {
      this.#weather.count(`lost_${phase}`);
      throw new AnswerLost(phase);
    }
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  cut(): void {
    this.#isCut = true;
  }

  mend(): void {
    this.#isCut = false;
  }

  die(): void {
    this.#isDead = true;
  }
}
